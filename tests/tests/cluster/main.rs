//! Tests of a network of real processes under faults and attacks.
//!
//! They form one program, so that the database is linked once.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod admission;
mod attachments;
mod availability;
mod backup;
mod byzantine;
mod crash;
mod forged_sync;
mod malformed;
mod stranger;
mod validators;
mod wire;

/// Path of the node's program.
const NODE: &str = env!("CARGO_BIN_EXE_node_under_test");

/// Number of validators in every network of these tests: one may fail.
const VALIDATORS: usize = 4;

/// Place of the finance bureau.
const FINANCE: usize = 0;
