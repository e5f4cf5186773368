//! The metrics of a running node as Prometheus reads them, and other requests to that address.

use std::time::Duration;

use piaolian_proto::v1::{
    LockReceiptRequest, SubmitRequest, claim_service_client::ClaimServiceClient,
    transaction_service_client::TransactionServiceClient,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::world::{ORGANISATION, PATIENCE, World, codes, lock_receipt, operator};

/// Longest answer that is read, bytes.
const ANSWER_BYTES_MAX: u64 = 1 << 20;
const SCRAPE: &[u8] = b"GET /metrics HTTP/1.1\r\nHost: node\r\n\r\n";
/// As many connections as the metrics server answers at once.
const CONNECTIONS_MAX: usize = 16;

/// Sends bytes and reads until the node closes.
async fn send(world: &World, bytes: &[u8]) -> String {
    let answered = async {
        let mut stream = TcpStream::connect(world.metrics()).await.unwrap();
        // The node may close before it has read everything.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let _ = stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await;
        String::from_utf8(answer).unwrap()
    };
    timeout(PATIENCE, answered).await.unwrap()
}

/// The metrics of a node, as Prometheus has them.
struct Scraped(String);

impl Scraped {
    async fn of(world: &World) -> Self {
        let answer = send(world, SCRAPE).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
        assert!(head.contains("openmetrics-text"), "{head}");
        Self(body.to_owned())
    }

    #[track_caller]
    fn value(&self, sample: &str) -> f64 {
        let found = self.0.lines().find_map(|line| {
            let (name, value) = line.rsplit_once(' ')?;
            (name == sample).then(|| value.parse().unwrap())
        });
        found.unwrap_or_else(|| panic!("no {sample} in\n{}", self.0))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn prometheus_sees_blocks_rejections_and_refusals_and_nothing_of_anybody() {
    let world = World::start().await;
    let before = Scraped::of(&world).await;
    world.grant().await;
    a_lock_of_no_receipt_is_rejected(&world).await;
    garbage_is_refused(&world).await;
    let after = Scraped::of(&world).await;

    let grew = |sample: &str| after.value(sample) - before.value(sample);
    for (sample, by) in [
        ("piaolian_transactions_total{outcome=\"accepted\"}", 1.0),
        ("piaolian_transactions_total{outcome=\"rejected\"}", 1.0),
        ("piaolian_rejections_total{rule=\"1400\"}", 1.0),
        ("piaolian_rejections_total{rule=\"unknown\"}", 0.0),
        ("piaolian_refusals_total{rule=\"1000\"}", 1.0),
        ("piaolian_transaction_wait_seconds_count", 2.0),
    ] {
        assert!((grew(sample) - by).abs() < 1e-9, "{sample} by {by}");
    }
    let blocks = grew("piaolian_height");
    assert!(blocks >= 2.0);
    // At each scrape a block may be committed between reading the gauges and reading the counters.
    assert!((grew("piaolian_commit_seconds_count") - blocks).abs() <= 2.0);
    assert!((grew("piaolian_block_interval_seconds_count") - blocks).abs() <= 2.0);
    assert!(grew("piaolian_last_block_time_seconds") > 0.0);
    assert!(grew("piaolian_synced_writes_total") >= 2.0 * blocks - 2.0);
    for (sample, value) in [
        ("piaolian_peers_known{role=\"validator\"}", 0.0),
        ("piaolian_pool_transactions", 0.0),
        ("piaolian_pool_bytes", 0.0),
        ("piaolian_attachments_missing", 0.0),
    ] {
        assert!((after.value(sample) - value).abs() < 1e-9, "{sample}");
    }
    assert!(after.value("piaolian_disk_bytes{folder=\"store\"}") > 0.0);
    assert!(after.value("piaolian_disk_free_bytes") > 0.0);
    for of_somebody in [ORGANISATION, "plt_", "clerk-1", "C-1"] {
        assert!(!after.0.contains(of_somebody), "{of_somebody}");
    }
    world.stop().await;
}

async fn a_lock_of_no_receipt_is_rejected(world: &World) {
    let request = LockReceiptRequest {
        lock_receipt: Some(lock_receipt(1, 1, "C-1")),
        options: operator("clerk-1"),
    };
    let mut claims = ClaimServiceClient::new(world.clerk());
    let status = claims.lock_receipt(request).await.unwrap_err();
    assert_eq!(codes(&status), [1_400]);
}

async fn garbage_is_refused(world: &World) {
    let request = SubmitRequest {
        transaction: vec![0xff; 40].into(),
    };
    let mut transactions = TransactionServiceClient::new(world.clerk());
    let status = transactions.submit(request).await.unwrap_err();
    assert_eq!(codes(&status), [1_000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_comes_to_the_metrics_port_prometheus_is_answered() {
    let world = World::start().await;
    for (what, request, answer) in requests() {
        let answered = send(&world, &request).await;
        let status = answered.lines().next().unwrap_or_default();
        assert!(status.starts_with(answer), "{what}: {status}");
        Scraped::of(&world).await;
    }
    those_who_say_nothing_are_shown_out(&world).await;
    world.stop().await;
}

/// A request, and the beginning of its answer; nothing where the server only closes.
fn requests() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let request = |head: &str| format!("{head}\r\nHost: node\r\n\r\n").into_bytes();
    let lines = (0..1_000).map(|line| format!("x-{line}: y\r\n"));
    let many = format!("GET /metrics HTTP/1.1\r\n{}\r\n", lines.collect::<String>());
    let long = format!(
        "GET /metrics HTTP/1.1\r\nx: {}\r\n\r\n",
        "y".repeat(1 << 20)
    );
    vec![
        ("another path", request("GET / HTTP/1.1"), "HTTP/1.1 404 "),
        (
            "a path above",
            request("GET /metrics/../keys HTTP/1.1"),
            "HTTP/1.1 404 ",
        ),
        (
            "another method",
            request("DELETE /metrics HTTP/1.1"),
            "HTTP/1.1 405 ",
        ),
        (
            "a body that never comes",
            b"POST /metrics HTTP/1.1\r\nHost: node\r\nContent-Length: 1000000000\r\n\r\n".to_vec(),
            "HTTP/1.1 405 ",
        ),
        ("many headers", many.into_bytes(), "HTTP/1.1 431 "),
        ("a header of a MiB", long.into_bytes(), "HTTP/1.1 431 "),
        (
            "a long path",
            request(&format!("GET /{} HTTP/1.1", "y".repeat(1 << 20))),
            "HTTP/1.1 4",
        ),
        (
            "no HTTP",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(),
            "HTTP/1.1 400 ",
        ),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), ""),
    ]
}

/// They occupy every connection of the metrics server, which closes them within seconds.
async fn those_who_say_nothing_are_shown_out(world: &World) {
    let mut silent = Vec::new();
    for _ in 0..2 * CONNECTIONS_MAX {
        let mut stream = TcpStream::connect(world.metrics()).await.unwrap();
        stream.write_all(b"GET /metr").await.unwrap();
        silent.push(stream);
    }
    let scraped = timeout(Duration::from_secs(20), Scraped::of(world)).await;
    scraped.expect("the silent are shown out");
    drop(silent);
}
