//! Pick-up, and guessing at it.

use piaolian_client::CallError;
use piaolian_proto::v1::{
    PickUpReceiptRequest, PickUpReceiptResponse, pick_up_receipt_request::Factor,
};
use tonic::{Code, Status};

use super::{NAME, decision, reader};
use crate::world::{World, refusal};

/// Wrong answers that one notice allows in ten minutes.
const WRONG_PICK_UPS_MAX: usize = 10;

pub(super) fn name(name: &str) -> Option<Factor> {
    Some(Factor::PayerName(name.to_owned()))
}

pub(super) async fn pick_up(
    world: &World,
    number: u32,
    factor: Option<Factor>,
) -> Result<PickUpReceiptResponse, Status> {
    let request = PickUpReceiptRequest {
        decision_number: decision(number),
        factor,
    };
    let answer = reader(world).pick_up_receipt(request).await?;
    Ok(answer.into_inner())
}

pub(super) async fn an_unpaid_notice_has_no_receipt_to_pick_up(world: &World) {
    let (code, detail) = refusal(pick_up(world, 1, name(NAME)).await);
    assert_eq!((code, detail.code), (Code::FailedPrecondition, 9552));
}

/// An unknown number and a wrong factor get the same answer. Too many wrong attempts block the notice, even for a
/// client that knows the factor, and no other notice.
pub(super) async fn guessing_at_a_notice_ends_its_pick_up(world: &World) {
    let tail = Some(Factor::IdentityTail("001x".to_owned()));
    let picked_up = pick_up(world, 1, tail).await.unwrap();
    assert!(picked_up.xml.contains(NAME));
    assert_eq!(picked_up.check_code.len(), 6);
    let unknown = pick_up(world, 99, name(NAME)).await.unwrap_err();
    let unknown = CallError::from(unknown);
    for _ in 0..WRONG_PICK_UPS_MAX {
        let wrong = pick_up(world, 1, name("测试乙")).await.unwrap_err();
        assert_eq!(wrong.code(), Code::NotFound);
        assert_eq!(CallError::from(wrong), unknown);
    }
    let (code, detail) = refusal(pick_up(world, 1, name(NAME)).await);
    assert_eq!((code, detail.code), (Code::ResourceExhausted, 9532));
    assert!(pick_up(world, 3, name(NAME)).await.is_ok());
}
