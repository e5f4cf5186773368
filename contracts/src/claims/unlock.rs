//! `UnlockReceipt`: a payer gives its lock back.

use piaolian_proto::v1 as proto;

use super::{errors::ClaimError, payer, store};
use crate::{
    act::{Act, Effects, Handler},
    malformed::Malformed,
    receipts::{
        Receipt, ReceiptError, Step, change,
        status::{beijing, check_step},
    },
    rejection::Stop,
    types::{Reason, ReceiptId},
};

/// Gives the claim lock back. By its owner alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnlockReceipt {
    receipt: ReceiptId,
    /// Kept with the transaction.
    reason: Reason,
}

impl UnlockReceipt {
    /// Why.
    #[must_use]
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
    fn concerns(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(self.receipt)]
    }

    fn execute(&self, act: &mut Act<'_, '_>) -> Result<Effects, Stop> {
        payer::authorise(act)?;
        let receipt = payer::read(act, self.receipt)?;
        check_step(act, &receipt, Step::Unlock)?;
        payer::check_lock(act, &receipt)?;
        check_own(act, &receipt)?;
        change(act.overlay, &receipt, |receipt| receipt.lock = None)?;
        Ok(Effects::on([self.receipt]))
    }
}

/// There is a lock, and it is not a filed claim's, which gives its receipts back as one.
fn check_own(act: &mut Act<'_, '_>, receipt: &Receipt) -> Result<(), Stop> {
    if receipt.live_lock(act.block.time).is_none() {
        return Err(ReceiptError::NotLocked {
            receipt: receipt.id,
        }
        .into());
    }
    match store::behind_lock(act, receipt)? {
        None => Ok(()),
        Some(claim) => Err(ClaimError::HeldByClaim {
            receipt: receipt.id,
            claim_number: claim.number.clone(),
            until: beijing(claim.until),
        }
        .into()),
    }
}
