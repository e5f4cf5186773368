//! A receipt between issue and archive: the calls, the lists and the totals.

mod lists;

use piaolian_contracts::types::BeijingDate;
use piaolian_proto::v1::{
    ArchiveItem, ArchiveReceipts, ArchiveReceiptsRequest, AuditUse, AuditUseRequest, BookReceipt,
    BookReceiptRequest, CallOptions, DeliverReceipts, DeliverReceiptsRequest, DeliveryChannel,
    ExchangeForPaper, ExchangeForPaperRequest, FinanceCheck, FundKind, GetArchiveRecordRequest,
    IssueReceiptsRequest, NoteVerification, NoteVerificationRequest, ReceiptStatus, ReturnPaper,
    ReturnPaperRequest, VerifyReceiptRequest, Wait, claim_service_client::ClaimServiceClient,
    receipt_service_client::ReceiptServiceClient,
};
use tonic::Code;

use self::lists::{
    lists_come_in_pages_and_by_filter, malformed_questions_name_their_field,
    totals_count_what_was_done,
};
use crate::world::{CODE, Connection, ORGANISATION, World, id, item, operator, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_carried_from_its_issue_to_its_archive() {
    let world = World::start().await;
    world.grant().await;
    let numbers: Vec<String> = (1..=5).map(|number| format!("B-{number}")).collect();
    let request = IssueReceiptsRequest {
        receipts: numbers.iter().map(|number| item(number)).collect(),
        options: operator("clerk-1"),
    };
    clerk(&world).issue_receipts(request).await.unwrap();
    each_receipt_of_a_batch_has_its_verdict(&world).await;
    a_verification_answers_the_paper_that_is_out(&world).await;
    a_payer_notes_what_it_verified(&world).await;
    an_archive_record_tells_all_that_was_done(&world).await;
    lists_come_in_pages_and_by_filter(&world).await;
    totals_count_what_was_done(&world).await;
    malformed_questions_name_their_field(&world).await;
    world.stop().await;
}

fn clerk(world: &World) -> ReceiptServiceClient<Connection> {
    ReceiptServiceClient::new(world.clerk())
}

fn reader(world: &World) -> ReceiptServiceClient<Connection> {
    ReceiptServiceClient::new(world.reader())
}

async fn each_receipt_of_a_batch_has_its_verdict(world: &World) {
    let request = |options| DeliverReceiptsRequest {
        deliver_receipts: Some(DeliverReceipts {
            receipts: vec![id(1), id(999), id(2), id(1)],
            channel: DeliveryChannel::TextMessage.into(),
        }),
        options,
    };
    let answer = clerk(world)
        .deliver_receipts(request(operator("clerk-1")))
        .await;
    let answer = answer.unwrap().into_inner();
    assert!(answer.submitted.unwrap().place.unwrap().height > 0);
    let verdicts: Vec<_> = answer
        .verdicts
        .into_iter()
        .map(|verdict| {
            let code = verdict.rejection.map(|rejection| rejection.code);
            (verdict.receipt.unwrap().number, code)
        })
        .collect();
    assert_eq!(
        verdicts,
        [(1, None), (999, Some(1400)), (2, None), (1, Some(1421))]
    );
    let no_wait = CallOptions {
        wait: Wait::ForAdmission.into(),
        ..Default::default()
    };
    let answer = clerk(world).deliver_receipts(request(Some(no_wait))).await;
    assert!(answer.unwrap().into_inner().verdicts.is_empty());

    let audit = AuditUse {
        receipts: vec![id(1), id(2)],
        audit_number: "HX-1".to_owned(),
    };
    let request = AuditUseRequest {
        audit_use: Some(audit),
        options: operator("finance-1"),
    };
    let answer = clerk(world)
        .audit_use(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert!(
        answer
            .verdicts
            .iter()
            .all(|verdict| verdict.rejection.is_none())
    );
    let again = clerk(world).audit_use(request).await.unwrap().into_inner();
    assert!(again.verdicts.iter().all(|verdict| {
        let refusal = verdict.rejection.as_ref().unwrap();
        refusal.code == 1425 && refusal.message_zh.contains("HX-1")
    }));
}

async fn check(world: &World, number: u64) -> (FinanceCheck, ReceiptStatus) {
    let request = VerifyReceiptRequest {
        receipt: Some(id(number)),
        check_code: "656aa9".to_owned(),
        ..Default::default()
    };
    let answer = reader(world)
        .verify_receipt(request)
        .await
        .unwrap()
        .into_inner();
    (answer.check.clone().unwrap(), answer.status())
}

async fn a_verification_answers_the_paper_that_is_out(world: &World) {
    let exchange = ExchangeForPaper {
        receipt: Some(id(2)),
        paper_code: "35010126".to_owned(),
        paper_number: "0017".to_owned(),
    };
    let request = ExchangeForPaperRequest {
        exchange_for_paper: Some(exchange),
        options: operator("clerk-1"),
    };
    clerk(world)
        .exchange_for_paper(request.clone())
        .await
        .unwrap();
    let (found, status) = check(world, 2).await;
    assert_eq!(status, ReceiptStatus::OnPaper);
    assert_eq!(
        (
            found.is_exchange_paper,
            found.related_invoice_code.as_str(),
            found.related_invoice_number.as_str()
        ),
        (true, "35010126", "0017")
    );
    let (status, detail) = refusal(clerk(world).exchange_for_paper(request).await);
    assert_eq!((status, detail.code), (Code::FailedPrecondition, 1417));

    let paper = |paper_number: &str| ReturnPaperRequest {
        return_paper: Some(ReturnPaper {
            receipt: Some(id(2)),
            paper_code: "35010126".to_owned(),
            paper_number: paper_number.to_owned(),
            reason: "the holder wants it back".to_owned(),
        }),
        options: operator("clerk-1"),
    };
    let (_, detail) = refusal(clerk(world).return_paper(paper("0018")).await);
    assert_eq!(detail.code, 1424);
    clerk(world).return_paper(paper("0017")).await.unwrap();
    let (found, status) = check(world, 2).await;
    assert_eq!(status, ReceiptStatus::Issued);
    assert!(!found.is_exchange_paper && found.related_invoice_code.is_empty());
}

async fn a_payer_notes_what_it_verified(world: &World) {
    let note = |total| NoteVerificationRequest {
        note_verification: Some(NoteVerification {
            receipt: Some(id(2)),
            presented_total_fen: total,
        }),
        options: operator("clerk-1"),
    };
    clerk(world).note_verification(note(10_000)).await.unwrap();
    let (_, detail) = refusal(clerk(world).note_verification(note(10_001)).await);
    assert_eq!(detail.code, 1430);
}

async fn an_archive_record_tells_all_that_was_done(world: &World) {
    let booking = BookReceipt {
        receipt: Some(id(2)),
        presented_total_fen: 10_000,
        fund_kind: FundKind::Employer.into(),
        voucher_number: "V-1".to_owned(),
        amount_fen: 6_000,
        reviewer: "reviewer-1".to_owned(),
        keep_lock: false,
        ..Default::default()
    };
    let request = BookReceiptRequest {
        book_receipt: Some(booking),
        options: operator("clerk-1"),
    };
    ClaimServiceClient::new(world.clerk())
        .book_receipt(request)
        .await
        .unwrap();
    let archive = ArchiveReceipts {
        items: vec![ArchiveItem {
            receipt: Some(id(2)),
            archive_number: "2026/PJ-7".to_owned(),
        }],
        legal_basis: "会计档案管理办法".to_owned(),
        retention_years: 0,
    };
    let request = ArchiveReceiptsRequest {
        archive_receipts: Some(archive),
        options: operator("archivist-1"),
    };
    let answer = clerk(world)
        .archive_receipts(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.verdicts[0].rejection, None);

    let request = GetArchiveRecordRequest {
        receipt: Some(id(2)),
    };
    let answer = reader(world)
        .get_archive_record(request)
        .await
        .unwrap()
        .into_inner();
    let record = answer.record.unwrap();
    assert_eq!(
        (
            record.einvoice_code.as_str(),
            record.einvoice_number.as_str()
        ),
        (CODE, "0000000002")
    );
    assert_eq!(
        (
            record.issuer_code.as_str(),
            record.issuer_name.as_str(),
            record.biz_code.as_str()
        ),
        (ORGANISATION, "One for all", "B-2")
    );
    let found = record.finance_check.unwrap();
    assert!(found.is_accounted && !found.is_reversed && !found.is_exchange_paper);
    assert_eq!(found.acc_amount_fen, 6_000);
    let entities = &record.business_entities;
    let activities: Vec<&str> = entities
        .iter()
        .map(|e| e.business_activity.as_str())
        .collect();
    let expected = [
        "开具",
        "交付",
        "核销",
        "换开纸质",
        "收回纸质",
        "查验",
        "入账",
        "归档",
    ];
    assert_eq!(activities, expected);
    assert!(entities.iter().all(|entity| {
        entity.business_status == "历史行为" && entity.action_time_ms > 0 && entity.height > 0
    }));
    assert_eq!(entities[6].operator, "clerk-1");
    assert!(entities[6].action_description.contains("V-1"));
    assert_eq!(entities[7].action_mandate, "会计档案管理办法");
    let kept = &record.archives[0];
    let issued = BeijingDate::parse("", record.issue_date).unwrap();
    assert_eq!(kept.retain_until, issued.years_later(30).get());

    let request = GetArchiveRecordRequest {
        receipt: Some(id(999)),
    };
    let (status, detail) = refusal(reader(world).get_archive_record(request).await);
    assert_eq!((status, detail.code), (Code::NotFound, 9520));
}
