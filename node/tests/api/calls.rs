//! Typed calls: repeated, rejected, waited for.

use std::time::{Duration, Instant};

use piaolian_client::{CallError, ErrorKind};
use piaolian_proto::v1::{
    CallOptions, GetParametersRequest, GetReceiptRequest, GetTransactionRequest,
    IssueReceiptsRequest, LockReceiptRequest, ReceiptStatus, UnlockReceipt, UnlockReceiptRequest,
    Wait, claim_service_client::ClaimServiceClient, get_receipt_request::By,
    ledger_service_client::LedgerServiceClient, receipt_service_client::ReceiptServiceClient,
    transaction_service_client::TransactionServiceClient,
};
use tonic::Code;

use crate::world::{PATIENCE, World, codes, id, item, lock_receipt, operator, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_done_once_however_often_it_is_sent() {
    let world = World::start().await;
    world.grant().await;
    the_same_call_gives_the_first_outcome(&world).await;
    another_call_under_the_same_id_is_refused(&world).await;
    a_retry_without_an_id_is_refused_by_its_business_number(&world).await;
    a_rejection_names_rule_transaction_and_height(&world).await;
    who_does_not_wait_asks_later(&world).await;
    a_lock_is_given_back_by_its_owner(&world).await;
    world.stop().await;
}

fn repeatable(business_numbers: &[&str]) -> IssueReceiptsRequest {
    let options = CallOptions {
        client_id: vec![1; 16].into(),
        ..Default::default()
    };
    IssueReceiptsRequest {
        receipts: business_numbers.iter().map(|number| item(number)).collect(),
        options: Some(options),
    }
}

async fn the_same_call_gives_the_first_outcome(world: &World) {
    let mut issuer = ReceiptServiceClient::new(world.clerk());
    // Both use one point in time; otherwise their issue times would differ.
    let request = repeatable(&["B-1", "B-2"]);
    let first = issuer
        .issue_receipts(request.clone())
        .await
        .unwrap()
        .into_inner();
    let again = issuer.issue_receipts(request).await.unwrap().into_inner();
    assert_eq!(first, again);
    let numbers: Vec<_> = first
        .receipts
        .iter()
        .map(|receipt| receipt.receipt.clone().unwrap().number)
        .collect();
    assert_eq!(numbers, [1, 2]);
    assert!(
        first
            .receipts
            .iter()
            .all(|receipt| receipt.refusal.is_none())
    );
}

async fn another_call_under_the_same_id_is_refused(world: &World) {
    let mut issuer = ReceiptServiceClient::new(world.clerk());
    let status = issuer
        .issue_receipts(repeatable(&["B-3"]))
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), codes(&status)),
        (Code::AlreadyExists, vec![9540])
    );
}

async fn a_retry_without_an_id_is_refused_by_its_business_number(world: &World) {
    let mut issuer = ReceiptServiceClient::new(world.clerk());
    let request = IssueReceiptsRequest {
        receipts: vec![item("B-1"), item("B-4")],
        options: operator("clerk-1"),
    };
    let answer = issuer.issue_receipts(request).await.unwrap().into_inner();
    assert_eq!(answer.receipts[0].refusal.as_ref().unwrap().code, 1403);
    assert_eq!(answer.receipts[1].refusal, None);
    assert_eq!(answer.receipts[1].receipt.as_ref().unwrap().number, 3);
}

fn lock(number: u64) -> LockReceiptRequest {
    LockReceiptRequest {
        lock_receipt: Some(lock_receipt(number, 10_000, "C-1")),
        options: operator("clerk-1"),
    }
}

async fn a_rejection_names_rule_transaction_and_height(world: &World) {
    let mut payer = ClaimServiceClient::new(world.clerk());
    let error = CallError::from(payer.lock_receipt(lock(999)).await.unwrap_err());
    assert_eq!(
        (error.kind(), error.rule()),
        (ErrorKind::Refused, Some(1400))
    );
    assert!(error.height().is_some(), "{error}");
    assert!(error.to_string().contains("不存在"), "{error}");
    // It stays on the ledger as evidence.
    let request = GetTransactionRequest {
        transaction_id: error.transaction_id().unwrap().clone(),
        with_transaction: true,
    };
    let mut transactions = TransactionServiceClient::new(world.reader());
    let found = transactions
        .get_transaction(request)
        .await
        .unwrap()
        .into_inner();
    let found = found.transaction.unwrap();
    assert_eq!(Some(found.place.unwrap().height), error.height());
    assert_eq!(found.outcome.unwrap().rejection.unwrap().code, 1400);
    assert_eq!(found.body.unwrap().operator, "clerk-1");

    let status = payer
        .lock_receipt(LockReceiptRequest::default())
        .await
        .unwrap_err();
    assert_eq!(
        (status.code(), codes(&status)),
        (Code::InvalidArgument, vec![9501])
    );
}

async fn who_does_not_wait_asks_later(world: &World) {
    let options = CallOptions {
        wait: Wait::ForAdmission.into(),
        ..Default::default()
    };
    let request = LockReceiptRequest {
        options: Some(options),
        ..lock(1)
    };
    let mut payer = ClaimServiceClient::new(world.clerk());
    let submitted = payer
        .lock_receipt(request)
        .await
        .unwrap()
        .into_inner()
        .submitted
        .unwrap();
    assert_eq!(submitted.place, None);
    let request = GetTransactionRequest {
        transaction_id: submitted.transaction_id,
        with_transaction: false,
    };
    let mut transactions = TransactionServiceClient::new(world.reader());
    let decided = async {
        loop {
            let found = transactions
                .get_transaction(request.clone())
                .await
                .unwrap()
                .into_inner();
            if let Some(place) = found.transaction.unwrap().place {
                return place;
            }
            tokio::task::yield_now().await;
        }
    };
    assert!(
        tokio::time::timeout(PATIENCE, decided)
            .await
            .unwrap()
            .height
            > 0
    );
}

async fn a_lock_is_given_back_by_its_owner(world: &World) {
    let unlock = async |number| {
        let unlock = UnlockReceipt {
            receipt: Some(id(number)),
            reason: "the claim was withdrawn".to_owned(),
        };
        let request = UnlockReceiptRequest {
            unlock_receipt: Some(unlock),
            options: operator("clerk-1"),
        };
        ClaimServiceClient::new(world.clerk())
            .unlock_receipt(request)
            .await
    };
    let locked = async || {
        let request = GetReceiptRequest {
            by: Some(By::Receipt(id(1))),
            with_seal_path: false,
        };
        let mut reader = ReceiptServiceClient::new(world.reader());
        let view = reader.get_receipt(request).await.unwrap().into_inner();
        let view = view.receipt.unwrap();
        (view.locked, view.status())
    };
    assert_eq!(locked().await, (true, ReceiptStatus::Held));
    let submitted = unlock(1).await.unwrap().into_inner().submitted.unwrap();
    assert!(submitted.place.unwrap().height > 0);
    assert_eq!(locked().await, (false, ReceiptStatus::Issued));
    let (status, detail) = refusal(unlock(1).await);
    assert_eq!((status, detail.code), (Code::FailedPrecondition, 1409));
    let (_, detail) = refusal(unlock(999).await);
    assert_eq!(detail.code, 1400);
}

/// A server that delays small packets answers each call of a client some 40 ms late.
#[tokio::test(flavor = "multi_thread")]
async fn calls_in_a_row_are_answered_at_once() {
    const CALLS: usize = 41;
    let world = World::start().await;
    let mut ledger = LedgerServiceClient::new(world.reader());
    let mut took = Vec::with_capacity(CALLS);
    for _ in 0..CALLS {
        let begun = Instant::now();
        ledger
            .get_parameters(GetParametersRequest {})
            .await
            .unwrap();
        took.push(begun.elapsed());
    }
    took.sort_unstable();
    let median = took[CALLS / 2];
    assert!(median < Duration::from_millis(30), "{median:?}");
    world.stop().await;
}
