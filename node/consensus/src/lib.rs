//! Byzantine-fault-tolerant consensus on block hashes, with the Malachite engine.
//!
//! ```text
//!              peers                                     ledger
//!                │ votes, proposals, parts, sync            ▲
//!                ▼                                          │ propose, validate, commit
//!   ┌─ network actor (ours) ─┐     ┌─ engine ─┐ AppMsg ┌─ app ─┐
//!   │ crate `network`        │◄───►│ Malachite├───────►│ loop  │◄── height_start
//!   └────────────────────────┘     └────┬─────┘        └───────┘
//!                                       │ sign
//!                             signer ── double_sign (synced before a signature is handed out)
//! ```
//!
//! Consensus depends on the ledger and the network, which [`transport`] starts.

pub mod app;
pub mod codec;
pub mod context;
pub mod double_sign;
pub mod engine;
pub mod height_start;
mod inbound;
mod proposal_quota;
mod signature_check;
pub mod signer;
mod streams;
pub mod transport;
pub mod types;
mod validator_role;
pub mod wal;

pub use app::{App, AppError};
pub use codec::ProtobufCodec;
pub use context::EngineTypes;
pub use inbound::InboundPart;
pub use validator_role::ValidatorRole;
