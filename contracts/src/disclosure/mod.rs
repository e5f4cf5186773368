//! Disclosure: the holders' authorisations to use a receipt, each with purpose and expiry, and the anchors of access
//! logs.
//!
//! ```text
//!                GrantAccess                    GrantAccess, onward     at most 3 times onward: 4 in a row
//!   issuer, or the bureau ─────► insurer ─────────────────────────► reinsurer ───► …
//!   that granted its number         │
//!   (they serve the holder)         │
//!                                   └─ RevokeAccess, time ─► ended, and with it all that
//!                                                            was shared onward from it
//!
//!   live(grant) = not revoked ∧ now < expiry ∧ (for the holder ∨ live(what it was shared from))
//! ```
//!
//! One authorisation for each receipt, grantee and purpose. It is never deleted: the
//! ledger shows who could use which receipt, when and why (docs/DOMAIN.md §8).
//!
//! ```text
//!   a node's access log:  1 … 40 │ 41 … 97 │ …        lost: the next log, 1 … 12 │
//!                   AnchorAccessLog          └─ entries of a log only grow      └─ seen by all
//! ```
//!
//! The access log of each node says who read a receipt. The end of the log is anchored here, so
//! that its owner cannot rewrite it.

mod access_log;
mod anchor_access_log;
mod errors;
mod grant_access;
mod holder;
mod liveness;
mod purpose;
mod record;
mod revoke_access;
mod schema;

pub use access_log::{AccessLogAnchor, LogNumber};
pub use anchor_access_log::AnchorAccessLog;
pub use errors::DisclosureError;
pub(crate) use errors::code;
pub use grant_access::{GRANT_MS_MAX, GrantAccess};
pub use liveness::{DEPTH_MAX, Live, live};
pub use purpose::Purpose;
pub use record::{Grant, Revocation};
pub use revoke_access::RevokeAccess;
pub use schema::{ACCESS_LOGS, AccessLogKey, GRANTS, GrantKey};

pub(crate) use liveness::require_live;
