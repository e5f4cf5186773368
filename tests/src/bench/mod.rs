//! The benchmark: four validators on this machine, load signed in advance, results counted from blocks.
//!
//! ```text
//!   calibrate ─► V, the cost of one signature check on this machine
//!   found ─► four `piaolian node start` processes on loopback
//!   for one receipt a signature, and a hundred:
//!     saturate  ─► receipts/s, CPU of the four processes per receipt
//!     half load ─► p50, p99 up to the answer after the synced commit
//!   idle ─► p50 of one receipt at a time
//!   stop ─► bytes on disk per receipt
//! ```
//!
//! A receipt counts when its outcome is accepted in a block that all four nodes have. Costs are given in V, so that runs
//! on different machines are comparable.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures are rounded for reading; none is large enough to lose a unit in a float"
)]

mod calibrate;
mod ledger;
mod load;
mod process;
mod report;

use std::{path::PathBuf, time::Duration};

use piaolian_proto::v1;
use piaolian_test_kit::items::RECEIPT_CODE;
use tempfile::TempDir;

pub use report::Report;

use self::{load::Load, process::Cost, report::Mode};
use crate::demo::{DemoError, Member, Network};

/// Receipt numbers granted for a whole run.
const NUMBERS: u64 = 9_000_000_000;
/// Receipts issued one at a time, for the idle latency.
const IDLE_RECEIPTS: u64 = 60;
/// Pause between two of them: long enough for the network to be idle again.
const IDLE_PAUSE: Duration = Duration::from_millis(150);

/// Extent of the measurement.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Duration of each saturation after its warm-up.
    pub saturation: Duration,
    /// Duration of each half load.
    pub half_load: Duration,
}

impl Size {
    /// A run of at most five minutes in all on two cores.
    pub const QUICK: Self = Self {
        saturation: Duration::from_secs(15),
        half_load: Duration::from_secs(10),
    };
    /// A run long enough for compaction and the page cache to reach a steady state.
    pub const FULL: Self = Self {
        saturation: Duration::from_secs(60),
        half_load: Duration::from_secs(30),
    };
}

/// Runs the benchmark with the node program at `program`.
///
/// # Errors
/// When the network cannot be founded or gives an unexpected answer.
pub async fn run(program: PathBuf, size: Size) -> Result<Report, DemoError> {
    let verify = calibrate::verify_us();
    let folder = TempDir::with_prefix("piaolian-bench-")
        .map_err(|error| DemoError::unavailable("the network's folder", &error))?;
    let mut network = Network::new(program, folder.path(), None);
    network.found(&Member::FOUNDERS).await?;
    for member in Member::FOUNDERS {
        network.start(member)?;
    }
    for member in Member::FOUNDERS {
        network
            .wait_for(member, "to answer", |status| status.peers.len() >= 3)
            .await?;
    }
    grant(&network).await?;

    let mut load = Load::new(&network)?;
    let idle = load.one_by_one(IDLE_RECEIPTS, IDLE_PAUSE).await?;
    let single = mode(&mut network, &mut load, 1, size, verify.median).await?;
    let batch = mode(&mut network, &mut load, 100, size, verify.median).await?;

    let receipts = load.accepted();
    network.stop();
    let stored = process::folder_bytes(&network.home(Member::Insurer)?.folder.join("data/store"));
    Ok(Report::new(verify, idle, [single, batch], stored, receipts))
}

async fn grant(network: &Network) -> Result<(), DemoError> {
    let range = v1::GrantRange {
        issuer: Member::Hospital.id().to_string(),
        receipt_code: RECEIPT_CODE.to_owned(),
        first_number: 1,
        last_number: NUMBERS,
    };
    let client = network.client(Member::Finance)?;
    let request = v1::GrantRangeRequest {
        grant_range: Some(range),
        options: client.options(),
    };
    let answer = client.number_ranges().grant_range(request).await;
    answer
        .map(drop)
        .map_err(DemoError::no_answer("granting a range"))
}

/// Saturates the network, then loads it with half of the measured rate.
async fn mode(
    network: &mut Network,
    load: &mut Load,
    receipts_per_signature: u64,
    size: Size,
    verify_us: f64,
) -> Result<Mode, DemoError> {
    let before = Cost::now(network).await?;
    let counted = load
        .saturate(receipts_per_signature, size.saturation)
        .await?;
    for member in Member::FOUNDERS {
        network.wait_for_height(member, counted.last_height).await?;
    }
    let spent = Cost::now(network).await?.since(&before);
    let latency = load
        .at_rate(
            receipts_per_signature,
            counted.receipts_per_s / 2.0,
            size.half_load,
        )
        .await?;
    Ok(Mode::new(
        receipts_per_signature,
        &counted,
        &spent,
        &latency,
        verify_us,
    ))
}
