//! Transactions that were signed elsewhere, many at once.

use bytes::Bytes;
use piaolian_contracts::chain::ChainId;
use piaolian_proto::v1::{
    GetTransactionRequest, SubmitAndWaitRequest, SubmitBatchRequest, SuspendOrganisation,
    submit_result, submit_result::Result as Taken, transaction_body::Action,
    transaction_service_client::TransactionServiceClient,
};
use tonic::Code;

use crate::world::{ORGANISATION, PATIENCE, World, lock_receipt, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn each_transaction_of_a_batch_is_taken_or_refused_for_itself() {
    let world = World::start().await;
    let mut clerk = TransactionServiceClient::new(world.clerk());
    let chain = world.trust.chain_id.clone();
    let (first, second) = (lock(&world, &chain, 1), lock(&world, &chain, 2));
    let stranger = lock(&world, &"another-chain".parse().unwrap(), 3);
    let mut forged = lock(&world, &chain, 4).to_vec();
    *forged.last_mut().unwrap() ^= 1;
    let above_a_clerk = Action::SuspendOrganisation(SuspendOrganisation {
        organisation: ORGANISATION.to_owned(),
        reason: "an audit".to_owned(),
    });
    let above_a_clerk = world.signed(&chain, above_a_clerk, 5);
    let request = SubmitBatchRequest {
        transactions: vec![
            first.clone(),
            Bytes::from_static(b"garbage"),
            second,
            stranger,
            forged.into(),
            above_a_clerk,
        ],
    };
    let answer = clerk.submit_batch(request).await.unwrap().into_inner();
    let results: Vec<Taken> = answer
        .results
        .into_iter()
        .map(|it| it.result.unwrap())
        .collect();
    let codes: Vec<u32> = results.iter().map(code).collect();
    assert_eq!(codes, [0, 1000, 0, 1002, 1008, 9512]);

    // A repeated transaction is executed once, and gets the same answer.
    let request = SubmitBatchRequest {
        transactions: vec![first.clone()],
    };
    let again = clerk.submit_batch(request).await.unwrap().into_inner();
    assert_eq!(again.results[0].result.as_ref(), Some(&results[0]));

    // Its outcome is the rejection of a lock on a receipt that does not exist.
    let request = SubmitAndWaitRequest { transaction: first };
    let decided = clerk.submit_and_wait(request).await.unwrap().into_inner();
    let decided = decided.transaction.unwrap();
    assert_eq!(Taken::TransactionId(decided.transaction_id), results[0]);
    assert_eq!(decided.outcome.unwrap().rejection.unwrap().code, 1400);
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

/// A lock on a receipt that does not exist.
fn lock(world: &World, chain: &ChainId, number: u8) -> Bytes {
    let lock = lock_receipt(number.into(), 1, "C-1");
    world.signed(chain, Action::LockReceipt(lock), number)
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
