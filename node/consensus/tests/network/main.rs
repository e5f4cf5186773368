//! Tests of the network over real sockets on loopback: which peers may connect, which messages arrive, and how a node
//! handles peers that break the protocol.

#![allow(clippy::unwrap_used, reason = "tests")]

mod attachments;
mod consensus;
mod engine;
mod membership;
mod misbehaviour;
mod raw;
mod relay;
mod store;
mod strangers;
mod sync;
mod world;
