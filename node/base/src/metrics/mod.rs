//! What an operator's Prometheus reads of a running node.
//!
//! ```text
//!   parts ──committed(…), refused(…)──► Metrics ─────────────┐
//!                                       counted as it happens │
//!   composition root ──► a closure ──► Reading ───────────────┤ text
//!                        height, peers, pool: read when asked │
//!   the data folder ──► Disk ─────────────────────────────────┴──► Exposition ──► Door, /metrics
//! ```
//!
//! This part knows no other: they report to it by plain methods, which cost atomics (and a
//! lock that only a scrape contends for). Nothing personal and no secret is told: numbers,
//! with labels that are all known when the node starts, so that the answer has a bound. Every
//! metric stands in `docs/OPERATIONS.md`, and a test holds that table against this module.

mod counted;
mod disk;
mod exposition;
mod reading;
#[cfg(test)]
mod tests;

pub use counted::{Committed, Metrics, TurnedAway};
pub use exposition::Exposition;
pub use reading::{Group, Reading};

/// What every metric's name begins with.
const PREFIX: &str = "piaolian";
