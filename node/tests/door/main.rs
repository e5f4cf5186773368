//! One whole node behind its gRPC door: a chain with one organisation in every role.

#![allow(clippy::unwrap_used)] // tests

mod allotments;
mod batches;
mod calls;
mod details;
mod events;
mod gate;
mod hostile;
mod limits;
mod network;
mod receipts;
mod samples;
mod world;
