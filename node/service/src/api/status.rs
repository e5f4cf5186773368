//! Errors of the service as gRPC statuses.
//!
//! ```text
//!   ServiceError ──► code, message for people
//!               └──► grpc-status-details-bin: google.rpc.Status { details: [ErrorDetail …] }
//! ```

use piaolian_proto::{status_details, v1::ErrorDetail};
use tonic::{Code, Status};

use crate::{ApiError, Kind, ServiceError};

/// Longest message in a status, bytes: it travels in a header.
const MESSAGE_BYTES_MAX: usize = 1024;
/// Most reasons in one status, which travel in a header too.
const DETAILS_MAX: usize = 8;

/// Returns the status of an error. A fault of this machine is logged, and the client does not see its details.
pub(super) fn status(error: &ServiceError) -> Status {
    if let ServiceError::Fault(fault) = error {
        tracing::error!(%fault, "call failed with a fault");
    }
    status_of(error.kind(), error.details())
}

/// Returns the status of the node's own refusal.
pub(super) fn refuse(error: &ApiError) -> Status {
    status_of(error.kind(), vec![error.detail()])
}

fn status_of(kind: Kind, mut details: Vec<ErrorDetail>) -> Status {
    details.truncate(DETAILS_MAX);
    let code = code(kind);
    let message = message(&details);
    let details = status_details::encode(code.into(), &message, &details);
    Status::with_details(code, message, details)
}

fn message(details: &[ErrorDetail]) -> String {
    let mut message = String::new();
    for ErrorDetail {
        code,
        message_en,
        message_zh,
        ..
    } in details
    {
        let between = if message.is_empty() { "" } else { "; " };
        let next = format!("{between}[{code}] {message_en} / {message_zh}");
        if message.len() + next.len() > MESSAGE_BYTES_MAX {
            message.push_str("; …");
            break;
        }
        message.push_str(&next);
    }
    message
}

const fn code(kind: Kind) -> Code {
    match kind {
        Kind::Malformed => Code::InvalidArgument,
        Kind::Unauthenticated => Code::Unauthenticated,
        Kind::Denied => Code::PermissionDenied,
        Kind::NotFound => Code::NotFound,
        Kind::Refused => Code::FailedPrecondition,
        Kind::Taken => Code::AlreadyExists,
        Kind::Exhausted => Code::ResourceExhausted,
        Kind::Outdated => Code::Aborted,
        Kind::Undecided => Code::DeadlineExceeded,
        Kind::Stopping => Code::Unavailable,
        Kind::NotSupported => Code::Unimplemented,
        Kind::Fault => Code::Internal,
    }
}

#[cfg(test)]
mod tests {
    use piaolian_contracts::malformed::Malformed;

    use super::*;

    fn reasons(status: &Status) -> Vec<ErrorDetail> {
        status_details::decode(status.details())
    }

    #[test]
    fn a_client_reads_the_number_and_both_languages() {
        let malformed = Malformed::new("receipt.code", "must be 8 digits");
        let status = status(&ServiceError::from(malformed));
        assert_eq!(status.code(), Code::InvalidArgument);
        let [detail] = reasons(&status).try_into().unwrap();
        assert_eq!(detail.code, 9501);
        assert_eq!(detail.field, "receipt.code");
        assert_eq!(detail.arguments, ["receipt.code", "must be 8 digits"]);
        assert!(
            detail.message_zh.contains("不合要求"),
            "{}",
            detail.message_zh
        );
        assert!(
            status
                .message()
                .starts_with("[9501] receipt.code: must be 8 digits / ")
        );
    }

    #[test]
    fn every_kind_has_a_code_of_its_own() {
        let kinds = [
            Kind::Malformed,
            Kind::Unauthenticated,
            Kind::Denied,
            Kind::NotFound,
            Kind::Refused,
            Kind::Taken,
            Kind::Exhausted,
            Kind::Outdated,
            Kind::Undecided,
            Kind::Stopping,
            Kind::NotSupported,
            Kind::Fault,
        ];
        let codes: std::collections::HashSet<i32> =
            kinds.iter().map(|kind| code(*kind).into()).collect();
        assert_eq!(codes.len(), kinds.len());
    }

    #[test]
    fn a_fault_keeps_its_particulars_to_itself() {
        let fault = crate::ServiceFault::Damaged("/var/lib/secret".to_owned());
        let status = status(&fault.into());
        assert_eq!(status.code(), Code::Internal);
        assert!(!status.message().contains("secret"));
        assert_eq!(reasons(&status)[0].code, 9561);
    }

    #[test]
    fn many_reasons_still_fit_a_header() {
        let detail = ErrorDetail {
            code: 9302,
            message_en: "x".repeat(400),
            message_zh: "错".repeat(100),
            ..Default::default()
        };
        let status = status_of(Kind::Refused, vec![detail; 64]);
        assert!(status.message().len() < MESSAGE_BYTES_MAX + 8);
        assert_eq!(reasons(&status).len(), DETAILS_MAX);
    }
}
