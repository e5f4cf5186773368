//! Messages of Piaolian as Rust types, generated from the `.proto` files beside this crate, with the tables of the API's
//! methods and of the ledger's actions. The files themselves are the documentation; a program in another language needs
//! only them.

pub mod api;
mod event;
pub mod status_details;

/// Messages, and with the feature `grpc` their services' clients and servers.
#[allow(
    clippy::all,
    clippy::pedantic,
    missing_docs,
    rustdoc::all,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/piaolian.v1.rs"));
}

/// The compiled `.proto` files with their options, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
