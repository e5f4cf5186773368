//! Receipts with their details: checked, kept, issued, shown.

use piaolian_base::clock;
use piaolian_contracts::{chain::Hash, types::BeijingDate};
use piaolian_details::{
    Details, Prepared, Rules,
    generate::{self, Kind, Plan},
    issue::Draft,
};
use piaolian_proto::v1::{
    BusinessNumber, GetReceiptDetailsRequest, GetReceiptDetailsResponse, GetReceiptRequest,
    IssueReceiptsRequest, IssuedReceipt, NewReceipt, PayerKind, ReceiptDetails, ReceiptId,
    ReceiptView, get_receipt_request::By, new_receipt::Form,
    receipt_service_client::ReceiptServiceClient,
};
use tonic::{Code, Status};

use crate::world::{Connection, ORGANISATION, Shape, World, item, operator, refusal};

/// The receipt code of what is generated here.
pub(crate) const MEDICAL: &str = "11060226";

#[tokio::test(flavor = "multi_thread")]
async fn details_are_checked_kept_and_shown_to_whom_they_concern() {
    let world = World::start().await;
    world.grant().await;
    world.grant_of(MEDICAL, 1, 100).await;
    let issued = a_wrong_sum_is_refused_and_the_rest_is_issued(&world).await;
    the_details_shown_are_those_that_the_chain_commits_to(&world, &issued).await;
    a_receipt_is_found_by_its_issuers_business_number(&world, &issued).await;
    the_same_details_again_are_known(&world, &issued).await;
    what_goes_on_chain_alone_is_checked_too(&world).await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn detail_lines_may_sum_away_from_their_item_as_far_as_the_chain_allows() {
    let world = World::shaped(Shape {
        line_tolerance_fen: 5,
        ..Shape::default()
    })
    .await;
    world.grant_of(MEDICAL, 1, 100).await;
    let off_by = |fen, seed| {
        let mut details = generated(seed);
        details.lines[0].amount_fen += fen;
        of(details)
    };
    let issued = issue(&world, vec![off_by(5, 1), off_by(6, 2), off_by(-6, 3)]).await;
    assert!(issued[0].receipt.is_some(), "{:?}", issued[0]);
    for refused in &issued[1..] {
        let refusal = refused.refusal.as_ref().unwrap();
        assert_eq!(refusal.code, 9303, "{refusal:?}");
    }
    world.stop().await;
}

pub(crate) fn client(world: &World) -> ReceiptServiceClient<Connection> {
    ReceiptServiceClient::new(world.clerk())
}

/// A generated inpatient receipt as a client sends it: no salt, no check code, no number.
fn generated(seed: u64) -> ReceiptDetails {
    let issuer = ORGANISATION.parse().unwrap();
    let plan = Plan {
        issuer,
        issuer_name: "One for all".to_owned(),
        area: "110000".to_owned(),
        issue_date: BeijingDate::at(clock::now()).get(),
        kinds: vec![Kind::Inpatient],
        first_number: None,
        first_serial: seed,
    };
    let receipt = generate::receipts(plan, seed).next().unwrap();
    let draft = Draft::of_document(&receipt.document, &Rules::of(issuer)).unwrap();
    let mut details = draft.prepare(&mut rand::rng()).details.message().clone();
    let main = details.main.as_mut().unwrap();
    main.check_code.clear();
    // The year of the code is the granted range's, whatever year it is.
    main.receipt_code = MEDICAL.to_owned();
    details.salt.clear();
    details
}

pub(crate) fn details(seed: u64) -> NewReceipt {
    of(generated(seed))
}

/// The same of a person.
pub(crate) fn details_of(seed: u64, identity_number: &str, name: &str) -> NewReceipt {
    let mut details = generated(seed);
    set_payer(&mut details, identity_number, name);
    of(details)
}

/// The same of a person, with one item that was paid in cash.
pub(crate) fn details_in_cash(
    seed: u64,
    (identity_number, name): (&str, &str),
    total_fen: i64,
) -> NewReceipt {
    let mut details = generated(seed);
    set_payer(&mut details, identity_number, name);
    details.main.as_mut().unwrap().total_fen = total_fen;
    details.items.truncate(1);
    details.items[0].amount_fen = total_fen;
    details.lines.clear();
    let extension = details.extension.as_mut().unwrap();
    extension.fund_pay_fen = None;
    extension.account_pay_fen = None;
    extension.own_pay_fen = Some(total_fen);
    extension.other_pay_fen = None;
    of(details)
}

fn set_payer(details: &mut ReceiptDetails, identity_number: &str, name: &str) {
    let payer = details.payer_party.as_mut().unwrap();
    payer.set_kind(PayerKind::Person);
    payer.code = identity_number.to_owned();
    payer.name = name.to_owned();
}

/// The same, prepared to be issued.
pub(crate) fn prepared(seed: u64) -> Prepared {
    let rules = Rules::of(ORGANISATION.parse().unwrap());
    let draft = Draft::of_details(generated(seed), &rules).unwrap();
    draft.prepare(&mut rand::rng())
}

fn of(details: ReceiptDetails) -> NewReceipt {
    NewReceipt {
        form: Some(Form::Details(details)),
        late_reason: String::new(),
    }
}

pub(crate) async fn issue(world: &World, receipts: Vec<NewReceipt>) -> Vec<IssuedReceipt> {
    let request = IssueReceiptsRequest {
        receipts,
        options: operator("clerk-1"),
    };
    let answer = client(world).issue_receipts(request).await.unwrap();
    answer.into_inner().receipts
}

pub(crate) async fn shown(world: &World, by: By) -> Result<ReceiptView, Status> {
    let request = GetReceiptRequest {
        by: Some(by),
        with_seal_path: false,
    };
    let answer = client(world).get_receipt(request).await?;
    Ok(answer.into_inner().receipt.unwrap())
}

pub(crate) async fn kept(
    world: &World,
    receipt: ReceiptId,
) -> Result<GetReceiptDetailsResponse, Status> {
    let request = GetReceiptDetailsRequest {
        receipt: Some(receipt),
        with_xml: true,
        ..Default::default()
    };
    let answer = client(world).get_receipt_details(request).await?;
    Ok(answer.into_inner())
}

async fn a_wrong_sum_is_refused_and_the_rest_is_issued(world: &World) -> IssuedReceipt {
    let mut off_total = generated(2);
    off_total.items[0].amount_fen += 1;
    let mut foreign = generated(3);
    foreign.main.as_mut().unwrap().currency_type = "USD".to_owned();
    let mut of_no_kind = generated(4);
    of_no_kind.main.as_mut().unwrap().receipt_code = "11060926".to_owned();
    let receipts = vec![details(1), of(off_total), of(foreign), of(of_no_kind)];
    let [issued, off_total, foreign, of_no_kind] = issue(world, receipts).await.try_into().unwrap();

    assert_eq!(issued.refusal, None);
    assert_eq!(issued.receipt.as_ref().unwrap().code, MEDICAL);
    assert_eq!(issued.check_code.len(), 6);
    let refusal = off_total.refusal.unwrap();
    assert_eq!((refusal.code, refusal.height), (9302, 0));
    assert_eq!(refusal.field, "EInvoice/EInvoiceData/Details");
    assert!(refusal.message_zh.contains("不符"), "{refusal:?}");
    assert_eq!(
        (off_total.receipt, off_total.check_code.as_str()),
        (None, "")
    );
    assert_eq!(foreign.refusal.unwrap().code, 9223);
    assert_eq!(of_no_kind.refusal.unwrap().code, 9222);
    issued
}

async fn the_details_shown_are_those_that_the_chain_commits_to(
    world: &World,
    issued: &IssuedReceipt,
) {
    let receipt = issued.receipt.clone().unwrap();
    let kept = kept(world, receipt.clone()).await.unwrap();
    let details = Details::decode(kept.details.clone()).unwrap();
    let commitment = Hash::tagged(
        "piaolian/details/v1",
        &[&details.message().salt, &kept.details],
    );
    assert_eq!(kept.details_commitment.as_ref(), commitment.as_bytes());
    let view = shown(world, By::Receipt(receipt.clone())).await.unwrap();
    assert_eq!(
        view.record.unwrap().details_commitment,
        kept.details_commitment
    );

    let mut sent = generated(1);
    sent.salt = details.message().salt.clone();
    sent.main.as_mut().unwrap().check_code = issued.check_code.clone();
    assert_eq!(*details.message(), sent);
    let rules = Rules::of(ORGANISATION.parse().unwrap());
    let read = Draft::read(kept.xml.as_bytes(), &rules).unwrap();
    assert!(read.is_of(&details));

    let request = GetReceiptDetailsRequest {
        receipt: Some(receipt),
        with_xml: true,
        ..Default::default()
    };
    let mut reader = ReceiptServiceClient::new(world.reader());
    let (status, detail) = refusal(reader.get_receipt_details(request).await);
    assert_eq!((status, detail.code), (Code::PermissionDenied, 9512));
}

async fn a_receipt_is_found_by_its_issuers_business_number(world: &World, issued: &IssuedReceipt) {
    let by = |issuer: &str, number: &str| {
        By::BusinessNumber(BusinessNumber {
            issuer: issuer.to_owned(),
            business_number: number.to_owned(),
        })
    };
    let found = shown(world, by(ORGANISATION, &issued.business_number))
        .await
        .unwrap();
    let receipt = issued.receipt.clone().unwrap();
    let same = shown(world, By::Receipt(receipt)).await.unwrap();
    // Its seal may have come between the two answers.
    assert_eq!(found.record, same.record);
    assert_eq!(
        found.record.unwrap().business_number,
        issued.business_number
    );
    for (issuer, number) in [
        (ORGANISATION, "B-999"),
        ("12320900E875065319", issued.business_number.as_str()),
    ] {
        let (status, detail) = refusal(shown(world, by(issuer, number)).await);
        assert_eq!((status, detail.code), (Code::NotFound, 9520));
    }
    let (status, detail) = refusal(shown(world, by(ORGANISATION, "号")).await);
    assert_eq!((status, detail.code), (Code::InvalidArgument, 9501));
    assert_eq!(detail.field, "business_number.business_number");
}

async fn the_same_details_again_are_known(world: &World, issued: &IssuedReceipt) {
    let mut altered = generated(1);
    altered.main.as_mut().unwrap().remark = "altered".to_owned();
    let [again, altered] = issue(world, vec![details(1), of(altered)])
        .await
        .try_into()
        .unwrap();
    assert_eq!(again.receipt, issued.receipt);
    assert_eq!(again.check_code, issued.check_code);
    assert_eq!(again.details_commitment, issued.details_commitment);
    assert_eq!(again.refusal.unwrap().code, 1403);
    assert_eq!(
        (altered.receipt, altered.refusal.unwrap().code),
        (None, 1403)
    );
}

async fn what_goes_on_chain_alone_is_checked_too(world: &World) {
    let mut off_total = item("B-2");
    let Some(Form::Item(inner)) = &mut off_total.form else {
        panic!("{off_total:?}")
    };
    inner.settlement.as_mut().unwrap().pooled_fund_fen = 9_999;
    let [fine, off_total] = issue(world, vec![item("B-1"), off_total])
        .await
        .try_into()
        .unwrap();
    assert_eq!((fine.refusal, fine.check_code.as_str()), (None, ""));
    let said = off_total.refusal.unwrap();
    assert_eq!((said.code, said.field.as_str()), (9305, "item.settlement"));
    assert_eq!(off_total.business_number, "");
    // Its details are elsewhere.
    let (status, detail) = refusal(kept(world, fine.receipt.unwrap()).await);
    assert_eq!((status, detail.code), (Code::NotFound, 9554));
}
