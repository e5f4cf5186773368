//! The Piaolian node: everything with effects.

pub mod clock;
pub mod consensus;
pub mod ledger;
pub mod network;
pub mod store;
pub mod write_point;
//! The `piaolian` node: everything with effects.

pub mod details;
