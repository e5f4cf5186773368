//! Transactions that were signed elsewhere, many at once.

use std::sync::Arc;

use bytes::Bytes;
use piaolian_contracts::{chain::ChainId, organisations::KeyPurpose, transaction::ClientId};
use piaolian_node::{
    clock,
    keys::{Author, Intent, KeyRing},
};
use piaolian_proto::v1::{
    GetTransactionRequest, LockReceipt, SubmitAndWaitRequest, SubmitBatchRequest, submit_result,
    submit_result::Result as Taken, transaction_body::Action,
    transaction_service_client::TransactionServiceClient,
};
use tonic::Code;

use crate::world::{ORGANISATION, PATIENCE, World, id, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn each_transaction_of_a_batch_is_taken_or_refused_for_itself() {
    let world = World::start().await;
    let mut clerk = TransactionServiceClient::new(world.clerk());
    let chain = world.trust.chain_id.clone();
    let (first, second) = (signed(&world, &chain, 1), signed(&world, &chain, 2));
    let stranger = signed(&world, &"another-chain".parse().unwrap(), 3);
    let mut forged = signed(&world, &chain, 4).to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let request = SubmitBatchRequest {
        transactions: vec![
            first.clone(),
            Bytes::from_static(b"garbage"),
            second,
            stranger,
            forged.into(),
        ],
    };
    let answer = clerk.submit_batch(request).await.unwrap().into_inner();
    let results: Vec<Taken> = answer
        .results
        .into_iter()
        .map(|it| it.result.unwrap())
        .collect();
    let codes: Vec<u32> = results.iter().map(code).collect();
    assert_eq!(codes, [0, 1000, 0, 1002, 1008]);

    // The same again is taken once, and answered alike.
    let request = SubmitBatchRequest {
        transactions: vec![first.clone()],
    };
    let again = clerk.submit_batch(request).await.unwrap().into_inner();
    assert_eq!(again.results[0].result.as_ref(), Some(&results[0]));

    // Its outcome is that of the lock of a receipt that is not there.
    let request = SubmitAndWaitRequest { transaction: first };
    let decided = clerk.submit_and_wait(request).await.unwrap().into_inner();
    let decided = decided.transaction.unwrap();
    assert_eq!(Taken::TransactionId(decided.transaction_id), results[0]);
    assert_eq!(decided.outcome.unwrap().refusal.unwrap().code, 1400);
    is_decided(&world, &results[2]).await;

    let (status, detail) = refusal(clerk.submit_batch(SubmitBatchRequest::default()).await);
    assert_eq!((status, detail.code), (Code::InvalidArgument, 9501));
    assert_eq!(detail.field, "transactions");
    world.stop().await;
}

fn code(result: &submit_result::Result) -> u32 {
    match result {
        Taken::TransactionId(id) => {
            assert_eq!(id.len(), 32);
            0
        }
        Taken::Refusal(detail) => {
            assert!(!detail.message_en.is_empty() && !detail.message_zh.is_empty());
            detail.code
        }
    }
}

/// A lock of a receipt that is not there, signed with the organisation's own key.
fn signed(world: &World, chain: &ChainId, number: u8) -> Bytes {
    let ring = KeyRing::open(&world.path("keys")).unwrap();
    let key = Arc::clone(ring.require(KeyPurpose::Sign).unwrap());
    let author = Author::new(chain.clone(), ORGANISATION.parse().unwrap(), key);
    let lock = LockReceipt {
        receipt: Some(id(number.into())),
        presented_total_fen: 1,
        claim_number: "C-1".to_owned(),
        lease_ms: 1_000,
    };
    let signed = author.sign(Intent {
        action: Action::LockReceipt(lock),
        operator: "clerk-1".to_owned(),
        valid_until: clock::now().after_ms(600_000),
        client_id: ClientId::new([number; 16]),
    });
    signed.unwrap().encoded
}

async fn is_decided(world: &World, taken: &Taken) {
    let Taken::TransactionId(transaction_id) = taken.clone() else {
        panic!("{taken:?}")
    };
    let request = GetTransactionRequest {
        transaction_id,
        with_transaction: false,
    };
    let mut reader = TransactionServiceClient::new(world.reader());
    let decided = async {
        loop {
            let found = reader.get_transaction(request.clone()).await.unwrap();
            if found.into_inner().transaction.unwrap().place.is_some() {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, decided).await.unwrap();
}
