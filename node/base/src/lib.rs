//! Small modules that most other crates of a node use.
//!
//! ```text
//!   clock         the current time, in the ledger's unit
//!   shutdown      asks to stop, and waits until a store is closed
//!   write_point   trace events around writes that a crash must not lose
//!   layout        names of files and folders in the data and key folders
//!   private_files files and folders that only the node's user may use
//!   metrics       counters, gauges and their text for Prometheus
//! ```

pub mod clock;
pub mod layout;
pub mod metrics;
pub mod private_files;
pub mod shutdown;
pub mod write_point;
