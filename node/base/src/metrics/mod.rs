//! The metrics of a running node, for an operator's Prometheus.
//!
//! ```text
//!   parts ──committed(…), refused(…)──► Metrics ─────────────┐
//!                                       updated on each event │
//!   composition root ──► a closure ──► Reading ───────────────┤ text
//!                        height, peers, pool: read when asked │
//!   the data folder ──► Disk ─────────────────────────────────┴──► Exposition ──► metrics server
//! ```
//!
//! This module depends on no other part of the node. The parts report to it by plain methods, which cost an atomic
//! operation, and in some cases a lock for which only a scrape competes. The answer contains no personal data and no
//! secret, only numbers. All labels are known when the node starts, so the answer's size is bounded.
//! `docs/OPERATIONS.md` lists every metric, and a test compares that table with this module.

mod counted;
mod disk;
mod exposition;
mod reading;
#[cfg(test)]
mod tests;

pub use counted::{Committed, Metrics, TurnedAway};
pub use exposition::Exposition;
pub use reading::{Group, Reading};

/// Prefix of every metric's name.
const PREFIX: &str = "piaolian";
