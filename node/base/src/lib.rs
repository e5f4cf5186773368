//! Small modules that every other crate of a node uses.
//!
//! ```text
//!   clock         the current time, in the ledger's unit
//!   shutdown      waits until a shared store is closed
//!   write_point   trace events around each write that a crash must not lose
//!   metrics       counters, gauges and their text for Prometheus
//! ```

pub mod clock;
pub mod metrics;
pub mod shutdown;
pub mod write_point;
