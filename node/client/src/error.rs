//! Errors of calls, read from gRPC statuses.
//!
//! ```text
//!   grpc-status-details-bin: google.rpc.Status { details: [ErrorDetail …] } ──► CallError
//! ```

use std::fmt;

use bytes::Bytes;
use piaolian_proto::{status_details, v1::ErrorDetail};
use tonic::{Code, Status};

/// A call that failed.
#[derive(Clone, Debug, PartialEq)]
pub struct CallError {
    kind: ErrorKind,
    message: String,
    details: Vec<ErrorDetail>,
}

/// Kind of an error; `calls.proto` says which status stands for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request is malformed; the detail names the field.
    Malformed,
    /// There is no token, or the node does not know it.
    Unauthenticated,
    /// The token's role does not allow the call.
    Denied,
    /// The ledger has no such thing.
    NotFound,
    /// A rule of the ledger or of the issuer's node refused or rejected it, or no block took the transaction in time.
    Refused,
    /// The client id was used for another request.
    Conflict,
    /// There are too many requests, or too many transactions wait.
    Exhausted,
    /// The ledger changed too much while the node prepared the answer.
    Outdated,
    /// There is no outcome yet. The transaction may still be decided.
    Undecided,
    /// The node stops, or the connection was lost.
    Unreachable,
    /// This node does not offer the call.
    NotSupported,
    /// The node has a fault, or its answer is malformed.
    Fault,
}

impl CallError {
    /// Returns the kind, from which a program decides what to do next.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns every reason, at least one unless the node could not be reached.
    pub fn details(&self) -> &[ErrorDetail] {
        &self.details
    }

    /// Returns the number of the first rule that refused or rejected the call.
    pub fn rule(&self) -> Option<u32> {
        self.details.first().map(|detail| detail.code)
    }

    /// Returns the id of the transaction, 32 bytes, where one was made.
    pub fn transaction_id(&self) -> Option<&Bytes> {
        let ids = self.details.iter().map(|detail| &detail.transaction_id);
        ids.into_iter().find(|id| !id.is_empty())
    }

    /// Returns the height of the block that rejected the transaction, where one did.
    pub fn height(&self) -> Option<u64> {
        let mut heights = self.details.iter().map(|detail| detail.height);
        heights.find(|height| *height > 0)
    }

    /// Returns whether the same call may succeed later. Repeat it only when that is safe: see [`crate::repeatable`].
    pub const fn may_pass(&self) -> bool {
        match self.kind {
            ErrorKind::Exhausted
            | ErrorKind::Outdated
            | ErrorKind::Undecided
            | ErrorKind::Unreachable => true,
            ErrorKind::Malformed
            | ErrorKind::Unauthenticated
            | ErrorKind::Denied
            | ErrorKind::NotFound
            | ErrorKind::Refused
            | ErrorKind::Conflict
            | ErrorKind::NotSupported
            | ErrorKind::Fault => false,
        }
    }

    /// Makes the error for a malformed answer.
    pub(crate) fn fault(problem: &impl fmt::Display) -> Self {
        Self {
            kind: ErrorKind::Fault,
            message: problem.to_string(),
            details: Vec::new(),
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.details.is_empty() {
            return formatter.write_str(&self.message);
        }
        let reasons: Vec<String> = self.details.iter().map(describe).collect();
        formatter.write_str(&reasons.join("; "))
    }
}

impl std::error::Error for CallError {}

/// Writes a reason for people: `[1407] reversed / 已冲红 (height 9)`.
pub fn describe(detail: &ErrorDetail) -> String {
    let ErrorDetail {
        code,
        message_en,
        message_zh,
        height,
        ..
    } = detail;
    let place = if *height == 0 {
        String::new()
    } else {
        format!(" (height {height})")
    };
    format!("[{code}] {message_en} / {message_zh}{place}")
}

impl From<Status> for CallError {
    fn from(status: Status) -> Self {
        Self {
            kind: kind_of(status.code()),
            message: status.message().to_owned(),
            details: status_details::decode(status.details()),
        }
    }
}

const fn kind_of(code: Code) -> ErrorKind {
    match code {
        Code::InvalidArgument | Code::OutOfRange => ErrorKind::Malformed,
        Code::Unauthenticated => ErrorKind::Unauthenticated,
        Code::PermissionDenied => ErrorKind::Denied,
        Code::NotFound => ErrorKind::NotFound,
        Code::FailedPrecondition => ErrorKind::Refused,
        Code::AlreadyExists => ErrorKind::Conflict,
        Code::ResourceExhausted => ErrorKind::Exhausted,
        Code::Aborted => ErrorKind::Outdated,
        Code::DeadlineExceeded | Code::Cancelled => ErrorKind::Undecided,
        Code::Unavailable => ErrorKind::Unreachable,
        Code::Unimplemented => ErrorKind::NotSupported,
        Code::Ok | Code::Unknown | Code::Internal | Code::DataLoss => ErrorKind::Fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_rule_transaction_and_height() {
        let detail = ErrorDetail {
            code: 1407,
            message_en: "reversed".to_owned(),
            message_zh: "已冲红".to_owned(),
            transaction_id: vec![7; 32].into(),
            height: 9,
            ..ErrorDetail::default()
        };
        let code = Code::FailedPrecondition;
        let details = status_details::encode(code.into(), "refused", &[detail]);
        let error = CallError::from(Status::with_details(code, "refused", details));
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert_eq!(error.rule(), Some(1407));
        assert_eq!(error.height(), Some(9));
        assert_eq!(error.transaction_id().unwrap().as_ref(), [7; 32]);
        assert_eq!(error.to_string(), "[1407] reversed / 已冲红 (height 9)");
        assert!(!error.may_pass());
    }

    #[test]
    fn a_status_without_our_details_has_its_message() {
        let error = CallError::from(Status::new(Code::FailedPrecondition, "refused"));
        assert_eq!(error.details(), []);
        assert_eq!((error.rule(), error.height()), (None, None));
        assert_eq!(error.to_string(), "refused");
    }

    #[test]
    fn an_outage_may_pass_and_a_refusal_does_not() {
        let may_pass = |code| CallError::from(Status::new(code, "")).may_pass();
        assert!(may_pass(Code::Unavailable) && may_pass(Code::ResourceExhausted));
        assert!(may_pass(Code::Aborted));
        assert!(!may_pass(Code::NotFound) && !may_pass(Code::Internal));
    }
}
