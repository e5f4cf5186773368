//! The `piaolian` node: everything with effects.

pub mod access_log;
pub mod attachments;
pub mod backup;
pub mod cabinet;
pub mod cli;
pub mod clock;
pub mod closing;
pub mod config;
pub mod consensus;
pub mod details;
pub mod holders;
pub mod keys;
pub mod ledger;
pub mod metrics;
pub mod network;
pub mod node;
pub mod rpc;
pub mod service;
pub mod store;
pub mod write_point;

#[cfg(test)]
mod numbers;
