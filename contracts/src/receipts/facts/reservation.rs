//! The reservation that a decided claim has on a receipt.
//!
//! ```text
//!                      bank paid            bank failed, claim corrected or released
//!   more than 0 ─────► becomes a booking    ends
//!   0 ───────────────► stays                ends
//! ```

use piaolian_proto::v1 as proto;

use crate::{
    chain::Height,
    fields::as_message,
    types::{BlockTime, ClaimNumber, Fen, FundKind, OrganisationId},
};

/// Most reservations of more than 0 on a receipt at a time: one for each payer's open claim. Reservations of 0 share
/// the bound of the bookings, so that they keep no payer away.
pub const RESERVATIONS_MAX: usize = 16;

/// A decided claim reserves its amount until the bank confirms or fails: it counts
/// against what is claimable and never expires, so that a slow bank cannot lead to
/// double payment (docs/DOMAIN.md §3).
///
/// A reservation of 0 says that the claim counted the receipt and pays nothing for it, for example below the
/// deductible. It lasts as long as the decision is in force, so that the same payer does not count the receipt twice.
/// It does not restrict other payers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reservation {
    /// The insurer that will pay.
    pub payer: OrganisationId,
    /// The kind of fund that pays.
    pub fund_kind: FundKind,
    /// The payer's number of the claim.
    pub claim_number: ClaimNumber,
    /// The amount; 0 or more.
    pub amount: Fen,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

as_message! {
    Reservation: proto::Reservation {
        payer, fund_kind, claim_number, height;
        amount: amount_fen,
        time: time_ms,
    }
}
