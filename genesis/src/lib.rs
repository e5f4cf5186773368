//! The founding document of a chain, and the ceremony that makes it.
//!
//! ```text
//!   each organisation, where its keys are          one of them, or all
//!   ─────────────────────────────────────          ───────────────────────────────
//!   KeyPair::generate ×n ──► Entry::sign ──► entry.json ──► Genesis::assemble ──► genesis.json
//!                                                                 │
//!                              hash(): parent of block 1 ◄────────┴───► founding(): state at height 0
//! ```
//!
//! Each organisation signs its own entry for one chain, so that the assembler can omit an entry but cannot change one.
//! Every organisation compares the genesis hash before it starts, and so detects a missing entry.

pub mod entry;
pub mod error;
mod file;
pub mod genesis;
pub mod json;
pub mod key_pair;
#[cfg(any(test, feature = "sample"))]
pub mod sample;

pub use entry::{Entry, Presentation};
pub use error::{EntryError, GenesisError};
pub use file::FileError;
pub use genesis::Genesis;
pub use json::JsonError;
pub use key_pair::{CannotSign, KeyPair};

#[cfg(test)]
mod tests;
