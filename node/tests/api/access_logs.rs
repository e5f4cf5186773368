//! The access log and its anchor on the ledger, which the owner of the log cannot change.

use std::{fs, path::Path, time::Duration};

use piaolian_proto::v1::{
    AccessLogRecord, AccessLogStatus, GetAccessLogAnchorRequest, GetStatusRequest, ReceiptId,
    disclosure_service_client::DisclosureServiceClient, ledger_service_client::LedgerServiceClient,
};
use tonic::{Code, Status};

use crate::{
    details::MEDICAL,
    encrypted_receipts::{KEEPS_NOTHING, ON_ITS_OWN, issue_encrypted_for_own, open},
    program::Client,
    world::{ORGANISATION, PATIENCE, Shape, World, refusal},
};

/// A node with a receipt that it may open.
async fn with_receipt(shape: Shape) -> (World, ReceiptId) {
    let world = World::shaped(shape).await;
    world.grant_of(MEDICAL, 1, 100).await;
    let receipt = issue_encrypted_for_own(&world, 1).await;
    (world, receipt)
}

async fn open_times(world: &World, receipt: &ReceiptId, times: usize) {
    for _ in 0..times {
        open(world, receipt, ON_ITS_OWN).await.unwrap();
    }
}

async fn anchor(world: &World, log: u32) -> Result<AccessLogRecord, Status> {
    let request = GetAccessLogAnchorRequest {
        organisation: String::new(),
        log,
    };
    let mut client = DisclosureServiceClient::new(world.reader());
    let answer = client.get_access_log_anchor(request).await?.into_inner();
    assert_eq!(answer.chain_id, world.trust.chain_id.as_str());
    Ok(answer.anchor.unwrap())
}

async fn status(world: &World) -> AccessLogStatus {
    let mut client = LedgerServiceClient::new(world.reader());
    let status = client.get_status(GetStatusRequest {}).await.unwrap();
    status.into_inner().access_log.unwrap()
}

async fn height(world: &World) -> u64 {
    let mut client = LedgerServiceClient::new(world.reader());
    let status = client.get_status(GetStatusRequest {}).await.unwrap();
    status.into_inner().height
}

/// Starts the node again, which writes another log from then on.
async fn begin(world: World, log: u32) -> World {
    let shape = Shape {
        access_log: log,
        ..KEEPS_NOTHING
    };
    world.restart_as(shape).await
}

/// Waits until the status of the node's log meets the condition.
async fn until(world: &World, is_so: impl Fn(&AccessLogStatus) -> bool) -> AccessLogStatus {
    let wait = async {
        loop {
            let status = status(world).await;
            if is_so(&status) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, wait).await.unwrap()
}

/// Truncates a log to its first lines.
fn cut(folder: &Path, lines: usize) {
    let path = folder.join("access.log");
    let text = fs::read_to_string(&path).unwrap();
    let kept: String = text.split_inclusive('\n').take(lines).collect();
    fs::write(path, kept).unwrap();
}

/// Output of the verb about a log and the ledger.
fn hold(world: &World, file: &str) -> crate::program::Said {
    let path = world.path(file);
    Client::new(world).ask(&["access-log", "check", path.to_str().unwrap(), "--anchored"])
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_opened_is_anchored_and_can_no_longer_be_cut_off_or_written_anew() {
    let (world, receipt) = with_receipt(KEEPS_NOTHING).await;
    open_times(&world, &receipt, 3).await;
    let (none, detail) = refusal(anchor(&world, 0).await);
    assert_eq!((none, detail.code), (Code::NotFound, 9520));
    hold(&world, "access.log").failure(6);

    let world = world.restart_after(|_| ()).await;
    let anchored = until(&world, |status| status.anchored_entries == 3).await;
    assert_eq!((anchored.entries, anchored.contradiction.as_str()), (3, ""));
    let first = anchor(&world, 1).await.unwrap();
    assert_eq!(anchor(&world, 0).await.unwrap(), first);
    assert_eq!(first.organisation, ORGANISATION);
    assert_eq!((first.entries, &first.head), (3, &anchored.head));
    let held = hold(&world, "access.log").lines();
    assert_eq!(held[3]["anchored"]["entries"], 3);

    // Later entries continue the log and are anchored too.
    open_times(&world, &receipt, 1).await;
    hold(&world, "access.log").lines();
    let world = world.restart_after(|_| ()).await;
    until(&world, |status| status.anchored_entries == 4).await;

    // The owner removes the last entry, and the node continues.
    let world = world.restart_after(|folder| cut(folder, 4)).await;
    let shorter = until(&world, |status| !status.contradiction.is_empty()).await;
    assert!(shorter.contradiction.contains("cut off"), "{shorter:?}");
    let said = hold(&world, "access.log").failure(6);
    assert!(said.contains("cut off, or all were written anew"), "{said}");
    open_times(&world, &receipt, 3).await;
    let said = hold(&world, "access.log").failure(6);
    assert!(said.contains("has not the 4 entries"), "{said}");
    let world = world.restart_after(|_| ()).await;
    let other = until(&world, |status| !status.contradiction.is_empty()).await;
    assert!(other.contradiction.contains("another hash"), "{other:?}");
    assert_eq!((other.entries, other.anchored_entries), (6, 4));
    assert_eq!(anchor(&world, 1).await.unwrap().entries, 4);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_lost_is_followed_by_another_which_everybody_sees() {
    let (world, receipt) = with_receipt(KEEPS_NOTHING).await;
    open_times(&world, &receipt, 2).await;
    let world = world.restart_after(|_| ()).await;
    until(&world, |status| status.anchored_entries == 2).await;

    let lost = |folder: &Path| fs::rename(folder.join("access.log"), folder.join("copy.log"));
    let world = world.restart_after(|folder| lost(folder).unwrap()).await;
    until(&world, |status| status.contradiction.contains("0 entries")).await;

    // Neither the ledger nor the node accepts a log number that skips one.
    let world = begin(world, 3).await;
    open_times(&world, &receipt, 1).await;
    let world = begin(world, 3).await;
    until(&world, |status| {
        status
            .contradiction
            .contains("the next log on the ledger is 2")
    })
    .await;

    let world = begin(world, 2).await;
    open_times(&world, &receipt, 1).await;
    let world = begin(world, 2).await;
    let status = until(&world, |status| status.anchored_entries == 1).await;
    assert_eq!((status.log, status.entries), (2, 1));
    assert_eq!(status.contradiction, "");
    let [first, second] = [anchor(&world, 1).await, anchor(&world, 2).await].map(Result::unwrap);
    assert_eq!((first.entries, second.entries), (2, 1));
    assert_eq!(anchor(&world, 0).await.unwrap(), second);
    // Each file can be checked against its own anchor.
    hold(&world, "access-2.log").lines();
    let held = hold(&world, "copy.log");
    assert!(
        held.stderr.contains("log 2 was begun since"),
        "{}",
        held.stderr
    );
    assert_eq!(held.lines().len(), 3);

    let world = begin(world, 1).await;
    until(&world, |status| {
        status.contradiction.contains("log 1 is closed")
    })
    .await;
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sign_key_nothing_is_anchored_and_the_node_serves() {
    let (world, receipt) = with_receipt(KEEPS_NOTHING).await;
    open_times(&world, &receipt, 1).await;
    let unable = Shape {
        signs: false,
        ..KEEPS_NOTHING
    };
    let world = world.restart_as(unable).await;
    let height = height(&world).await;
    while self::height(&world).await < height + 3 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let unanchored = status(&world).await;
    assert_eq!((unanchored.entries, unanchored.anchored_entries), (1, 0));
    let world = world.restart_as(KEEPS_NOTHING).await;
    until(&world, |status| status.anchored_entries == 1).await;
    world.stop().await;
}
