//! The Piaolian node: everything with effects.

pub mod consensus;
pub mod store;
