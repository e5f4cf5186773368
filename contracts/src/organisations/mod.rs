//! Organisations: who may act, in which roles, with which keys.
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
//! All of it acts from the next block: a block's transactions are judged by the
//! keys and suspensions of its parent's state. A suspended organisation keeps its
//! records, its peers and, as a validator, its votes on blocks; its business acts are
//! refused, and as a governor it neither proposes nor votes. It may still look after
//! its own keys and endpoints.

mod add_key;
mod admit;
mod codec;
mod endpoint;
mod errors;
mod gone;
mod new_key;
mod record;
mod recover_keys;
mod remove;
mod resume;
mod revoke_key;
mod roles;
mod rotate_validator_key;
mod schema;
mod suspend;
mod update_endpoints;

pub use add_key::AddKey;
pub use admit::AdmitOrganisation;
pub use endpoint::Endpoint;
pub use errors::OrganisationError;
pub(crate) use errors::code;
pub use new_key::{NewKey, possession_sign_bytes};
pub use record::{KEYS_MAX, Key, KeyId, Organisation, RECOVERY_KEYS, Removal, Suspension};
pub use recover_keys::RecoverKeys;
pub use remove::RemoveOrganisation;
pub use resume::ResumeOrganisation;
pub use revoke_key::RevokeKey;
pub use roles::{KeyPurpose, Role, Roles};
pub use rotate_validator_key::RotateValidatorKey;
pub use schema::{
    FINANCE_BUREAUS, FINANCE_BUREAUS_MAX, FinanceBureaus, KEY_OWNERS, KeyOwner, ORGANISATIONS, all,
};
pub use suspend::SuspendOrganisation;
pub use update_endpoints::UpdateEndpoints;

pub(crate) use admit::enrol;
pub(crate) use gone::is_gone;
pub(crate) use schema::{active_member, member};
