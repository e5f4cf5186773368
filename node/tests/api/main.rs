//! Tests of one whole node through its gRPC API: a chain with one organisation in every role.

#![allow(clippy::unwrap_used, reason = "tests")]

mod access_logs;
mod admin;
mod batches;
mod calls;
mod claims;
mod decrypted_details;
mod details;
mod encrypted_receipts;
mod encryption_keys;
mod events;
mod gate;
mod holders;
mod hostile;
mod limits;
mod metrics;
mod network;
mod number_ranges;
mod payments;
mod program;
mod receipt_lifecycle;
mod receipts;
mod reissues;
mod reversals;
mod samples;
mod supervision;
mod verbs;
mod world;
