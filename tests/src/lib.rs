//! Tests of whole nodes: real processes, real sockets, real disks.
//!
//! ```text
//!   test ──► Cluster ──┬── stdin, stdout: control ──► node_under_test ── the product's node
//!              │       ├── kill -9, restart              │
//!              │       └── a log file each               └── crash layer: ends it at a write point
//!              ├── Load: receipts issued, locked, booked, and what was acknowledged
//!              └── agreement: one chain, one root, nothing lost
//!   test ──► RawPeer: a peer that speaks libp2p by hand, with any key
//! ```
//!
//! The product does not know this crate: it is observed through its public interfaces, its trace events, its files and
//! its sockets.

pub mod bench;
pub mod cluster;
pub mod control;
pub mod crash;
pub mod demo;
pub mod false_validator;
pub mod load;
