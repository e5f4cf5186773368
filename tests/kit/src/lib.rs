//! The test kit: data and tools that the tests of several crates share.
//!
//! ```text
//!   sample         networks of sample organisations, with keys that follow from a seed
//!   transactions   signed transactions of sample organisations, valid and invalid ones
//!   headers        headers of blocks without contents
//!   items          items of an issue of receipts
//!   memory         a contract state in memory, with roots and proofs
//!   peer           a peer that speaks libp2p by hand (feature `peer`)
//! ```
//!
//! No shipped crate depends on this one. It may be a dev-dependency of the crates that it uses: their integration tests
//! see the same types as this crate, but their unit tests do not.

pub mod headers;
pub mod items;
pub mod memory;
#[cfg(feature = "peer")]
pub mod peer;
pub mod transactions;

pub use piaolian_genesis::sample;
