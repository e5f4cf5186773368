//! The founding of a chain.
//!
//! ```text
//!   each organisation, where its keys are          one of them, or all
//!   ─────────────────────────────────────          ───────────────────────────────
//!   KeyPair::generate ×n ──► Entry::sign ──► entry.json ──► Genesis::assemble ──► genesis.json
//!                                                                 │
//!                              hash(): parent of block 1 ◄────────┴───► founding(): state at height 0
//! ```
//!
//! An entry is signed by its own organisation for one chain, so whoever assembles
//! can leave an entry out but cannot change one. The genesis hash, which every
//! organisation compares before it starts, settles who was left out.

pub mod entry;
pub mod error;
pub mod genesis;
pub mod json;
pub mod key_pair;
#[cfg(any(test, feature = "sample"))]
pub mod sample;

pub use entry::{Entry, Presentation};
pub use error::{EntryError, GenesisError};
pub use genesis::Genesis;
pub use json::JsonError;
pub use key_pair::{CannotSign, KeyPair};

#[cfg(test)]
mod tests;
