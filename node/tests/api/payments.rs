//! Payments: notices with their details, reports, statements, closed days and pick-up.

mod days;
mod notices;
mod pick_up;

use std::sync::LazyLock;

use bytes::Bytes;
use piaolian_base::clock;
use piaolian_client::CallError;
use piaolian_contracts::types::{BeijingDate, BlockTime};
use piaolian_proto::v1::{
    ErrorDetail, GetNoticeRequest, GetNoticeResponse, GetReconciliationRequest,
    ListAllocationsRequest, ListNoticesRequest, NewNotice, NoticeItem, get_notice_request::By,
    payment_service_client::PaymentServiceClient, pick_up_receipt_request::Factor,
};
use tonic::{Code, Status};

use self::{
    days::{
        a_statement_is_taken_line_by_line, each_payment_of_a_call_has_its_answer, mismatches,
        mismatches_come_in_pages_and_the_day_closes,
    },
    notices::{
        a_notice_is_shown_with_what_is_owed, create,
        details_that_are_of_another_notice_are_malformed, each_notice_of_a_call_has_its_answer,
        item, list, mandate, notice, notices_come_in_pages_newest_first,
        other_terms_under_the_same_number_are_refused,
        the_same_notices_again_are_answered_and_not_made_again,
        without_a_mandate_nothing_is_created,
    },
    pick_up::{
        an_unpaid_notice_has_no_receipt_to_pick_up, guessing_at_a_notice_ends_its_pick_up, name,
        pick_up,
    },
};
use crate::world::{Connection, Shape, World, codes, refusal};

const CODE: &str = "99010126";
const REGION: &str = "990100";
const DAY_MS: u64 = 86_400_000;
/// A fine, fen.
const FINE: i64 = 20_000;
const NAME: &str = "测试甲";

#[tokio::test(flavor = "multi_thread")]
async fn a_fine_is_paid_reconciled_and_picked_up() {
    let world = World::start().await;
    world.grant_of(CODE, 1, 100).await;
    without_a_mandate_nothing_is_created(&world).await;
    mandate(&world).await;
    each_notice_of_a_call_has_its_answer(&world).await;
    the_same_notices_again_are_answered_and_not_made_again(&world).await;
    other_terms_under_the_same_number_are_refused(&world).await;
    details_that_are_of_another_notice_are_malformed(&world).await;
    a_notice_is_shown_with_what_is_owed(&world).await;
    an_unpaid_notice_has_no_receipt_to_pick_up(&world).await;
    each_payment_of_a_call_has_its_answer(&world).await;
    a_statement_is_taken_line_by_line(&world).await;
    mismatches_come_in_pages_and_the_day_closes(&world).await;
    notices_come_in_pages_newest_first(&world).await;
    malformed_questions_name_their_field(&world).await;
    guessing_at_a_notice_ends_its_pick_up(&world).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_details_creates_bare_notices_and_serves_no_pick_up() {
    let shape = Shape {
        keeps_details: false,
        ..Shape::default()
    };
    let world = World::shaped(shape).await;
    world.grant_of(CODE, 1, 100).await;
    mandate(&world).await;
    let (code, detail) = refusal(create(&world, vec![notice(1)]).await);
    assert_eq!((code, detail.code), (Code::Unimplemented, 9550));

    let made_elsewhere = NoticeItem {
        check_code_salt: Bytes::from_static(&[7; 16]),
        check_code_hash: Bytes::from_static(&[8; 32]),
        details_commitment: Bytes::from_static(&[9; 32]),
        ..item(1)
    };
    let bare = NewNotice {
        notice: Some(made_elsewhere),
        details: None,
    };
    let created = create(&world, vec![bare.clone()]).await.unwrap().notices;
    let again = create(&world, vec![bare]).await.unwrap().notices;
    assert_eq!(again, created);
    assert_eq!(
        (
            created[0].payment_code.len(),
            created[0].check_code.as_str()
        ),
        (20, "")
    );
    // Whether the number is known and the factor right or not, the node answers only that it keeps no details.
    for number in [1, 99] {
        let (code, detail) = refusal(pick_up(&world, number, name(NAME)).await);
        assert_eq!((code, detail.code), (Code::Unimplemented, 9550));
    }
    world.stop().await;
}

fn clerk(world: &World) -> PaymentServiceClient<Connection> {
    PaymentServiceClient::new(world.clerk())
}

fn reader(world: &World) -> PaymentServiceClient<Connection> {
    PaymentServiceClient::new(world.reader())
}

fn decision(number: u32) -> String {
    format!("99010026{number:07}")
}

/// The day on which these tests began: what is asked again is the same, also at midnight.
fn today() -> u32 {
    static TODAY: LazyLock<u32> = LazyLock::new(|| BeijingDate::at(clock::now()).get());
    *TODAY
}

/// Time of the payments of these tests: yesterday at this hour.
fn paid_ms() -> u64 {
    static PAID_MS: LazyLock<u64> = LazyLock::new(|| clock::now().as_ms() - DAY_MS);
    *PAID_MS
}

fn yesterday() -> u32 {
    BeijingDate::at(BlockTime::from_ms(paid_ms())).get()
}

fn code_of(refusal: Option<&ErrorDetail>) -> Option<u32> {
    refusal.map(|refusal| refusal.code)
}

async fn shown(world: &World, by: By) -> Result<GetNoticeResponse, Status> {
    let request = GetNoticeRequest { by: Some(by) };
    let answer = reader(world).get_notice(request).await?;
    Ok(answer.into_inner())
}

async fn malformed_questions_name_their_field(world: &World) {
    let request = ListNoticesRequest {
        agency: "nobody".to_owned(),
        ..ListNoticesRequest::default()
    };
    let mut refused = vec![(list(world, request).await.unwrap_err(), "agency")];
    let request = ListNoticesRequest {
        to_date: 20_261_301,
        ..ListNoticesRequest::default()
    };
    refused.push((list(world, request).await.unwrap_err(), "to_date"));
    let by = |by| GetNoticeRequest { by };
    let asked = reader(world).get_notice(by(None)).await;
    refused.push((asked.unwrap_err(), "by"));
    let code = By::PaymentCode("12".to_owned());
    refused.push((shown(world, code).await.unwrap_err(), "payment_code"));
    let number = By::DecisionNumber("-".to_owned());
    refused.push((shown(world, number).await.unwrap_err(), "decision_number"));
    refused.push((mismatches(world, 501, "").await.unwrap_err(), "page_size"));
    refused.push((mismatches(world, 1, "zz").await.unwrap_err(), "page_token"));
    let request = GetReconciliationRequest {
        region: "99".to_owned(),
        day: today(),
    };
    let asked = reader(world).get_reconciliation(request).await;
    refused.push((asked.unwrap_err(), "region"));
    let request = ListAllocationsRequest {
        region: REGION.to_owned(),
        day: 1,
        ..ListAllocationsRequest::default()
    };
    let asked = reader(world).list_allocations(request).await;
    refused.push((asked.unwrap_err(), "day"));
    for factor in ["12", "1234567", "12 4"] {
        let tail = Some(Factor::IdentityTail(factor.to_owned()));
        let asked = pick_up(world, 1, tail).await;
        refused.push((asked.unwrap_err(), "identity_tail"));
    }
    refused.push((pick_up(world, 1, name("")).await.unwrap_err(), "payer_name"));
    refused.push((pick_up(world, 1, None).await.unwrap_err(), "factor"));
    for (status, field) in refused {
        assert_eq!(
            (status.code(), codes(&status)),
            (Code::InvalidArgument, vec![9501])
        );
        assert_eq!(CallError::from(status).details()[0].field, field);
    }
}
