//! Tests of one whole node through its gRPC API: a chain with one organisation in every role.

#![allow(clippy::unwrap_used)] // tests

mod access_logs;
mod admin;
mod number_ranges;
mod batches;
mod calls;
mod claims;
mod details;
mod encryption_keys;
mod events;
mod gate;
mod holders;
mod hostile;
mod receipt_lifecycle;
mod limits;
mod metrics;
mod network;
mod decrypted_details;
mod payments;
mod program;
mod receipts;
mod reversals;
mod samples;
mod supervision;
mod verbs;
mod world;
