//! Membership: the actions that admit, suspend and remove organisations and change their keys.
//!
//! ```text
//!                 AdmitOrganisation               SuspendOrganisation
//!   (unknown) ─────────────────────► active ─────────────────────────► suspended
//!                                      ▲         ResumeOrganisation        │
//!                                      └───────────────────────────────────┘
//!
//!   either ── RemoveOrganisation, by vote ──► removed, for good: every key ends
//!
//!   key:  AddKey ──► live from the next block … last_height ──► ended
//!                                   RevokeKey ends it with this block
//!   lost or stolen admin key: RecoverKeys, by vote      validator's key: RotateValidatorKey, at a height
//! ```
//!
//! Changes take effect from the next block: a block's transactions are checked against the keys
//! and suspensions of its parent's state. A suspended organisation keeps its
//! records, its peers and, as a validator, its votes on blocks; its business actions are
//! rejected, and as a governor it neither proposes nor votes. It may still change its own keys
//! and endpoints.

mod add_key;
mod admit;
mod recover_keys;
mod remove;
mod resume;
mod revoke_key;
mod rotate_validator_key;
mod suspend;
mod update_endpoints;

pub use add_key::AddKey;
pub use admit::AdmitOrganisation;
pub use recover_keys::RecoverKeys;
pub use remove::RemoveOrganisation;
pub use resume::ResumeOrganisation;
pub use revoke_key::RevokeKey;
pub use rotate_validator_key::RotateValidatorKey;
pub use suspend::SuspendOrganisation;
pub use update_endpoints::UpdateEndpoints;

pub(crate) use admit::enrol;
