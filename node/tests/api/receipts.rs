//! Queries of a receipt: view, seal, history in pages, verification, proof.

use piaolian_contracts::{chain::merkle, receipts::Receipt, types::ReceiptId as TypedId};
use piaolian_proto::v1::{
    BookReceipt, BookReceiptRequest, FundKind, GetReceiptHistoryRequest, GetReceiptProofRequest,
    GetReceiptRequest, GetReceiptResponse, IssueReceiptsRequest, ReceiptStatus,
    VerifyReceiptRequest, VerifyResult, claim_service_client::ClaimServiceClient,
    get_receipt_request::By, receipt_service_client::ReceiptServiceClient,
};
use piaolian_verifier::ProofFile;
use tonic::Code;

use crate::world::{Connection, PATIENCE, World, codes, id, item, operator};

#[tokio::test(flavor = "multi_thread")]
async fn a_receipt_is_shown_sealed_verified_and_proven() {
    let world = World::start().await;
    world.grant().await;
    let request = IssueReceiptsRequest {
        receipts: ["B-1", "B-2", "B-3"].map(item).to_vec(),
        options: operator("clerk-1"),
    };
    ReceiptServiceClient::new(world.clerk())
        .issue_receipts(request)
        .await
        .unwrap();
    the_seal_of_each_receipt_leads_to_the_issuance_root(&world).await;
    bookings_change_what_is_seen(&world).await;
    a_history_in_pages_is_the_whole_history(&world).await;
    an_unknown_receipt_and_a_wrong_code_are_answered_alike(&world).await;
    presence_and_absence_are_proven_without_the_node(&world).await;
    world.stop().await;
}

fn client(world: &World) -> ReceiptServiceClient<Connection> {
    ReceiptServiceClient::new(world.reader())
}

async fn shown(world: &World, number: u64) -> GetReceiptResponse {
    let request = GetReceiptRequest {
        by: Some(By::Receipt(id(number))),
        with_seal_path: true,
    };
    client(world)
        .get_receipt(request)
        .await
        .unwrap()
        .into_inner()
}

async fn the_seal_of_each_receipt_leads_to_the_issuance_root(world: &World) {
    let sealed = async {
        while !shown(world, 1).await.receipt.unwrap().seal.unwrap().sealed {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, sealed).await.unwrap();
    for number in 1..=3 {
        let view = shown(world, number).await.receipt.unwrap();
        let seal = view.seal.unwrap();
        let issuance = seal.issuance.unwrap();
        let receipt = Receipt::try_from(view.record.unwrap()).unwrap();
        let path: Vec<_> = seal
            .path
            .iter()
            .map(|hash| hash.as_ref().try_into().unwrap())
            .collect();
        let root = issuance.issuance_root.as_ref().try_into().unwrap();
        let leaf = receipt.issued_hash();
        let (index, count) = (u64::from(seal.index), u64::from(issuance.count));
        assert!(
            merkle::verify(&root, leaf.as_bytes(), index, count, &path),
            "receipt {number}"
        );
    }
}

async fn bookings_change_what_is_seen(world: &World) {
    let view = shown(world, 1).await.receipt.unwrap();
    assert_eq!(view.status(), ReceiptStatus::Issued);
    assert!(
        view.claimable
            .iter()
            .all(|claimable| claimable.amount_fen == 10_000)
    );
    let booking = BookReceipt {
        receipt: Some(id(1)),
        presented_total_fen: 10_000,
        fund_kind: FundKind::Commercial.into(),
        voucher_number: "V-1".to_owned(),
        amount_fen: 6_000,
        reviewer: "reviewer-1".to_owned(),
        keep_lock: false,
        ..Default::default()
    };
    let request = BookReceiptRequest {
        book_receipt: Some(booking.clone()),
        options: operator("clerk-1"),
    };
    let mut payer = ClaimServiceClient::new(world.clerk());
    payer.book_receipt(request.clone()).await.unwrap();
    let status = payer.book_receipt(request).await.unwrap_err();
    assert_eq!(
        (status.code(), codes(&status)),
        (Code::FailedPrecondition, vec![1614])
    );
    let view = shown(world, 1).await.receipt.unwrap();
    assert_eq!(view.status(), ReceiptStatus::PartlyReimbursed);
    assert_eq!(view.booked_fen, 6_000);
    assert!(
        view.claimable
            .iter()
            .all(|claimable| claimable.amount_fen == 4_000)
    );
}

async fn a_history_in_pages_is_the_whole_history(world: &World) {
    let page = |page_size, page_token| GetReceiptHistoryRequest {
        receipt: Some(id(1)),
        page_size,
        page_token,
    };
    let whole = client(world)
        .get_receipt_history(page(0, String::new()))
        .await
        .unwrap();
    let whole = whole.into_inner();
    assert_eq!(whole.next_page_token, "");
    assert_eq!(whole.events.len(), 3, "issued, booked, rejected");
    assert_eq!(whole.events[2].rejection.as_ref().unwrap().code, 1614);
    let (mut events, mut token) = (Vec::new(), String::new());
    loop {
        let page = client(world)
            .get_receipt_history(page(1, token))
            .await
            .unwrap()
            .into_inner();
        events.extend(page.events);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(events, whole.events);
}

async fn an_unknown_receipt_and_a_wrong_code_are_answered_alike(world: &World) {
    let ask = async |number, check_code: &str, total_fen| {
        let request = VerifyReceiptRequest {
            receipt: Some(id(number)),
            check_code: check_code.to_owned(),
            total_fen,
            with_proof: true,
            ..Default::default()
        };
        let mut answer = client(world)
            .verify_receipt(request)
            .await
            .unwrap()
            .into_inner();
        (answer.height, answer.block_time_ms) = (0, 0);
        answer
    };
    let right = ask(1, "656aa9", Some(10_000)).await;
    let check = right.check.clone().unwrap();
    assert_eq!(check.result(), VerifyResult::Matched);
    assert!(
        check.is_accounted && check.acc_amount_fen == 6_000,
        "{check:?}"
    );
    let proven = ProofFile::from(right.proof.unwrap()).verify(&world.trust);
    assert!(proven.unwrap().receipt.is_some());

    let unknown = ask(999, "656aa9", None).await;
    assert_eq!(
        unknown.check.as_ref().unwrap().result(),
        VerifyResult::NotMatched
    );
    assert_eq!(unknown, ask(1, "000000", None).await);
    assert_eq!(unknown, ask(1, "656aa9", Some(10_001)).await);
}

async fn presence_and_absence_are_proven_without_the_node(world: &World) {
    for (number, present) in [(1, true), (999, false)] {
        let request = GetReceiptProofRequest {
            receipt: Some(id(number)),
            with_events: true,
        };
        let answer = client(world).get_receipt_proof(request).await.unwrap();
        let bytes = ProofFile::from(answer.into_inner().proof.unwrap()).encode();
        let file = ProofFile::decode(bytes.into()).unwrap();
        let proven = file.verify(&world.trust).unwrap();
        assert_eq!(proven.id, TypedId::try_from(id(number)).unwrap());
        assert_eq!(proven.receipt.is_some(), present);
        if let Some(receipt) = proven.receipt {
            assert!(receipt.seal.is_some(), "finance's node seals by itself");
            let acts: Vec<_> = receipt.events.iter().map(|event| event.action).collect();
            assert_eq!(acts, ["IssueReceipts", "BookReceipt", "BookReceipt"]);
        }
        let mut altered = file.message().clone();
        let evidence = altered.evidence.as_mut().unwrap();
        evidence.value = match evidence.value {
            Some(_) => None,
            None => Some(vec![1].into()),
        };
        ProofFile::from(altered).verify(&world.trust).unwrap_err();
    }
}
