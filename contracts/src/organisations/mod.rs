//! Organisations: the members of the chain, their roles and their keys.
//!
//! ```text
//!   Organisation ── roles, keys, endpoints, suspension, removal
//!   KeyOwner     ── public key to organisation and key id
//! ```
//!
//! The actions that change these records are in [`membership`](crate::membership).

mod codec;
mod endpoint;
mod errors;
mod gone;
mod new_key;
mod record;
mod roles;
mod schema;

pub use crate::types::Role;
pub use endpoint::Endpoint;
pub use errors::OrganisationError;
pub(crate) use errors::code;
pub use new_key::{NewKey, possession_sign_bytes};
pub use record::{KEYS_MAX, Key, KeyId, Organisation, RECOVERY_KEYS, Removal, Suspension};
pub use roles::{KeyPurpose, Roles};
pub use schema::{
    FINANCE_BUREAUS, FINANCE_BUREAUS_MAX, FinanceBureaus, KEY_OWNERS, KeyOwner, ORGANISATIONS, all,
};

pub(crate) use endpoint::parse_endpoints;
pub(crate) use gone::is_gone;
pub(crate) use record::NEW_KEYS_MAX;
pub(crate) use schema::{active_member, member};
