//! `BookReceipt`: a payer books a reimbursement (入账).

use piaolian_proto::v1 as proto;

use super::{
    claimable::{check_not_paid_before, check_payable, check_room, check_voucher_unused},
    errors::ClaimError,
    payer::{self, fund_rule},
    store,
};
use crate::{
    action::{ActionContext, Effects, Handler, Presented, SupervisedFacts},
    malformed::Malformed,
    receipts::{
        AccountingFacts, Booking, Receipt, ReceiptStep, change,
        status::{check_step, prior_booking, remaining},
    },
    rejection::Stop,
    types::{Fen, FundKind, Operator, ReceiptId, VoucherNumber},
};

/// Books a reimbursement by hand, from a fund that does not pay by claims alone. It needs no authorisation, because the
/// receipt is presented at the counter, and counts in no year's sums (see the module `claims`). It releases the payer's
/// own lock unless the request keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookReceipt {
    receipt: ReceiptId,
    presented_total: Fen,
    fund_kind: FundKind,
    voucher_number: VoucherNumber,
    amount: Fen,
    reviewer: Operator,
    keep_lock: bool,
    accounting: AccountingFacts,
}

impl TryFrom<proto::BookReceipt> for BookReceipt {
    type Error = Malformed;

    fn try_from(message: proto::BookReceipt) -> Result<Self, Malformed> {
        if message.amount_fen <= 0 {
            return Err(Malformed::new("amount_fen", "must be more than 0"));
        }
        Ok(Self {
            receipt: ReceiptId::parse("receipt", message.receipt)?,
            presented_total: Fen::new(message.presented_total_fen),
            fund_kind: FundKind::parse("fund_kind", message.fund_kind)?,
            voucher_number: VoucherNumber::parse("voucher_number", message.voucher_number)?,
            amount: Fen::new(message.amount_fen),
            reviewer: Operator::parse("reviewer", message.reviewer)?,
            keep_lock: message.keep_lock,
            accounting: AccountingFacts::parse(
                message.voucher_type,
                message.voucher_date,
                message.accounting_period,
                message.accounting_entity,
            )?,
        })
    }
}

impl Handler for BookReceipt {
    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(self.receipt)]
    }

    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::Claimed(Presented {
            receipt: self.receipt,
            total: self.presented_total,
            number: self.voucher_number.as_str(),
        })
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        payer::authorise(ctx)?;
        let operator = self.check_persons(ctx)?;
        let receipt = payer::read(ctx, self.receipt)?;
        self.check_receipt(ctx, &receipt)?;
        self.check_vouchers(ctx, &receipt)?;
        self.check_no_claim(ctx)?;
        self.check_amount(ctx, &receipt)?;
        let keep_lock = self.keep_lock || store::behind_lock(ctx, &receipt)?.is_some();
        let booking = Booking {
            payer: ctx.actor_id(),
            fund_kind: self.fund_kind,
            voucher_number: self.voucher_number.clone(),
            amount: self.amount,
            operator,
            reviewer: self.reviewer.clone(),
            height: ctx.block.height,
            time: ctx.block.time,
            unbooking: None,
            carried_from: None,
            carried_to: None,
            accounting: self.accounting.clone(),
            payout_number: 0,
            recovery: Fen::ZERO,
            returned: Fen::ZERO,
            payer_gone: None,
        };
        change(ctx.overlay, &receipt, |receipt| {
            receipt.bookings.push(booking);
            if !keep_lock {
                // No other lock can be live here: `check_receipt` refuses it.
                receipt.lock = None;
            }
        })?;
        Ok(Effects::on([self.receipt]))
    }
}

impl BookReceipt {
    /// The receipt.
    pub const fn receipt(&self) -> &ReceiptId {
        &self.receipt
    }

    /// The total on the receipt as presented.
    pub const fn presented_total(&self) -> Fen {
        self.presented_total
    }

    /// The payer's voucher.
    pub const fn voucher_number(&self) -> &VoucherNumber {
        &self.voucher_number
    }

    /// Checks that two persons act, and that the organisation may book by hand for this kind of fund.
    fn check_persons(&self, ctx: &ActionContext<'_, '_>) -> Result<Operator, ClaimError> {
        let (receipt, fund_kind) = (self.receipt, self.fund_kind);
        if fund_rule(ctx, fund_kind)?.claim_needed {
            return Err(ClaimError::ClaimNeeded { receipt, fund_kind });
        }
        payer::two_persons(ctx, self.receipt, &self.reviewer)
    }

    fn check_receipt(&self, ctx: &ActionContext<'_, '_>, receipt: &Receipt) -> Result<(), Stop> {
        check_step(ctx, receipt, ReceiptStep::Book)?;
        payer::check_total(receipt, self.presented_total)?;
        check_payable(ctx, receipt, self.fund_kind)?;
        Ok(payer::check_lock(ctx, receipt)?)
    }

    /// Checks that the voucher number is unused and that the kind of fund has not paid.
    fn check_vouchers(
        &self,
        ctx: &ActionContext<'_, '_>,
        receipt: &Receipt,
    ) -> Result<(), ClaimError> {
        let payer = ctx.actor_id();
        check_voucher_unused(receipt, payer, self.voucher_number.as_str())?;
        check_not_paid_before(receipt, payer, self.fund_kind)?;
        check_room(receipt)
    }

    /// Refuses the number of a filed claim, which is reserved for the bookings of that claim.
    fn check_no_claim(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        let claim = store::behind_voucher(ctx, ctx.actor_id(), &self.voucher_number)?;
        match claim {
            None => Ok(()),
            Some(claim) => Err(ClaimError::VoucherIsClaim {
                receipt: self.receipt,
                claim_number: claim.number.clone(),
                height: claim.filed_height,
            }
            .into()),
        }
    }

    /// Checks that all live bookings and this one are together at most what this kind of fund may pay.
    fn check_amount(
        &self,
        ctx: &ActionContext<'_, '_>,
        receipt: &Receipt,
    ) -> Result<(), ClaimError> {
        let (fund_kind, amount) = (self.fund_kind, self.amount);
        let remaining = remaining(receipt, fund_rule(ctx, fund_kind)?);
        if amount <= remaining {
            return Ok(());
        }
        if let Some(reserved) = receipt.pending().next_back() {
            return Err(ClaimError::AboveReserved {
                receipt: receipt.id,
                fund_kind,
                amount,
                remaining,
                payer: reserved.payer,
                claim_number: reserved.claim_number.clone(),
                reserved: reserved.amount,
                height: reserved.height,
            });
        }
        Err(match prior_booking(receipt, ctx.actor_id()) {
            None => ClaimError::AboveClaimable {
                receipt: receipt.id,
                fund_kind,
                amount,
                claimable: remaining,
            },
            Some(booking) => ClaimError::AboveRemaining {
                receipt: receipt.id,
                fund_kind,
                amount,
                remaining,
                payer: booking.payer,
                voucher_number: booking.voucher_number.clone(),
                booked: booking.amount,
                height: booking.height,
            },
        })
    }
}
