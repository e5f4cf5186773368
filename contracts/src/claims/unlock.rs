//! `UnlockReceipt`: a payer releases its lock.

use piaolian_proto::v1 as proto;

use super::{errors::ClaimError, payer, store};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    receipts::{Receipt, ReceiptError, ReceiptStep, change, status::check_step},
    rejection::Stop,
    types::{Reason, ReceiptId},
};

/// Releases the claim lock. Only its owner may do so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlockReceipt {
    receipt: ReceiptId,
    /// Kept with the transaction.
    reason: Reason,
}

impl UnlockReceipt {
    /// The reason.
    pub const fn reason(&self) -> &Reason {
        &self.reason
    }
}

impl TryFrom<proto::UnlockReceipt> for UnlockReceipt {
    type Error = Malformed;

    fn try_from(message: proto::UnlockReceipt) -> Result<Self, Malformed> {
        Ok(Self {
            receipt: ReceiptId::parse("receipt", message.receipt)?,
            reason: Reason::parse("reason", message.reason)?,
        })
    }
}

impl Handler for UnlockReceipt {
    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(self.receipt)]
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        payer::authorise(ctx)?;
        let receipt = payer::read(ctx, self.receipt)?;
        check_step(ctx, &receipt, ReceiptStep::Unlock)?;
        payer::check_lock(ctx, &receipt)?;
        check_own(ctx, &receipt)?;
        change(ctx.overlay, &receipt, |receipt| receipt.lock = None)?;
        Ok(Effects::on([self.receipt]))
    }
}

/// Checks that the receipt is locked, and not by a filed claim, which releases all its receipts together.
fn check_own(ctx: &mut ActionContext<'_, '_>, receipt: &Receipt) -> Result<(), Stop> {
    if receipt.live_lock(ctx.block.time).is_none() {
        return Err(ReceiptError::NotLocked {
            receipt: receipt.id,
        }
        .into());
    }
    match store::behind_lock(ctx, receipt)? {
        None => Ok(()),
        Some(claim) => Err(ClaimError::HeldByClaim {
            receipt: receipt.id,
            claim_number: claim.number.clone(),
            until: claim.until.in_beijing(),
        }
        .into()),
    }
}
