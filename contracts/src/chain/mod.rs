//! The primitives of a chain, and the checks that anyone can make offline.
//!
//! ```text
//!   Header ──SHA-256──► block hash ◄── votes ──► CommitCertificate (> 2/3 of the power)
//!     ├─ transactions_root, outcomes_root   RFC 6962 over this block
//!     ├─ state_root                         the state tree after this block
//!     ├─ history_root                       RFC 6962 over all earlier headers' hashes
//!     └─ validators_hash, next_validators_hash
//! ```

pub mod address;
pub mod block;
pub mod certificate;
pub mod hash;
pub mod header;
pub mod ids;
pub mod key;
pub mod merkle;
pub mod mmr;
pub mod sign_bytes;
pub mod signature;
pub mod validators;

pub use address::Address;
pub use block::Block;
pub use certificate::{CertificateError, CommitCertificate};
pub use hash::Hash;
pub use header::Header;
pub use ids::{ChainId, Height};
pub use key::{BadSignature, KeyAlgorithm, PublicKey, UnfitKey};
pub use sign_bytes::{VoteType, proposal_parts_sign_bytes, proposal_sign_bytes, vote_sign_bytes};
pub use signature::Signature;
pub use validators::{Validator, ValidatorSet};
