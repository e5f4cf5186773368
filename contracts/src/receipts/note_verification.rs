//! `NoteVerification`: a payer notes that it verified a receipt (查验).

use piaolian_proto::v1 as proto;

use super::{
    errors::ReceiptError,
    facts::NotedVerification,
    store::{change, read},
};
use crate::{
    action::{ActionContext, Effects, Handler, Presented, SupervisedFacts},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{Fen, ReceiptId},
};

/// Notes on the ledger that a payer verified a receipt and found it as presented. The record keeps the last note. It
/// binds nobody and changes no status, but a reversal soon after it raises an alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteVerification {
    receipt: ReceiptId,
    presented_total: Fen,
}

impl NoteVerification {
    /// The receipt.
    pub const fn receipt(&self) -> &ReceiptId {
        &self.receipt
    }

    /// The total on the receipt as presented.
    pub const fn presented_total(&self) -> Fen {
        self.presented_total
    }
}

impl TryFrom<proto::NoteVerification> for NoteVerification {
    type Error = Malformed;

    fn try_from(message: proto::NoteVerification) -> Result<Self, Malformed> {
        Ok(Self {
            receipt: ReceiptId::parse("receipt", message.receipt)?,
            presented_total: Fen::new(message.presented_total_fen),
        })
    }
}

impl Handler for NoteVerification {
    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(self.receipt)]
    }

    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::Verified(Presented {
            receipt: self.receipt,
            total: self.presented_total,
            number: "",
        })
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise_any(&Role::PAYERS, "insurer or reimbursing unit")?;
        let receipt = read(ctx.overlay, self.receipt)?;
        if receipt.total != self.presented_total {
            return Err(ReceiptError::VerifiedTotalDiffers {
                receipt: self.receipt,
                presented: self.presented_total,
                total: receipt.total,
            }
            .into());
        }
        let verification = NotedVerification {
            organisation: ctx.actor_id(),
            height: ctx.block.height,
            time: ctx.block.time,
        };
        change(ctx.overlay, &receipt, |receipt| {
            receipt.verification = Some(verification);
        })?;
        Ok(Effects::on([self.receipt]))
    }
}
