//! Number ranges: the numbers that an issuer may give its receipts.
//!
//! ```text
//!   GrantRange ──► open ──(every number in use)──► full
//!                   │
//!   RecallRange ────┴─► shorter, or recalled whole
//!
//!   first ... next ......... used_below ............. last
//!   └ in use, with gaps ────┘└ unused: what a recall may take back ┘
//! ```
//!
//! Ranges of a code never overlap. A range recalled whole keeps its record until
//! a new range is granted over it.

mod errors;
mod grant;
mod numbering;
mod recall;
mod record;
mod schema;

pub use errors::NumberRangeError;
pub(crate) use errors::code;
pub use grant::GrantRange;
pub use recall::RecallRange;
pub use record::Range;
pub use schema::{
    ISSUER_RANGES, IssuerCode, IssuerRanges, OPEN_RANGES_MAX, RANGES, RangeKey, range_of,
};

pub(crate) use numbering::{assign, grantor, owner};
