//! Receipts presented again, altered, forged, reversed, or out on paper.

use super::{Detectors, Found};
use crate::{
    action::{ActionContext, Presented},
    alerts::kinds::Suspicion,
    claims, disclosure,
    receipts::{self, RECEIPTS, Receipt, Reservation, status::prior_booking},
    rejection::Rejection,
    state::Fault,
    types::{OrganisationId, ReceiptId},
};

impl Detectors {
    /// Examines an accepted claim: its issuer may be suspended.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn claimed(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        receipt: ReceiptId,
    ) -> Result<(), Fault> {
        let Some(found) = ctx.overlay.get(RECEIPTS, &receipt)? else {
            return Ok(());
        };
        let issuer = found.issuer;
        let organisation = ctx.parent.organisation(issuer)?;
        let height = ctx.block.height;
        let suspension = organisation
            .as_ref()
            .and_then(|issuer| issuer.suspended_at(height));
        if let Some(suspension) = suspension {
            let suspicion = Suspicion::SuspendedIssuerClaimed {
                receipt,
                claimant: ctx.actor_id(),
                issuer,
                from_height: suspension.from_height,
            };
            let found = Found::hourly(suspicion, issuer, ctx.block.time)
                .on(receipt)
                .naming(ctx.actor_id());
            self.note(found);
        }
        Ok(())
    }

    /// Examines a rejected claim or verification by the rule that rejected it.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn not_claimed(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        presented: &Presented<'_>,
        by: &Rejection,
    ) -> Result<(), Fault> {
        let receipt = ctx.overlay.get(RECEIPTS, &presented.receipt)?;
        let claimant = ctx.actor_id();
        let found = match receipt {
            None if by.code == receipts::code::UnknownReceipt => {
                Some(never_issued(ctx, presented.receipt))
            }
            None => None,
            Some(receipt) => match by.code {
                claims::code::TotalDiffers | receipts::code::VerifiedTotalDiffers => {
                    Some(altered(claimant, presented, &receipt))
                }
                receipts::code::Reversed | receipts::code::IsReversal => {
                    reversed(claimant, &receipt)
                }
                receipts::code::OnPaper => on_paper(claimant, &receipt),
                code if is_authorisation(code) => Some(unauthorised(claimant, presented)),
                _ => prior_use(ctx, &receipt, presented, by)
                    .map(|prior| double(claimant, presented, prior)),
            },
        };
        if let Some(found) = found {
            self.note(found);
        }
        Ok(())
    }
}

/// Whether a rule says that the holder's authorisation is missing.
const fn is_authorisation(code: u32) -> bool {
    matches!(
        code,
        disclosure::code::NotAuthorised
            | disclosure::code::GrantExpired
            | disclosure::code::GrantRevoked
            | disclosure::code::SharerLostAccess
    )
}

fn unauthorised(claimant: OrganisationId, presented: &Presented<'_>) -> Found {
    let receipt = presented.receipt;
    let suspicion = Suspicion::ClaimedUnauthorised {
        receipt,
        claimant,
        claim: presented.number.to_owned(),
    };
    Found::about(suspicion, claimant, receipt)
}

/// The organisation that has a lock, reservation or booking on the receipt, and its own number for it.
type PriorUse = (OrganisationId, String);

/// The kind of hold that an organisation has on a receipt.
#[derive(Clone, Copy)]
enum Held {
    Lock,
    Reservation,
    /// The claimant's own reservation, even one of 0.
    OwnReservation,
    Booking,
    /// A booking or reservation of another payer from the same exclusive kind of fund.
    OtherPayer,
    /// A voucher that was presented before, even if its booking was taken back.
    Voucher,
}

/// Returns the hold that a rule reports, if the rule is about a receipt that is presented again. The operators' alarm
/// lists the same rules.
const fn held(code: u32) -> Option<Held> {
    match code {
        claims::code::LockedByAnother
        | claims::code::LockedForAnotherClaim
        | claims::code::InAnotherClaim => Some(Held::Lock),
        claims::code::LeftIsReserved | claims::code::AboveReserved => Some(Held::Reservation),
        claims::code::ReservedBefore => Some(Held::OwnReservation),
        receipts::code::Booked
        | claims::code::NothingLeft
        | claims::code::BookedBefore
        | claims::code::AboveRemaining => Some(Held::Booking),
        claims::code::VoucherUsed => Some(Held::Voucher),
        claims::code::PaidByAnother => Some(Held::OtherPayer),
        _ => None,
    }
}

/// Returns the organisation whose hold on the receipt caused the rejection.
fn prior_use(
    ctx: &ActionContext<'_, '_>,
    receipt: &Receipt,
    presented: &Presented<'_>,
    by: &Rejection,
) -> Option<PriorUse> {
    match held(by.code)? {
        Held::Lock => {
            let lock = receipt.live_lock(ctx.block.time)?;
            Some((lock.owner, lock.claim_number.to_string()))
        }
        Held::Reservation => prior_reservation(receipt, ctx.actor_id()).map(use_by),
        Held::OwnReservation => own_reservation(receipt, ctx.actor_id()).map(use_by),
        Held::Booking => {
            let booking = prior_booking(receipt, ctx.actor_id())?;
            Some((booking.payer, booking.voucher_number.to_string()))
        }
        Held::OtherPayer => other_payer(receipt, by),
        Held::Voucher => Some((ctx.actor_id(), presented.number.to_owned())),
    }
}

/// Returns the payer that the rejection names, among the payers of the receipt.
fn other_payer(receipt: &Receipt, by: &Rejection) -> Option<PriorUse> {
    let [_, _, payer, number, ..] = by.arguments.as_slice() else {
        return None;
    };
    let booked = receipt.live_bookings().map(|booking| booking.payer);
    let reserved = receipt.reservations.iter().map(|own| own.payer);
    let first = booked.chain(reserved).find(|own| own.to_string() == *payer);
    first.map(|first| (first, number.clone()))
}

fn use_by(reserved: &Reservation) -> PriorUse {
    (reserved.payer, reserved.claim_number.to_string())
}

/// Returns a reservation of more than 0: the claimant's own if it has one, otherwise another's. Bookings are chosen in
/// the same way.
fn prior_reservation(receipt: &Receipt, claimant: OrganisationId) -> Option<&Reservation> {
    let own = receipt
        .pending()
        .rev()
        .find(|reserved| reserved.payer == claimant);
    own.or(receipt.pending().next_back())
}

fn own_reservation(receipt: &Receipt, claimant: OrganisationId) -> Option<&Reservation> {
    let mut newest_first = receipt.reservations.iter().rev();
    newest_first.find(|reserved| reserved.payer == claimant)
}

fn double(claimant: OrganisationId, presented: &Presented<'_>, (payer, prior): PriorUse) -> Found {
    let receipt = presented.receipt;
    let suspicion = Suspicion::DoubleClaim {
        receipt,
        claimant,
        presented: presented.number.to_owned(),
        payer,
        prior,
    };
    Found::about(suspicion, claimant, receipt).naming(payer)
}

fn altered(claimant: OrganisationId, presented: &Presented<'_>, receipt: &Receipt) -> Found {
    let suspicion = Suspicion::AlteredTotal {
        receipt: receipt.id,
        claimant,
        presented: presented.total,
        total: receipt.total,
    };
    Found::about(suspicion, claimant, receipt.id).naming(receipt.issuer)
}

/// Counted by hour, because the number of receipts that were never issued is unbounded.
fn never_issued(ctx: &ActionContext<'_, '_>, receipt: ReceiptId) -> Found {
    let claimant = ctx.actor_id();
    let suspicion = Suspicion::NeverIssued { receipt, claimant };
    Found::hourly(suspicion, claimant, ctx.block.time).on(receipt)
}

fn reversed(claimant: OrganisationId, receipt: &Receipt) -> Option<Found> {
    let suspicion = Suspicion::ReversedClaimed {
        receipt: receipt.id,
        claimant,
        counterpart: receipt.reversed_by.or(receipt.reverses)?,
    };
    Some(Found::about(suspicion, claimant, receipt.id).naming(receipt.issuer))
}

fn on_paper(claimant: OrganisationId, receipt: &Receipt) -> Option<Found> {
    let paper = receipt.paper()?;
    let suspicion = Suspicion::PaperOutClaimed {
        receipt: receipt.id,
        claimant,
        paper_code: paper.code.clone(),
        paper_number: paper.number.clone(),
    };
    Some(Found::about(suspicion, claimant, receipt.id).naming(receipt.issuer))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule_texts::rules;

    const OPERATIONS: &str = include_str!("../../../../docs/OPERATIONS.md");

    #[test]
    fn the_operators_alarm_names_every_rule_of_a_receipt_presented_again() {
        let (_, alarm) = OPERATIONS.split_once("alert: DoubleClaims").unwrap();
        let (_, named) = alarm.split_once("rule=~\"").unwrap();
        let (named, _) = named.split_once('"').unwrap();
        let known = rules().filter(|rule| held(rule.code).is_some());
        let known: Vec<String> = known.map(|rule| rule.code.to_string()).collect();
        assert_eq!(named, known.join("|"));
    }
}
