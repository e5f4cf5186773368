//! Gauges that are read at each scrape.

use std::sync::atomic::AtomicU64;

use prometheus_client::{
    metrics::{counter::Counter, family::Family, gauge::Gauge, info::Info},
    registry::Registry,
};

use super::{PREFIX, disk::Disk};

/// Current values of a node, provided by the composition root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// The last committed height.
    pub height: u64,
    /// That block's time, Unix ms.
    pub block_time_ms: u64,
    /// Transactions that wait for a block.
    pub pool_transactions: u64,
    /// Their bytes.
    pub pool_bytes: u64,
    /// Peer keys of the other validators.
    pub validators: Group,
    /// Peer keys of other members that are not validators.
    pub followers: Group,
    /// Synced writes of the store since the node started.
    pub synced_writes: u64,
    /// Attachments that the ledger names and this node does not have.
    pub attachments_missing: u64,
    /// Attachments not fetched since the node started, because they exceed their author's daily limit.
    pub attachments_left_out: u64,
    /// Latest protocol version that the program knows.
    pub protocol_version: u32,
}

/// Peer keys with one role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Peer keys on the ledger.
    pub known: u64,
    /// Peer keys that are connected to this node.
    pub connected: u64,
}

type Gauges = Family<[(&'static str, &'static str); 1], Gauge<u64, AtomicU64>>;

/// Builds the metrics of a reading.
pub(super) fn registry(reading: &Reading, disk: &Disk, start_time_ms: u64) -> Registry {
    let mut registry = Registry::with_prefix(PREFIX);
    chain(&mut registry, reading);
    let peers = [
        ("validator", reading.validators),
        ("follower", reading.followers),
    ];
    gauges(
        &mut registry,
        "peers_known",
        "Peer keys of other members on the ledger, by role",
        ("role", peers.map(|(role, group)| (role, group.known))),
    );
    gauges(
        &mut registry,
        "peers_connected",
        "Peer keys of other members that are connected to this node, by role",
        ("role", peers.map(|(role, group)| (role, group.connected))),
    );
    storage(&mut registry, reading, disk);
    seconds(
        &mut registry,
        "start_time_seconds",
        "When this node started, Unix time",
        start_time_ms,
    );
    let build = vec![
        ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ("protocol_version", reading.protocol_version.to_string()),
    ];
    registry.register("build", "The running program", Info::new(build));
    registry
}

fn chain(registry: &mut Registry, reading: &Reading) {
    gauge(
        registry,
        "height",
        "The last committed height",
        reading.height,
    );
    seconds(
        registry,
        "last_block_time_seconds",
        "Block time of the last committed block, Unix time",
        reading.block_time_ms,
    );
    gauge(
        registry,
        "pool_transactions",
        "Transactions that wait for a block",
        reading.pool_transactions,
    );
    gauge(
        registry,
        "pool_bytes",
        "Bytes of the transactions that wait for a block",
        reading.pool_bytes,
    );
}

fn storage(registry: &mut Registry, reading: &Reading, disk: &Disk) {
    counter(
        registry,
        "synced_writes",
        "Synced writes of the store since the node started",
        reading.synced_writes,
    );
    gauge(
        registry,
        "attachments_missing",
        "Attachments that the ledger names and this node does not have",
        reading.attachments_missing,
    );
    counter(
        registry,
        "attachments_left_out",
        "Attachments above their author's daily limit, not fetched since the node started",
        reading.attachments_left_out,
    );
    gauges(
        registry,
        "disk_bytes",
        "Bytes of the files in one folder of the node's data",
        ("folder", disk.folders),
    );
    if let Some(free) = disk.free {
        let help = "Bytes that the node may still write on the disk of its data";
        gauge(registry, "disk_free_bytes", help, free);
    }
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let gauge = Gauge::<u64, AtomicU64>::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn counter(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let counter: Counter = Counter::default();
    counter.inc_by(value);
    registry.register(name, help, counter);
}

fn gauges<const N: usize>(
    registry: &mut Registry,
    name: &str,
    help: &str,
    (label, values): (&'static str, [(&'static str, u64); N]),
) {
    let family = Gauges::default();
    for (word, value) in values {
        family.get_or_create(&[(label, word)]).set(value);
    }
    registry.register(name, help, family);
}

/// Registers a time in seconds, the unit of Prometheus. Milliseconds of this century are exact in an `f64`.
#[allow(
    clippy::cast_precision_loss,
    reason = "milliseconds of this century are exact in an `f64`"
)]
fn seconds(registry: &mut Registry, name: &str, help: &str, ms: u64) {
    let gauge = Gauge::<f64, AtomicU64>::default();
    gauge.set(ms as f64 / 1_000.0);
    registry.register(name, help, gauge);
}
