//! Receipts that are reissued after a partial refund.

use piaolian_details::{Details, Rules, issue::Draft};
use piaolian_proto::v1::{
    BookReceipt, BookReceiptRequest, FundKind, NewReissue, ReceiptDetails, ReceiptId,
    ReceiptStatus, ReissueReceipt, ReissueReceiptRequest, ReissueReceiptResponse, ReverseReceipt,
    Settlement, VerifyReceiptRequest, claim_service_client::ClaimServiceClient,
    get_receipt_request::By, new_receipt::Form, reissue_receipt_request::Form as Reissuing,
};
use tonic::{Code, Status};

use crate::{
    details::{MEDICAL, client, details, issue, kept, shown},
    world::{CODE, ORGANISATION, World, id, item, operator, refusal},
};

const VOUCHER_DATE: u32 = 20_251_231;

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_reissued_by_its_node_or_as_prepared_elsewhere() {
    let world = World::start().await;
    world.grant().await;
    world.grant_of(MEDICAL, 1, 100).await;
    let issued = issue(&world, vec![details(1)]).await.remove(0);
    a_refund_reissues_a_booked_receipt(&world, issued.receipt.unwrap()).await;
    let elsewhere = issue(&world, vec![item("B-1")]).await.remove(0);
    a_reissue_prepared_elsewhere_is_sent_as_it_is(&world, elsewhere.receipt.unwrap()).await;
    world.stop().await;
}

async fn reissue(world: &World, form: Reissuing) -> Result<ReissueReceiptResponse, Status> {
    let request = ReissueReceiptRequest {
        form: Some(form),
        options: operator("clerk-1"),
    };
    Ok(client(world).reissue_receipt(request).await?.into_inner())
}

fn asked(original: &ReceiptId, xml: String) -> Reissuing {
    Reissuing::Reissue(NewReissue {
        original: Some(original.clone()),
        business_number: "R-1".to_owned(),
        reason: "drugs returned".to_owned(),
        xml,
    })
}

/// The receipt without its last item, as the XML of a hospital's system. Returns what is refunded, too.
fn refunded(mut message: ReceiptDetails, business_number: &str) -> (String, i64) {
    let item = message.items.pop().unwrap();
    message.lines.retain(|line| line.related_code != item.code);
    let main = message.main.as_mut().unwrap();
    main.total_fen -= item.amount_fen;
    main.receipt_number = None;
    main.check_code.clear();
    business_number.clone_into(&mut main.business_number);
    let paid = message.extension.as_mut().unwrap();
    let mut left = item.amount_fen;
    for channel in [
        &mut paid.own_pay_fen,
        &mut paid.account_pay_fen,
        &mut paid.other_pay_fen,
        &mut paid.fund_pay_fen,
    ] {
        let less = channel.unwrap_or_default().min(left);
        left -= less;
        *channel = channel.map(|channel| channel - less);
    }
    let rules = Rules::of(ORGANISATION.parse().unwrap());
    let draft = Draft::of_details(message, &rules).unwrap();
    let prepared = draft.prepare(&mut rand::rng());
    (prepared.details.to_xml(), item.amount_fen)
}

async fn details_of(world: &World, receipt: &ReceiptId) -> Details {
    Details::decode(kept(world, receipt.clone()).await.unwrap().details).unwrap()
}

/// The employer's part of a receipt is booked in full.
async fn booked(world: &World, receipt: &ReceiptId) -> i64 {
    let view = shown(world, By::Receipt(receipt.clone())).await.unwrap();
    let mut claimable = view.claimable.iter();
    let claimable = claimable.find(|own| own.fund_kind() == FundKind::Employer);
    let amount_fen = claimable.unwrap().amount_fen;
    let request = BookReceiptRequest {
        book_receipt: Some(BookReceipt {
            receipt: Some(receipt.clone()),
            presented_total_fen: view.record.unwrap().total_fen,
            fund_kind: FundKind::Employer.into(),
            voucher_number: "V-1".to_owned(),
            amount_fen,
            reviewer: "reviewer-1".to_owned(),
            voucher_type: "付款凭证".to_owned(),
            voucher_date: VOUCHER_DATE,
            accounting_period: 202_512,
            accounting_entity: "001".to_owned(),
            ..Default::default()
        }),
        options: operator("clerk-1"),
    };
    let mut claims = ClaimServiceClient::new(world.clerk());
    claims.book_receipt(request).await.unwrap();
    amount_fen
}

async fn a_refund_reissues_a_booked_receipt(world: &World, original: ReceiptId) {
    let booked = booked(world, &original).await;
    let details = details_of(world, &original).await;
    // The new receipt is the same payer's.
    let mut foreign = details.message().clone();
    foreign.payer_party.as_mut().unwrap().name = "somebody else".to_owned();
    let (xml, _) = refunded(foreign, "again-1");
    let (status, detail) = refusal(reissue(world, asked(&original, xml)).await);
    assert_eq!((status, detail.code), (Code::FailedPrecondition, 9314));

    let (xml, refund) = refunded(details.message().clone(), "again-1");
    let made = reissue(world, asked(&original, xml.clone())).await.unwrap();
    let (red, new) = (made.reversal.unwrap(), made.replacement.unwrap());
    let before = shown(world, By::Receipt(original.clone())).await.unwrap();
    assert_eq!(before.status(), ReceiptStatus::Reversed);
    let before = before.record.unwrap();
    assert_eq!(
        (&before.reversed_by, &before.replaced_by),
        (&Some(red.clone()), &Some(new.clone()))
    );
    let view = shown(world, By::Receipt(new.clone())).await.unwrap();
    let record = view.record.unwrap();
    assert_eq!(record.total_fen, before.total_fen - refund);
    assert_eq!(record.replaces, Some(original.clone()));
    // The booking counts on the new receipt, and what the refund took away must come back.
    let booking = &record.bookings[0];
    assert_eq!(booking.carried_from, Some(original.clone()));
    assert_eq!((booking.amount_fen, booking.recovery_fen), (booked, refund));
    let red = shown(world, By::Receipt(red)).await.unwrap();
    assert_eq!(red.record.unwrap().total_fen, -before.total_fen);

    // The issuer keeps the details of the new receipt, and its holder verifies it with its check code.
    let details = details_of(world, &new).await;
    assert_eq!(details.check_code(), made.check_code);
    let request = VerifyReceiptRequest {
        receipt: Some(new),
        check_code: made.check_code,
        ..Default::default()
    };
    let answer = client(world).verify_receipt(request).await.unwrap();
    let check = answer.into_inner().check.unwrap();
    assert!(check.is_accounted && !check.is_reversed);
    assert_eq!(
        check.acc_date, VOUCHER_DATE,
        "the voucher's, not the block's"
    );

    let (status, detail) = refusal(reissue(world, asked(&original, xml)).await);
    assert_eq!((status, detail.code), (Code::FailedPrecondition, 1407));
}

async fn a_reissue_prepared_elsewhere_is_sent_as_it_is(world: &World, original: ReceiptId) {
    let form = |business_number: &str| match item(business_number).form {
        Some(Form::Item(form)) => form,
        other => panic!("an item: {other:?}"),
    };
    let red = form("R-3");
    let mut replacement = form("B-2");
    replacement.receipt_number = Some(78);
    replacement.total_fen = 7_000;
    let prepared = ReissueReceipt {
        reversal: Some(ReverseReceipt {
            original: Some(original.clone()),
            receipt_code: CODE.to_owned(),
            receipt_number: Some(77),
            check_code_salt: red.check_code_salt,
            check_code_hash: red.check_code_hash,
            issue_date: red.issue_date,
            issue_time: red.issue_time,
            business_number: red.business_number,
            details_commitment: red.details_commitment,
            reason: "fee refunded".to_owned(),
            attachment_hash: red.attachment_hash,
        }),
        replacement: Some(replacement),
    };
    let mut half = prepared.clone();
    half.replacement = None;
    let (status, _) = refusal(reissue(world, Reissuing::Prepared(half)).await);
    assert_eq!(status, Code::InvalidArgument);
    // The channels that the ledger would reject are refused before.
    let mut off = prepared.clone();
    off.replacement.as_mut().unwrap().settlement = Some(Settlement {
        personal_cash_fen: 6_999,
        ..Default::default()
    });
    let (status, detail) = refusal(reissue(world, Reissuing::Prepared(off)).await);
    assert_eq!((status, detail.code), (Code::FailedPrecondition, 9305));

    let made = reissue(world, Reissuing::Prepared(prepared)).await.unwrap();
    assert_eq!(
        (made.reversal, made.replacement, made.check_code.as_str()),
        (Some(id(77)), Some(id(78)), "")
    );
    let record = shown(world, By::Receipt(id(78))).await.unwrap().record;
    assert_eq!(record.unwrap().replaces, Some(original));
}
