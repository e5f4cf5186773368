//! Nodes are killed during an import.
//!
//! ```text
//!   import ──────────────────────────────► done      three of four go on
//!             ✗ employer's node            ↻ restarts and catches up
//!
//!   import ────✗ hospital's own node       ↻ restarts
//!   the same import again ───────────────► done      each receipt issued once
//! ```

use std::{path::PathBuf, sync::atomic::Ordering, time::Duration};

use tokio::task::JoinHandle;

use super::issuing::used_numbers;
use crate::demo::{
    DemoError, Harness, Member,
    client::Client,
    import::{Broken, Done, Imported, import},
    wait::until,
};

/// Receipts per import.
const RECEIPTS: usize = 600;
/// Files per call: few, so that the kill falls into the import.
const FILES_AT_ONCE: usize = 30;
/// Number of imported receipts after which the node is killed.
const KILL_AFTER: usize = 180;
/// Longest wait for an import to reach that number.
const IMPORT_TIMEOUT: Duration = Duration::from_secs(120);

pub(in crate::demo) async fn run(harness: &mut Harness) -> Result<(), DemoError> {
    harness.report.chapter("Outages · 故障");
    another_node_is_killed(harness).await?;
    the_importing_node_is_killed(harness).await
}

async fn another_node_is_killed(harness: &mut Harness) -> Result<(), DemoError> {
    let killed = Member::Employer;
    let files = harness.receipts.write(RECEIPTS)?;
    let hospital = harness.network.client(Member::Hospital)?;

    harness
        .report
        .begin("The hospital imports 600 more; in the middle, the employer's node is killed");
    let (done, importing) = begin(hospital, files);
    reached_the_middle(&done, &importing).await?;
    let process = harness.network.kill(killed)?;
    let done_then = done.load(Ordering::Relaxed);
    let height_then = harness.network.status(Member::Hospital).await?.height;
    let imported = ended(importing).await??;
    let height = harness.network.status(Member::Hospital).await?.height;
    let happened = [
        format!("SIGKILL to process {process} after {done_then} files, at height {height_then}"),
        format!("{}; at height {height}", imported.counts()),
    ];
    let went_on = imported.issued.len() == RECEIPTS && done_then < RECEIPTS && height > height_then;
    harness.report.check_at(
        "the network goes on, all are issued",
        happened,
        imported.place,
        went_on,
    )?;

    harness
        .report
        .begin("The employer's node restarts and catches up");
    harness.network.start(killed)?;
    harness.network.wait_for_height(killed, height).await?;
    let status = harness.network.status(killed).await?;
    let happened = format!(
        "at height {}, validator: {}",
        status.height, status.validator
    );
    let told = format!("it reaches height {height}");
    harness.report.check(&told, [happened], status.validator)
}

async fn the_importing_node_is_killed(harness: &mut Harness) -> Result<(), DemoError> {
    let killed = Member::Hospital;
    let files = harness.receipts.write(RECEIPTS)?;
    let hospital = harness.network.client(killed)?;
    let used_before = used_numbers(&hospital).await?;

    harness
        .report
        .begin("The hospital imports 600 more; in the middle, its own node is killed");
    let (done, importing) = begin(hospital.clone(), files.clone());
    reached_the_middle(&done, &importing).await?;
    let process = harness.network.kill(killed)?;
    let broken = ended(importing).await?;
    let done_then = done.load(Ordering::Relaxed);
    let happened = format!("SIGKILL to process {process}; {done_then} files were answered");
    let broke_off = matches!(broken, Err(Broken::Call(_))) && done_then < RECEIPTS;
    harness
        .report
        .check("the import breaks off", [happened], broke_off)?;

    harness
        .report
        .begin("Its node restarts; the same import is run again");
    let tip = harness.network.status(Member::Finance).await?.height;
    harness.network.start(killed)?;
    harness.network.wait_for_height(killed, tip).await?;
    let imported = import(hospital.clone(), files, FILES_AT_ONCE, Done::default()).await?;
    let used = used_numbers(&hospital).await? - used_before;
    let once = imported.issued.len() + imported.known == RECEIPTS
        && imported.known >= done_then
        && used == RECEIPTS as u64;
    let happened = format!("{}; {used} numbers were used", imported.counts());
    harness
        .report
        .check_at("each is issued once", [happened], imported.place, once)
}

type Importing = JoinHandle<Result<Imported, Broken>>;

fn begin(hospital: Client, files: Vec<PathBuf>) -> (Done, Importing) {
    let done = Done::default();
    let importing = tokio::spawn(import(hospital, files, FILES_AT_ONCE, done.clone()));
    (done, importing)
}

async fn reached_the_middle(done: &Done, importing: &Importing) -> Result<(), DemoError> {
    until(
        "the import to be in its middle",
        IMPORT_TIMEOUT,
        async || {
            let reached = done.load(Ordering::Relaxed) >= KILL_AFTER || importing.is_finished();
            Ok(reached.then_some(()))
        },
    )
    .await
}

async fn ended(importing: Importing) -> Result<Result<Imported, Broken>, DemoError> {
    let what = "an import";
    let ended = tokio::time::timeout(IMPORT_TIMEOUT, importing).await;
    let ended = ended.map_err(|late| DemoError::unavailable(what, &late))?;
    ended.map_err(|panicked| DemoError::unavailable(what, &panicked))
}
