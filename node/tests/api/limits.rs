//! Requests that a node refuses, delays or does not serve: 9530 to 9560.

use std::{convert::Infallible, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use piaolian_proto::v1::{
    GetReceiptDetailsRequest, GetStatusRequest, ImportFile, ImportReceiptsRequest,
    LockReceiptRequest, SubscribeRequest, SubscribeResponse, VerifyReceiptRequest,
    claim_service_client::ClaimServiceClient, event_service_client::EventServiceClient,
    ledger_service_client::LedgerServiceClient, receipt_service_client::ReceiptServiceClient,
};
use tokio::{task::JoinSet, time::timeout};
use tonic::{Code, Status, Streaming};

use crate::world::{Connection, PATIENCE, Shape, World, id, lock_receipt, post, refusal};

/// As many as a node takes.
const CALLS_MAX: usize = 512;
const SUBSCRIBERS_MAX: usize = 256;
const WRONG_VERIFICATIONS_MAX: usize = 10;
/// Below the streams that one connection may have.
const OF_A_CONNECTION: usize = 128;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_is_refused_until_it_is_less() {
    let world = World::start().await;
    too_many_calls_at_once(&world).await;
    too_many_subscribers(&world).await;
    too_many_wrong_verifications(&world).await;
    world.stop().await;
}

async fn status(world: &World) -> Result<u64, Status> {
    let mut ledger = LedgerServiceClient::new(world.reader());
    let answer = ledger.get_status(GetStatusRequest {}).await?;
    Ok(answer.into_inner().height)
}

/// Asks until it is answered as wanted.
async fn until<T>(what: &str, mut asked: impl AsyncFnMut() -> Option<T>) -> T {
    let answered = async {
        loop {
            if let Some(answer) = asked().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let answered = timeout(PATIENCE, answered).await;
    answered.unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

/// A call that stays open, because its message never ends. It is repeated if it is refused because one of the probing
/// calls has its place.
async fn endless_call(connection: Connection) {
    let method = "/piaolian.v1.LedgerService/GetStatus";
    loop {
        let never = tokio_stream::pending::<Result<Bytes, Infallible>>();
        post(connection.clone(), method, Body::from_stream(never)).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn too_many_calls_at_once(world: &World) {
    let mut calls = JoinSet::new();
    for _ in 0..CALLS_MAX / OF_A_CONNECTION {
        let connection = world.another_clerk().await;
        for _ in 0..OF_A_CONNECTION {
            calls.spawn(endless_call(connection.clone()));
        }
    }
    let refused = until("a refusal", async || status(world).await.err()).await;
    let (code, detail) = refusal::<u64>(Err(refused));
    assert_eq!((code, detail.code), (Code::ResourceExhausted, 9531));
    calls.shutdown().await;
    until("an answer", async || status(world).await.ok()).await;
}

async fn subscribe(connection: &Connection) -> Result<Streaming<SubscribeResponse>, Status> {
    let mut client = EventServiceClient::new(connection.clone());
    let answer = client.subscribe(SubscribeRequest::default()).await?;
    Ok(answer.into_inner())
}

async fn too_many_subscribers(world: &World) {
    let mut streams = Vec::new();
    for _ in 0..SUBSCRIBERS_MAX / OF_A_CONNECTION {
        let connection = world.another_clerk().await;
        for _ in 0..OF_A_CONNECTION {
            streams.push(subscribe(&connection).await.unwrap());
        }
    }
    let (code, detail) = refusal(subscribe(&world.reader()).await.map(drop));
    assert_eq!((code, detail.code), (Code::ResourceExhausted, 9533));
    // Subscriptions are no calls under way.
    status(world).await.unwrap();
    drop(streams);
    until("room", async || subscribe(&world.reader()).await.ok()).await;
}

async fn too_many_wrong_verifications(world: &World) {
    let verify = async || {
        let request = VerifyReceiptRequest {
            receipt: Some(id(1)),
            check_code: "000000".to_owned(),
            ..Default::default()
        };
        let mut client = ReceiptServiceClient::new(world.reader());
        client.verify_receipt(request).await
    };
    for _ in 0..WRONG_VERIFICATIONS_MAX {
        verify().await.unwrap();
    }
    let (code, detail) = refusal(verify().await);
    assert_eq!((code, detail.code), (Code::ResourceExhausted, 9532));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_without_details_or_sign_key_says_so() {
    let shape = Shape {
        keeps_details: false,
        signs: false,
        ..Shape::default()
    };
    let world = World::shaped(shape).await;
    let mut receipts = ReceiptServiceClient::new(world.clerk());
    let file = ImportFile {
        name: "a.xml".to_owned(),
        xml: Bytes::from_static(b"<EInvoice/>"),
    };
    let request = ImportReceiptsRequest {
        files: vec![file],
        options: None,
        late_reason: String::new(),
    };
    let (code, detail) = refusal(receipts.import_receipts(request).await);
    assert_eq!((code, detail.code), (Code::Unimplemented, 9550));
    let request = GetReceiptDetailsRequest {
        receipt: Some(id(1)),
        ..Default::default()
    };
    let (code, detail) = refusal(receipts.get_receipt_details(request).await);
    assert_eq!((code, detail.code), (Code::NotFound, 9520));

    let request = LockReceiptRequest {
        lock_receipt: Some(lock_receipt(1, 1, "C-1")),
        options: None,
    };
    let mut claims = ClaimServiceClient::new(world.clerk());
    let (code, detail) = refusal(claims.lock_receipt(request).await);
    assert_eq!((code, detail.code), (Code::Unimplemented, 9551));
    assert_eq!(detail.arguments, ["sign"]);
    world.stop().await;
}
