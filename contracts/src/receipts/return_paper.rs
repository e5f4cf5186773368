//! `ReturnPaper`: the paper of a receipt came back to its issuer.

use piaolian_proto::v1 as proto;

use super::{
    errors::ReceiptError,
    facts::PaperReturn,
    record::Receipt,
    schema::PaperForm,
    status::{ReceiptStep, check_step},
    store::{change, read_own},
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{Reason, ReceiptId},
};

/// Records that the paper came back, so that the receipt counts again. It must be the paper that is out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnPaper {
    receipt: ReceiptId,
    paper: PaperForm,
    reason: Reason,
}

impl TryFrom<proto::ReturnPaper> for ReturnPaper {
    type Error = Malformed;

    fn try_from(message: proto::ReturnPaper) -> Result<Self, Malformed> {
        Ok(Self {
            receipt: ReceiptId::parse("receipt", message.receipt)?,
            paper: PaperForm::parse(message.paper_code, message.paper_number)?,
            reason: Reason::parse("reason", message.reason)?,
        })
    }
}

impl Handler for ReturnPaper {
    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(self.receipt)]
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Issuer)?;
        let receipt = read_own(ctx, self.receipt)?;
        check_step(ctx, &receipt, ReceiptStep::ReturnPaper)?;
        self.check_paper(&receipt)?;
        let returned = PaperReturn {
            reason: self.reason.clone(),
            height: ctx.block.height,
            time: ctx.block.time,
        };
        change(ctx.overlay, &receipt, |receipt| {
            if let Some(paper) = receipt.papers.last_mut() {
                paper.returned = Some(returned);
            }
        })?;
        Ok(Effects::on([self.receipt]))
    }
}

impl ReturnPaper {
    fn check_paper(&self, receipt: &Receipt) -> Result<(), ReceiptError> {
        let Some(out) = receipt.paper() else {
            return Err(ReceiptError::NotOnPaper {
                receipt: self.receipt,
            });
        };
        if (&out.code, &out.number) == (&self.paper.code, &self.paper.number) {
            return Ok(());
        }
        Err(ReceiptError::AnotherPaper {
            receipt: self.receipt,
            paper_code: self.paper.code.clone(),
            paper_number: self.paper.number.clone(),
            out_code: out.code.clone(),
            out_number: out.number.clone(),
            height: out.height,
        })
    }
}
