//! `StrikeBooking`: finance takes a gone payer's booking off a receipt, on evidence.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    compute::explain_full,
    errors::ClaimError,
    payer,
    record::{ALTERED_BY_CLAIM, Claim, Reimbursement},
    reimbursement::change_lines,
    store,
};
use crate::{
    action::{ActionContext, Effects, Handler, SupervisedFacts},
    chain::Hash,
    malformed::Malformed,
    organisations::{Role, is_gone},
    receipts::{Receipt, Unbooking, change},
    rejection::Stop,
    types::{Operator, OrganisationId, Reason, ReceiptId, VoucherNumber},
};

/// Takes a booking off of which the payer is gone: evidence shows that the money never left, or that it came back
/// without a bank that could confirm it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrikeBooking {
    receipt: ReceiptId,
    payer: OrganisationId,
    voucher_number: VoucherNumber,
    payout_number: u32,
    evidence_hash: Hash,
    reason: Reason,
    reviewer: Operator,
}

impl TryFrom<proto::StrikeBooking> for StrikeBooking {
    type Error = Malformed;

    fn try_from(message: proto::StrikeBooking) -> Result<Self, Malformed> {
        Ok(Self {
            receipt: ReceiptId::parse("receipt", message.receipt)?,
            payer: OrganisationId::parse("payer", &message.payer)?,
            voucher_number: VoucherNumber::parse("voucher_number", message.voucher_number)?,
            payout_number: message.payout_number,
            evidence_hash: Hash::parse("evidence_hash", &message.evidence_hash)?,
            reason: Reason::parse("reason", message.reason)?,
            reviewer: Operator::parse("reviewer", message.reviewer)?,
        })
    }
}

impl Handler for StrikeBooking {
    fn altered_count(&self) -> u32 {
        ALTERED_BY_CLAIM
    }

    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(self.receipt)]
    }

    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::Struck {
            receipt: self.receipt,
            payer: self.payer,
            voucher_number: &self.voucher_number,
        }
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Finance)?;
        let receipt = payer::read(ctx, self.receipt)?;
        let operator = payer::two_persons(ctx, self.receipt, &self.reviewer)?;
        let place = self.find(&receipt)?;
        if !is_gone(ctx.overlay, &self.payer, ctx.block.height)? {
            return Err(ClaimError::NotGone {
                organisation: self.payer,
            }
            .into());
        }
        let unbooking = Unbooking {
            reason: self.reason.clone(),
            operator: Some(operator),
            reviewer: self.reviewer.clone(),
            evidence_hash: Some(self.evidence_hash),
            height: ctx.block.height,
            time: ctx.block.time,
        };
        change(ctx.overlay, &receipt, |receipt| {
            receipt.bookings[place].unbooking = Some(unbooking);
        })?;
        let claim = store::behind_voucher(ctx, self.payer, &self.voucher_number)?;
        if let Some(claim) = claim
            && let Some(claimed) = store::claimed_as(ctx, &claim, &receipt)?
        {
            take_line_off(ctx, Arc::unwrap_or_clone(claim), claimed)?;
        }
        Ok(Effects::on([self.receipt]))
    }
}

impl StrikeBooking {
    /// The place of the booking, which must be marked and have money out.
    fn find(&self, receipt: &Receipt) -> Result<usize, ClaimError> {
        let (payer, voucher_number) = (self.payer, self.voucher_number.clone());
        let place = receipt.place_of(payer, &voucher_number, self.payout_number);
        let place = place.ok_or_else(|| ClaimError::NoSuchBooking {
            receipt: receipt.id,
            payer,
            voucher_number: voucher_number.clone(),
            payout_number: self.payout_number,
        })?;
        let booking = &receipt.bookings[place];
        if booking.payer_gone.is_some() && booking.out().is_positive() {
            return Ok(place);
        }
        Err(ClaimError::NotMarkedGone {
            receipt: receipt.id,
            payer,
            voucher_number,
        })
    }
}

/// Takes a receipt off its claim's decision and the year's sums.
fn take_line_off(
    ctx: &mut ActionContext<'_, '_>,
    mut claim: Claim,
    receipt: ReceiptId,
) -> Result<(), Stop> {
    if !claim.counts() {
        return Ok(());
    }
    let others = claim.lines().filter(|line| line.receipt != receipt);
    let others: Vec<Reimbursement> = others.cloned().collect();
    let changed = change_lines(ctx, &mut claim, others)?;
    changed.map_err(|full| explain_full(full, &claim))?;
    Ok(store::put(ctx, claim)?)
}
