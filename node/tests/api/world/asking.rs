//! Requests to a node's gRPC server, and its answers.

use bytes::Bytes;
use piaolian_base::clock;
use piaolian_client::CallError;
use piaolian_contracts::{
    chain::Hash,
    types::{BeijingDate, BeijingTime},
};
use piaolian_proto::v1::{
    CallOptions, ErrorDetail, IssueItem, LockReceipt, NewReceipt, ReceiptId, Settlement,
    new_receipt::Form,
};
use tonic::{
    Code, Status,
    body::Body,
    codegen::{Service as _, http},
};

use super::{CODE, Connection};

/// Calls a method with a body of any bytes, and returns the status where there is no answer.
pub(crate) async fn post(
    mut connection: Connection,
    method: &str,
    body: axum::body::Body,
) -> Option<Status> {
    let request = http::Request::post(method)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::new(body));
    let ready = std::future::poll_fn(|context| connection.poll_ready(context)).await;
    ready.unwrap();
    let answer = connection.call(request.unwrap()).await.unwrap();
    Status::from_header_map(answer.headers())
}

/// Makes options that name an operator.
pub(crate) fn operator(operator: &str) -> Option<CallOptions> {
    Some(CallOptions {
        operator: operator.to_owned(),
        ..Default::default()
    })
}

/// Makes a receipt of 100 yuan without details, with the check code `656aa9`.
pub(crate) fn item(business_number: &str) -> NewReceipt {
    let (now, salt) = (clock::now(), [7; 16]);
    let item = IssueItem {
        receipt_code: CODE.to_owned(),
        receipt_number: None,
        check_code_salt: salt.to_vec().into(),
        check_code_hash: Hash::tagged("piaolian/check-code/v1", &[&salt, b"656aa9"]).into(),
        issue_date: BeijingDate::at(now).get(),
        issue_time: BeijingTime::at(now).get(),
        total_fen: 10_000,
        settlement: Some(Settlement::default()),
        agency: String::new(),
        business_number: business_number.to_owned(),
        details_commitment: vec![9; 32].into(),
        attachment_hash: Bytes::new(),
        late_reason: String::new(),
    };
    NewReceipt {
        form: Some(Form::Item(item)),
        late_reason: String::new(),
    }
}

/// Makes the id of a receipt of [`CODE`].
pub(crate) fn id(number: u64) -> ReceiptId {
    ReceiptId {
        code: CODE.to_owned(),
        number,
    }
}

/// Makes a lock of a receipt of [`CODE`] for an hour.
pub(crate) fn lock_receipt(
    number: u64,
    presented_total_fen: i64,
    claim_number: &str,
) -> LockReceipt {
    LockReceipt {
        receipt: Some(id(number)),
        presented_total_fen,
        claim_number: claim_number.to_owned(),
        lease_ms: 3_600_000,
    }
}

/// Returns a refused call's status, and the one reason in it.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, ErrorDetail) {
    let status = answer.unwrap_err();
    let code = status.code();
    let error = CallError::from(status);
    let [detail] = error.details() else {
        panic!("not one reason");
    };
    (code, detail.clone())
}

/// Returns the numbers of the rules in a refusal.
pub(crate) fn codes(status: &Status) -> Vec<u32> {
    let error = CallError::from(status.clone());
    error.details().iter().map(|detail| detail.code).collect()
}
