//! The network between real sockets on loopback: who may connect, what arrives, and what
//! a peer can do to a node.

#![allow(clippy::unwrap_used)] // tests

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
