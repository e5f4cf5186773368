//! Malformed bytes that no client of ours sends. The node continues to answer.

use std::{convert::Infallible, time::Duration};

use axum::body::Body;
use bytes::Bytes;
use piaolian_proto::v1::{GetStatusRequest, ledger_service_client::LedgerServiceClient};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tonic::{Code, Status};

use crate::world::{PATIENCE, World, codes, post};

/// The preface of an HTTP/2 client.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// An empty SETTINGS frame.
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
/// Far more than any answer to garbage.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
const METHOD: &str = "/piaolian.v1.TransactionService/Submit";

#[tokio::test(flavor = "multi_thread")]
async fn no_bytes_keep_the_server_from_answering_others() {
    let world = World::start().await;
    for (what, bytes) in raw_bytes() {
        let ends = timeout(PATIENCE, send(&world, &bytes)).await;
        assert!(ends.is_ok(), "{what}: neither answered nor closed");
        still_answers(&world, what).await;
    }
    for (what, frame, answer) in frames() {
        let status = call(&world, frame).await;
        assert_eq!((status.code(), codes(&status)), answer, "{what}");
        still_answers(&world, what).await;
    }
    a_caller_who_leaves_in_the_middle_of_a_message_is_forgotten(&world).await;
    world.stop().await;
}

fn raw_bytes() -> Vec<(&'static str, Vec<u8>)> {
    let noise: Vec<u8> = (0..65_536_u32)
        .map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes()[0])
        .collect();
    let after = |bytes: &[u8]| [PREFACE, SETTINGS, bytes].concat();
    // A HEADERS frame whose length says 16 MiB - 1, of stream 1.
    let large: &[u8] = &[0xff, 0xff, 0xff, 1, 4, 0, 0, 0, 1];
    // A DATA frame of a stream that nobody opened.
    let unopened: &[u8] = &[0, 0, 1, 0, 1, 0, 0, 0, 9, 0];
    vec![
        ("nothing", Vec::new()),
        ("noise", noise.clone()),
        (
            "HTTP/1.1",
            b"GET / HTTP/1.1\r\nHost: piaolian\r\n\r\n".to_vec(),
        ),
        (
            "TLS",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
        ),
        ("half a preface", PREFACE[..12].to_vec()),
        ("noise after the preface", [PREFACE, &noise].concat()),
        ("noise after the settings", after(&noise)),
        ("a frame that says 16 MiB", after(large)),
        ("data of no stream", after(unopened)),
    ]
}

/// Sends bytes and no more, and reads until the node closes.
async fn send(world: &World, bytes: &[u8]) {
    let mut stream = TcpStream::connect(world.address()).await.unwrap();
    // The node may close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let mut answer = Vec::new();
    let _ = stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await;
    assert!((answer.len() as u64) < ANSWER_BYTES_MAX);
}

type Answer = (Code, Vec<u32>);

/// gRPC messages, each with its own header: compressed or not, length, bytes.
fn frames() -> Vec<(&'static str, Vec<u8>, Answer)> {
    let frame = |flag: u8, length: u32, bytes: &[u8]| {
        [&[flag], length.to_be_bytes().as_slice(), bytes].concat()
    };
    let malformed = |code| (Code::InvalidArgument, vec![code]);
    vec![
        ("no message", Vec::new(), malformed(9502)),
        ("half a header", vec![0, 0], malformed(9502)),
        ("a cut message", frame(0, 100, &[10; 10]), malformed(9502)),
        ("4 GiB", frame(0, u32::MAX, &[]), malformed(9503)),
        (
            "above 10 MiB by one",
            frame(0, (10 << 20) + 1, &[]),
            malformed(9503),
        ),
        (
            "compressed in no known way",
            frame(1, 2, &[10, 0]),
            malformed(9502),
        ),
        ("no known flag", frame(9, 2, &[10, 0]), malformed(9502)),
    ]
}

/// Returns the answer to a call with these bytes for a body.
async fn call(world: &World, bytes: Vec<u8>) -> Status {
    let connection = world.another_clerk().await;
    let answer = timeout(PATIENCE, post(connection, METHOD, bytes.into())).await;
    answer.unwrap().unwrap()
}

async fn a_caller_who_leaves_in_the_middle_of_a_message_is_forgotten(world: &World) {
    let begun = Bytes::from_static(&[0, 0, 0, 0, 100, 10, 98]);
    let never = tokio_stream::StreamExt::chain(
        tokio_stream::once(Ok::<_, Infallible>(begun)),
        tokio_stream::pending(),
    );
    let call = post(
        world.another_clerk().await,
        METHOD,
        Body::from_stream(never),
    );
    let waits = timeout(Duration::from_millis(200), call).await;
    assert!(waits.is_err(), "answered before the message was whole");
    still_answers(world, "a caller who left").await;
}

/// On the connection that was there before, and on a new one.
async fn still_answers(world: &World, after: &str) {
    for connection in [world.reader(), world.another_clerk().await] {
        let mut ledger = LedgerServiceClient::new(connection);
        let asked = timeout(PATIENCE, ledger.get_status(GetStatusRequest {})).await;
        let status = asked.unwrap_or_else(|_| panic!("no answer after {after}"));
        assert!(status.unwrap().into_inner().validator, "{after}");
    }
}
