//! Resource use of the node processes, from the operating system's accounting.

use std::{fs, path::Path};

use crate::demo::{DemoError, Member, Network};

/// Units of processor time per second on Linux.
const TICKS_PER_S: f64 = 100.0;

/// Resources used by the four nodes so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    /// User and system time of all four, seconds.
    pub(super) cpu_s: f64,
    /// Synced writes of one validator's store.
    pub(super) synced_writes: u64,
    /// Height of that validator.
    pub(super) height: u64,
}

impl Cost {
    pub(super) async fn now(network: &mut Network) -> Result<Self, DemoError> {
        let mut cpu_s = 0.0;
        for member in Member::FOUNDERS {
            cpu_s += cpu_s_of(network.process_id(member)?)?;
        }
        let status = network.status(Member::Insurer).await?;
        Ok(Self {
            cpu_s,
            synced_writes: status.synced_writes,
            height: status.height,
        })
    }

    pub(super) fn since(&self, before: &Self) -> Self {
        Self {
            cpu_s: self.cpu_s - before.cpu_s,
            synced_writes: self.synced_writes - before.synced_writes,
            height: self.height - before.height,
        }
    }
}

/// Reads fields 14 and 15 of `/proc/PID/stat`, counted after the program's name.
fn cpu_s_of(process: u32) -> Result<f64, DemoError> {
    let path = format!("/proc/{process}/stat");
    let text = fs::read_to_string(&path).map_err(|error| DemoError::unavailable(&*path, &error))?;
    let fields = text
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace();
    let ticks: Vec<f64> = fields
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse().ok())
        .collect();
    Ok(ticks.iter().sum::<f64>() / TICKS_PER_S)
}

/// Size of all files below a folder, in bytes.
pub(super) fn folder_bytes(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => folder_bytes(&entry.path()),
            Ok(data) => data.len(),
            Err(_) => 0, // compacted away meanwhile
        })
        .sum()
}
