//! One whole node behind its gRPC door: a chain with one organisation in every role.

#![allow(clippy::unwrap_used)] // tests

mod calls;
mod events;
mod gate;
mod receipts;
mod world;
