//! Details of receipts, opened for those who may read them.
//!
//! ```text
//!   DetailsAccess   opens details for this organisation, and records it ─► access log
//!     ├─ KeySharing     authorises an organisation, and shares the key with it
//!     ├─ ClaimHolders   knows the holder of a claim
//!     ├─ HolderAccess   serves a holder: their receipts, their authorisations
//!     └─ PickUp         serves whoever paid a notice
//! ```

mod claim_holders;
mod details_access;
mod holders;
mod key_sharing;
mod pick_up;
mod reader_history;

pub(crate) use self::details_access::check_against_ledger;
pub use self::{
    claim_holders::ClaimHolders, details_access::DetailsAccess, holders::HolderAccess,
    key_sharing::KeySharing, pick_up::PickUp,
};
