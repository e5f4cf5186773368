//! Notices: created with their details, shown, cancelled, listed.

use bytes::Bytes;
use piaolian_proto::v1::{
    CallOptions, CancelNotice, CancelNoticeRequest, CreateNoticesRequest, CreateNoticesResponse,
    DetailsExtension, DetailsHeader, DetailsInvoicingParty, DetailsItem, DetailsMain,
    DetailsPayerParty, ListNoticesRequest, ListNoticesResponse, NewNotice, NoticeItem, NoticeState,
    ReceiptDetails, SetMandate, SetMandateRequest, get_notice_request::By,
};
use tonic::{Code, Status};

use super::{CODE, FINE, NAME, REGION, clerk, code_of, decision, reader, shown, today, yesterday};
use crate::world::{ORGANISATION, World, operator, refusal};

pub(super) fn item(number: u32) -> NoticeItem {
    NoticeItem {
        decision_number: decision(number),
        region: REGION.to_owned(),
        amount_fen: FINE,
        due_date: today(),
        late_fee_rate: 300,
        centre: ORGANISATION.to_owned(),
        receipt_code: CODE.to_owned(),
        ..NoticeItem::default()
    }
}

/// A notice with the details that the node is to keep.
pub(super) fn notice(number: u32) -> NewNotice {
    let main = DetailsMain {
        name: "非税收入一般缴款书（电子）".to_owned(),
        receipt_code: CODE.to_owned(),
        total_fen: FINE,
        issue_date: today(),
        issue_time: 93_000,
        business_number: decision(number),
        ..DetailsMain::default()
    };
    let payer = DetailsPayerParty {
        name: NAME.to_owned(),
        code: "99010019900307001X".to_owned(),
        kind: 1,
        ..DetailsPayerParty::default()
    };
    let fine = DetailsItem {
        code: "103050101".to_owned(),
        name: "公安交通罚没收入".to_owned(),
        quantity: "1".to_owned(),
        amount_fen: FINE,
        ..DetailsItem::default()
    };
    let details = ReceiptDetails {
        header: Some(DetailsHeader {
            tag: "CZ-EI-32".to_owned(),
            version: "1.1.0".to_owned(),
            ..DetailsHeader::default()
        }),
        main: Some(main),
        invoicing_party: Some(DetailsInvoicingParty {
            code: ORGANISATION.to_owned(),
            name: "One for all".to_owned(),
            ..DetailsInvoicingParty::default()
        }),
        payer_party: Some(payer),
        extension: Some(DetailsExtension::default()),
        items: vec![fine],
        ..ReceiptDetails::default()
    };
    NewNotice {
        notice: Some(item(number)),
        details: Some(details),
    }
}

pub(super) async fn create(
    world: &World,
    notices: Vec<NewNotice>,
) -> Result<CreateNoticesResponse, Status> {
    create_as(world, notices, operator("clerk-1")).await
}

async fn create_as(
    world: &World,
    notices: Vec<NewNotice>,
    options: Option<CallOptions>,
) -> Result<CreateNoticesResponse, Status> {
    let request = CreateNoticesRequest { notices, options };
    let answer = clerk(world).create_notices(request).await?;
    Ok(answer.into_inner())
}

pub(super) async fn mandate(world: &World) {
    let request = SetMandateRequest {
        set_mandate: Some(SetMandate {
            agency: ORGANISATION.to_owned(),
            receipt_code: CODE.to_owned(),
            active: true,
        }),
        options: operator("clerk-1"),
    };
    let answer = clerk(world).set_mandate(request).await.unwrap();
    assert!(answer.into_inner().submitted.unwrap().place.unwrap().height > 0);
}

pub(super) async fn without_a_mandate_nothing_is_created(world: &World) {
    let answer = create(world, vec![notice(1)]).await.unwrap();
    assert_eq!(code_of(answer.notices[0].refusal.as_ref()), Some(1704));
    assert_eq!(answer.notices[0].payment_code, "");
}

/// A notice that this node refuses never reaches the ledger, and the others do not wait for it.
pub(super) async fn each_notice_of_a_call_has_its_answer(world: &World) {
    let mut wrong_sum = notice(2);
    wrong_sum.details.as_mut().unwrap().items[0].amount_fen -= 1;
    let too_short = NewNotice {
        notice: Some(NoticeItem {
            decision_number: "990100260000".to_owned(),
            ..item(0)
        }),
        details: None,
    };
    let answer = create(world, vec![notice(1), wrong_sum, notice(3)]).await;
    let created = answer.unwrap().notices;
    let refused: Vec<_> = created
        .iter()
        .map(|notice| code_of(notice.refusal.as_ref()))
        .collect();
    assert_eq!(refused[0], None);
    assert!(
        refused[1].is_some_and(|code| (9_300..9_400).contains(&code)),
        "{refused:?}"
    );
    assert_eq!(refused[2], None);
    for (notice, number) in created.iter().zip(1..) {
        assert_eq!(notice.decision_number, decision(number));
    }
    assert_eq!(
        (created[0].payment_code.len(), created[0].check_code.len()),
        (20, 6)
    );

    let status = create(world, vec![too_short]).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    for notices in [Vec::new(), vec![NewNotice::default(); 1_001]] {
        let (code, detail) = refusal(create(world, notices).await);
        assert_eq!(
            (code, detail.field.as_str()),
            (Code::InvalidArgument, "notices")
        );
    }
}

pub(super) async fn the_same_notices_again_are_answered_and_not_made_again(world: &World) {
    let first = create(world, vec![notice(1)]).await.unwrap();
    assert!(first.submitted.is_none(), "{first:?}");
    assert_eq!(code_of(first.notices[0].refusal.as_ref()), None);

    let named = || {
        Some(CallOptions {
            client_id: Bytes::from_static(&[1; 16]),
            operator: "clerk-1".to_owned(),
            ..CallOptions::default()
        })
    };
    let made = create_as(world, vec![notice(4)], named()).await.unwrap();
    let again = create_as(world, vec![notice(4)], named()).await.unwrap();
    assert!(made.submitted.is_some());
    assert_eq!(made, again);
    // With another client id, and without one, the notice exists already.
    let other = Some(CallOptions {
        client_id: Bytes::from_static(&[2; 16]),
        ..CallOptions::default()
    });
    let answered = create_as(world, vec![notice(4)], other).await.unwrap();
    assert_eq!(answered.notices, made.notices);
    let another = create_as(world, vec![notice(5)], named()).await;
    let (code, detail) = refusal(another);
    assert_eq!((code, detail.code), (Code::AlreadyExists, 9540));
}

/// Also when its details are the same: the payer would owe something else.
pub(super) async fn other_terms_under_the_same_number_are_refused(world: &World) {
    let mut later = notice(1);
    later.notice.as_mut().unwrap().late_fee_rate = 0;
    let mut of_another = notice(1);
    of_another
        .details
        .as_mut()
        .unwrap()
        .payer_party
        .as_mut()
        .unwrap()
        .name = "测试乙".to_owned();
    for changed in [later, of_another] {
        let answer = create(world, vec![changed]).await.unwrap();
        assert_eq!(code_of(answer.notices[0].refusal.as_ref()), Some(1702));
    }
}

pub(super) async fn details_that_are_of_another_notice_are_malformed(world: &World) {
    type Change = fn(&mut DetailsMain);
    let changes: [(Change, &str); 4] = [
        (|main| main.business_number = decision(9), "business_number"),
        (|main| main.total_fen += 1, "total_fen"),
        (
            |main| main.receipt_code = "99010125".to_owned(),
            "receipt_code",
        ),
        (|main| main.receipt_number = Some(7), "receipt_number"),
    ];
    for (change, field) in changes {
        let mut changed = notice(8);
        change(changed.details.as_mut().unwrap().main.as_mut().unwrap());
        let (code, detail) = refusal(create(world, vec![notice(7), changed]).await);
        assert_eq!(code, Code::InvalidArgument);
        assert_eq!(detail.field, format!("notices[1].details.main.{field}"));
    }
    let (code, _) = refusal(shown(world, By::DecisionNumber(decision(7))).await);
    assert_eq!(code, Code::NotFound);
}

pub(super) async fn a_notice_is_shown_with_what_is_owed(world: &World) {
    let mut due_long_ago = notice(6);
    due_long_ago.notice.as_mut().unwrap().due_date = 20_260_101;
    create(world, vec![due_long_ago]).await.unwrap();
    let due = shown(world, By::DecisionNumber(decision(1))).await.unwrap();
    assert_eq!(
        (due.state(), due.owed_fen, due.late_fee_fen),
        (NoticeState::Unpaid, FINE, 0)
    );
    let late = shown(world, By::DecisionNumber(decision(6))).await.unwrap();
    assert!(late.late_fee_fen > 0, "{late:?}");
    assert_eq!(late.owed_fen, FINE + late.late_fee_fen);
    let payment_code = due.notice.clone().unwrap().payment_code;
    let same = shown(world, By::PaymentCode(payment_code)).await.unwrap();
    assert_eq!(same.notice, due.notice);

    let cancel = |number, reason: &str| CancelNoticeRequest {
        cancel_notice: Some(CancelNotice {
            decision_number: decision(number),
            reason: reason.to_owned(),
        }),
        options: operator("clerk-1"),
    };
    clerk(world)
        .cancel_notice(cancel(6, "wrong vehicle"))
        .await
        .unwrap();
    let cancelled = shown(world, By::DecisionNumber(decision(6))).await.unwrap();
    assert_eq!(
        (cancelled.state(), cancelled.owed_fen),
        (NoticeState::Cancelled, 0)
    );
    let again = clerk(world).cancel_notice(cancel(6, "again")).await;
    let (code, detail) = refusal(again);
    assert_eq!((code, detail.code), (Code::FailedPrecondition, 1708));
}

pub(super) async fn list(
    world: &World,
    request: ListNoticesRequest,
) -> Result<ListNoticesResponse, Status> {
    let answer = reader(world).list_notices(request).await?;
    Ok(answer.into_inner())
}

pub(super) async fn notices_come_in_pages_newest_first(world: &World) {
    let mut numbers = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = ListNoticesRequest {
            page_size: 3,
            page_token,
            ..ListNoticesRequest::default()
        };
        let page = list(world, request).await.unwrap();
        assert!((1..=3).contains(&page.notices.len()));
        numbers.extend(
            page.notices
                .into_iter()
                .map(|notice| notice.decision_number),
        );
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    // Within a block the higher number is the newer.
    assert_eq!(numbers, [6, 4, 3, 1].map(decision));
    let before = ListNoticesRequest {
        to_date: yesterday(),
        ..ListNoticesRequest::default()
    };
    assert!(list(world, before).await.unwrap().notices.is_empty());
}
