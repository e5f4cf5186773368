//! Verifies proofs of the ledger without a node, network or clock, and without trust in their sender.
//!
//! ```text
//!   founding document ─► Trust
//!                          │ validators ─► handovers ─► certificate ─► header
//!   receipt.proof ─► ProofFile ─verify─► Proven ─► words
//!        state entries   key, value ─► state_root ─┐
//!        events          transaction, outcome ─► their header ─► history_root ─┤
//!        seal            receipt ─► issuance root ◄─ finance's signature       ├─ of the header
//!        details         salted commitment, fields in clear ◄─ the record ─────┘
//!
//!   headers of any nodes ─► LightClient ─► its tip, or a Fork with the signers of both blocks
//! ```
//!
//! The node uses the same code. `docs/PROTOCOL.md` describes the same steps in words, for a verifier in any language.

pub mod details;
mod event;
mod evidence;
mod file;
pub mod light;
mod path;
mod proven;
mod seal;
mod state;

pub use details::DetailsError;
pub use event::{EventError, OUTCOME_BYTES_MAX, ShownEvent};
pub use evidence::{
    CERTIFIED_HEADER_BYTES_MAX, EvidenceError, HANDOVERS_MAX, Shown, Signers, Trust,
    verify_evidence,
};
pub use file::{EVENTS_MAX, FILE_BYTES_MAX, FILE_VERSION, ProofFile, ProofFileError};
pub use light::{Fork, LightClient, LightError};
pub use proven::{Proven, ProvenReceipt};
pub use seal::{SealError, ShownSeal};
pub use state::EntryError;
