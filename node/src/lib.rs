//! The `piaolian` node: everything with effects.

pub mod details;
pub mod keys;
