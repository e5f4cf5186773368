//! Byzantine-fault-tolerant agreement on block hashes, by the Malachite engine.
//!
//! ```text
//!              peers                                     ledger
//!                │ votes, proposals, parts, sync            ▲
//!                ▼                                          │ propose, judge, commit
//!   ┌─ network actor (ours) ─┐     ┌─ engine ─┐ AppMsg ┌─ app ─┐
//!   │ the crate's `network`  │◄───►│ Malachite├───────►│ loop  │◄── pace
//!   └────────────────────────┘     └────┬─────┘        └───────┘
//!                                       │ sign
//!                             signer ── mark (synced before a signature is handed out)
//! ```
//!
//! Consensus talks to the ledger and to nothing else; what it needs of the
//! network it is given as a handle by the composition root.

mod announced;
pub mod app;
pub mod codec;
pub mod context;
pub mod engine;
mod inbound;
pub mod mark;
pub mod pace;
pub mod signer;
mod standing;
mod streams;
pub mod types;
mod verifier;
pub mod wal;

pub use app::{App, AppError};
pub use codec::ProtobufCodec;
pub use context::Consensus;
pub use inbound::{Deliver, InboundPart};
pub use standing::Standing;
pub use streams::stream_height;
