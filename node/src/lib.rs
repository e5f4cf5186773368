//! The node: everything with effects.

pub mod network;
