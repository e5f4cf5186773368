//! Small parts that every other part of a node stands on.
//!
//! ```text
//!   clock         this machine's time, in the ledger's units
//!   shutdown      waits until a store that many hold is closed
//!   write_point   trace events around each write that a crash must not lose
//!   metrics       counters, gauges and their text for Prometheus
//! ```

pub mod clock;
pub mod metrics;
pub mod shutdown;
pub mod write_point;
