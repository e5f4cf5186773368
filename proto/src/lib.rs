//! Messages of Piaolian as Rust types, generated from the `.proto` files beside
//! this crate. The files themselves are the documentation; a program in another
//! language needs only them.

#![allow(clippy::all, clippy::pedantic, rustdoc::all)] // generated code

pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/piaolian.v1.rs"));
}

/// The compiled `.proto` files, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
