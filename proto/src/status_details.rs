//! The reasons in a gRPC status.
//!
//! ```text
//!   grpc-status-details-bin: google.rpc.Status { code, message, details: [Any { ErrorDetail } …] }
//! ```

use bytes::Bytes;
use prost::Message;

use crate::v1::ErrorDetail;

/// The type of a detail that is a reason.
const DETAIL_TYPE: &str = "type.googleapis.com/piaolian.v1.ErrorDetail";

/// `google.rpc.Status`, as client libraries of every language read it.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "bytes", tag = "2")]
    value: Bytes,
}

/// Encodes the details of a status: its code, its message, and the reasons.
pub fn encode(code: i32, message: &str, reasons: &[ErrorDetail]) -> Bytes {
    let details = reasons.iter().map(|reason| Any {
        type_url: DETAIL_TYPE.to_owned(),
        value: reason.encode_to_vec().into(),
    });
    let status = RpcStatus {
        code,
        message: message.to_owned(),
        details: details.collect(),
    };
    status.encode_to_vec().into()
}

/// Decodes the reasons in the details of a status. Leaves out details of another type; returns none for bytes that are
/// not a status.
pub fn decode(details: &[u8]) -> Vec<ErrorDetail> {
    let status = RpcStatus::decode(details).unwrap_or_default();
    let reasons = status
        .details
        .into_iter()
        .filter(|any| any.type_url == DETAIL_TYPE);
    reasons
        .filter_map(|any| ErrorDetail::decode(any.value).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason() -> ErrorDetail {
        ErrorDetail {
            code: 1407,
            message_en: "reversed".to_owned(),
            ..ErrorDetail::default()
        }
    }

    #[test]
    fn reasons_are_read_as_they_were_written() {
        let details = encode(9, "two", &[reason(), ErrorDetail::default()]);
        assert_eq!(decode(&details), [reason(), ErrorDetail::default()]);
    }

    #[test]
    fn a_detail_of_another_type_is_left_out() {
        let other = Any {
            type_url: "type.googleapis.com/google.rpc.DebugInfo".to_owned(),
            value: reason().encode_to_vec().into(),
        };
        let status = RpcStatus {
            details: vec![other],
            ..RpcStatus::default()
        };
        assert_eq!(decode(&status.encode_to_vec()), []);
    }

    #[test]
    fn bytes_that_are_not_a_status_have_no_reasons() {
        assert_eq!(decode(&[0xff; 9]), []);
        assert_eq!(decode(&[]), []);
    }
}
