//! The event stream: replay, then live, from any cursor, without a gap.

use piaolian_proto::v1::{
    Cursor, Event, IssueReceiptsRequest, SubscribeRequest, SubscribeResponse,
    event_service_client::EventServiceClient, receipt_service_client::ReceiptServiceClient,
    subscribe_request::Start, subscribe_response::Message,
};
use tokio::time::timeout;
use tonic::{Code, Streaming};

use crate::world::{PATIENCE, World, codes, item, operator};

#[tokio::test(flavor = "multi_thread")]
async fn a_subscriber_misses_nothing() {
    let world = World::start().await;
    world.grant().await;
    issue(&world, &["B-1", "B-2", "B-2"]).await;
    let told = told_so_far(&world, SubscribeRequest::default()).await;
    every_item_is_told_once_and_in_order(&told);
    reading_goes_on_after_any_cursor(&world, &told).await;
    filters_leave_out_what_is_not_wanted(&world, &told).await;
    what_is_decided_later_arrives_live(&world).await;
    a_stream_ends_with_the_node(world).await;
}

async fn issue(world: &World, business_numbers: &[&str]) {
    let request = IssueReceiptsRequest {
        receipts: business_numbers.iter().map(|number| item(number)).collect(),
        options: operator("clerk-1"),
    };
    ReceiptServiceClient::new(world.clerk())
        .issue_receipts(request)
        .await
        .unwrap();
}

/// Returns the next message of a stream.
async fn next(stream: &mut Streaming<SubscribeResponse>) -> Message {
    let next = timeout(PATIENCE, stream.message()).await.unwrap().unwrap();
    next.unwrap().message.unwrap()
}

/// Returns the events of a subscription before its first heartbeat, without seals: they come
/// when they come.
async fn told_so_far(world: &World, request: SubscribeRequest) -> Vec<Event> {
    let mut client = EventServiceClient::new(world.reader());
    let mut stream = client.subscribe(request).await.unwrap().into_inner();
    let mut events = Vec::new();
    loop {
        match next(&mut stream).await {
            Message::Event(event) if event.action == "SealBlock" => {}
            Message::Event(event) => events.push(event),
            Message::Heartbeat(_) => return events,
        }
    }
}

fn every_item_is_told_once_and_in_order(told: &[Event]) {
    let actions: Vec<_> = told.iter().map(|event| event.action.as_str()).collect();
    let issued = "IssueReceipts";
    assert_eq!(actions, ["GrantRange", issued, issued, issued]);
    let places: Vec<_> = told.iter().map(place).collect();
    assert!(places.is_sorted_by(|a, b| a < b), "{places:?}");
    assert_eq!(told[0].operator, "finance-1");
    let codes: Vec<_> = told
        .iter()
        .map(|event| event.rejection.as_ref().map_or(0, |r| r.code))
        .collect();
    assert_eq!(codes, [0, 0, 0, 1403]);
}

fn place(event: &Event) -> (u64, u32, u32) {
    let Cursor {
        height,
        transaction,
        item,
    } = event.cursor.unwrap();
    (height, transaction, item)
}

async fn reading_goes_on_after_any_cursor(world: &World, told: &[Event]) {
    for (number, event) in told.iter().enumerate() {
        let start = Some(Start::After(event.cursor.unwrap()));
        let rest = told_so_far(
            world,
            SubscribeRequest {
                start,
                ..Default::default()
            },
        )
        .await;
        assert_eq!(rest, told[number + 1..]);
    }
}

async fn filters_leave_out_what_is_not_wanted(world: &World, told: &[Event]) {
    let request = SubscribeRequest {
        accepted_only: true,
        ..Default::default()
    };
    assert_eq!(told_so_far(world, request).await, told[..3]);
    let actions = vec!["GrantRange".to_owned()];
    let request = SubscribeRequest {
        actions,
        ..Default::default()
    };
    assert_eq!(told_so_far(world, request).await, told[..1]);
}

async fn what_is_decided_later_arrives_live(world: &World) {
    let request = SubscribeRequest {
        start: Some(Start::FromNow(true)),
        actions: vec!["IssueReceipts".to_owned()],
        heartbeat_ms: 1_000,
        ..Default::default()
    };
    let mut client = EventServiceClient::new(world.reader());
    let mut stream = client.subscribe(request).await.unwrap().into_inner();
    let (mut heartbeats, mut live) = (0, None);
    while heartbeats < 2 || live.is_none() {
        match next(&mut stream).await {
            Message::Heartbeat(beat) => {
                assert_eq!(beat.cursor.unwrap().item, u32::MAX);
                heartbeats += 1;
                if heartbeats == 1 {
                    issue(world, &["B-9"]).await;
                }
            }
            Message::Event(event) => live = Some(event),
        }
    }
    assert_eq!(live.unwrap().rejection, None);
}

async fn a_stream_ends_with_the_node(world: World) {
    let mut client = EventServiceClient::new(world.reader());
    let mut stream = client
        .subscribe(SubscribeRequest::default())
        .await
        .unwrap()
        .into_inner();
    let ended = tokio::spawn(async move {
        loop {
            match stream.message().await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("the stream ended without a word"),
                Err(status) => return status,
            }
        }
    });
    world.stop().await;
    // It is told so, and has its cursor.
    let status = timeout(PATIENCE, ended).await.unwrap().unwrap();
    assert_eq!(
        (status.code(), codes(&status)),
        (Code::Unavailable, vec![9560])
    );
}
