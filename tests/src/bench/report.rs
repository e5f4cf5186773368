//! The results of a run: a JSON file and a printed table.

use std::fmt;

use serde::Serialize;

use super::{
    calibrate::Spread,
    load::{Latency, Saturation},
    process::Cost,
};

/// The arithmetic backend of `curve25519-dalek` in this build on this processor.
fn backend() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        return "curve25519-dalek 5.0, simd, avx2";
    }
    "curve25519-dalek 5.0, serial"
}

/// Results for one batch size: one receipt per signature, or many.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Mode {
    receipts_per_signature: u64,
    /// Receipts accepted in blocks that all four nodes have.
    receipts_per_s: f64,
    receipts_per_block: f64,
    /// CPU of the four processes per committed receipt, in V.
    cluster_cpu_v: f64,
    /// CPU of the four processes per committed receipt, µs.
    cluster_cpu_us: f64,
    /// Latency at half load up to the answer after the synced commit.
    p50_ms: f64,
    p99_ms: f64,
    latency_samples: usize,
    /// Synced writes of a validator's store, without the last signed state.
    fsyncs_per_block: f64,
}

impl Mode {
    pub(super) fn new(
        receipts_per_signature: u64,
        counted: &Saturation,
        spent: &Cost,
        latency: &Latency,
        verify_us: f64,
    ) -> Self {
        let cluster_cpu_us = spent.cpu_s * 1e6 / counted.receipts.max(1) as f64;
        Self {
            receipts_per_signature,
            receipts_per_s: counted.receipts_per_s,
            receipts_per_block: counted.receipts_per_block,
            cluster_cpu_v: cluster_cpu_us / verify_us,
            cluster_cpu_us,
            p50_ms: latency.p50_ms,
            p99_ms: latency.p99_ms,
            latency_samples: latency.count,
            fsyncs_per_block: spent.synced_writes as f64 / spent.height.max(1) as f64,
        }
    }
}

/// Results of a whole run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    cores: usize,
    /// Cost of one `verify_strict` of 400 bytes, µs: the median of the samples and their spread.
    v_us: f64,
    v_us_min: f64,
    v_us_max: f64,
    backend: &'static str,
    single: Mode,
    batch100: Mode,
    idle_p50_ms: f64,
    idle_max_ms: f64,
    /// Size of one validator's store after the run, divided by the receipts of the run.
    bytes_per_receipt: f64,
    receipts: u64,
}

impl Report {
    pub(super) fn new(
        verify: Spread,
        idle: Spread,
        [single, batch100]: [Mode; 2],
        stored_bytes: u64,
        receipts: u64,
    ) -> Self {
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            v_us: verify.median,
            v_us_min: verify.min,
            v_us_max: verify.max,
            backend: backend(),
            single,
            batch100,
            idle_p50_ms: idle.median,
            idle_max_ms: idle.max,
            bytes_per_receipt: stored_bytes as f64 / receipts.max(1) as f64,
            receipts,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            single, batch100, ..
        } = self;
        writeln!(
            f,
            "four validators on {} cores, {} receipts in all",
            self.cores, self.receipts
        )?;
        writeln!(
            f,
            "V = {:.1} µs ({:.1} to {:.1}), {}",
            self.v_us, self.v_us_min, self.v_us_max, self.backend
        )?;
        writeln!(f, "{:<28}{:>12}{:>12}", "", "single", "batch100")?;
        let rows = [
            ("receipts/s", single.receipts_per_s, batch100.receipts_per_s),
            (
                "receipts/block",
                single.receipts_per_block,
                batch100.receipts_per_block,
            ),
            (
                "cluster CPU, V/receipt",
                single.cluster_cpu_v,
                batch100.cluster_cpu_v,
            ),
            (
                "cluster CPU, µs/receipt",
                single.cluster_cpu_us,
                batch100.cluster_cpu_us,
            ),
            ("half load p50, ms", single.p50_ms, batch100.p50_ms),
            ("half load p99, ms", single.p99_ms, batch100.p99_ms),
            (
                "synced writes/block",
                single.fsyncs_per_block,
                batch100.fsyncs_per_block,
            ),
        ];
        for (name, single, batch) in rows {
            writeln!(f, "{name:<28}{single:>12.1}{batch:>12.1}")?;
        }
        writeln!(
            f,
            "idle p50 {:.1} ms (max {:.1})",
            self.idle_p50_ms, self.idle_max_ms
        )?;
        write!(f, "bytes on disk per receipt {:.0}", self.bytes_per_receipt)
    }
}
