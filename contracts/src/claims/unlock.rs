//! `UnlockReceipt`: a payer gives its lock back.

use piaolian_proto::v1 as proto;

use super::payer;
use crate::{
    act::{Act, Effects, Handler},
    malformed::Malformed,
    receipts::{Step, change, status::check_step},
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
        change(act.overlay, &receipt, |receipt| receipt.lock = None)?;
        Ok(Effects::on([self.receipt]))
    }
}
