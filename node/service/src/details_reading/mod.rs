//! Details of receipts, opened for those who may read them.
//!
//! ```text
//!   DetailsAccess   opens details for this organisation, and records it ─► access log
//!     ├─ KeySharing     authorises an organisation, and shares the key with it
//!     ├─ ClaimFiling    files claims, with the tag of the holder
//!     ├─ HolderAccess   serves a holder: their receipts, their authorisations
//!     └─ PickUp         serves whoever paid a notice
//! ```

mod claim_filing;
mod details_access;
mod holders;
mod key_sharing;
mod pick_up;
mod reader_history;

pub(crate) use self::details_access::check_against_ledger;
pub use self::{
    claim_filing::ClaimFiling, details_access::DetailsAccess, holders::HolderAccess,
    key_sharing::KeySharing, pick_up::PickUp,
};
