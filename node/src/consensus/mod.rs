//! Consensus.
pub mod codec;
pub mod context;
pub mod mark;
pub mod signer;
pub mod streams;
pub mod types;
pub mod verifier;
