//! What a network of real processes must survive.
//!
//! One program for all of these, so that the database is linked once.

#![allow(clippy::unwrap_used, clippy::print_stdout)] // tests

mod admission;
mod attachments;
mod availability;
mod backup;
mod byzantine;
mod crash;
mod malformed;
mod stranger;
mod validators;
mod wire;

/// The node in a process of its own.
const NODE: &str = env!("CARGO_BIN_EXE_node_under_test");

/// Validators of every network here: one may fail.
const VALIDATORS: usize = 4;

/// The place of the finance bureau.
const FINANCE: usize = 0;
