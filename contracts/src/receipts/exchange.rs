//! `ExchangeForPaper`: an issuer exchanges a receipt for paper (换开纸质).

use piaolian_proto::v1 as proto;

use super::{
    errors::ReceiptError,
    facts::{PAPERS_MAX, PaperExchange},
    record::Receipt,
    schema::{PAPER_FORMS, PaperForm},
    status::{ReceiptStep, check_step},
    store::{change, read_own},
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::ReceiptId,
};

/// Exchanges a receipt for paper. While the paper is out, only the paper counts, so that not both can be reimbursed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeForPaper {
    receipt: ReceiptId,
    paper: PaperForm,
}

impl TryFrom<proto::ExchangeForPaper> for ExchangeForPaper {
    type Error = Malformed;

    fn try_from(message: proto::ExchangeForPaper) -> Result<Self, Malformed> {
        Ok(Self {
            receipt: ReceiptId::parse("receipt", message.receipt)?,
            paper: PaperForm::parse(message.paper_code, message.paper_number)?,
        })
    }
}

impl Handler for ExchangeForPaper {
    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(self.receipt)]
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Issuer)?;
        let receipt = read_own(ctx, self.receipt)?;
        self.check(ctx, &receipt)?;
        let paper = PaperExchange {
            code: self.paper.code.clone(),
            number: self.paper.number.clone(),
            height: ctx.block.height,
            time: ctx.block.time,
            returned: None,
        };
        ctx.overlay
            .insert_new(PAPER_FORMS, &self.paper, self.receipt)?;
        change(ctx.overlay, &receipt, |receipt| receipt.papers.push(paper))?;
        Ok(Effects::on([self.receipt]))
    }
}

impl ExchangeForPaper {
    fn check(&self, ctx: &mut ActionContext<'_, '_>, receipt: &Receipt) -> Result<(), Stop> {
        check_step(ctx, receipt, ReceiptStep::ExchangeForPaper)?;
        if receipt.papers.len() >= PAPERS_MAX {
            return Err(ReceiptError::TooManyPapers {
                receipt: self.receipt,
                papers_max: PAPERS_MAX,
            }
            .into());
        }
        match ctx.overlay.get(PAPER_FORMS, &self.paper)? {
            None => Ok(()),
            Some(used_for) => Err(ReceiptError::PaperUsed {
                paper_code: self.paper.code.clone(),
                paper_number: self.paper.number.clone(),
                receipt: *used_for,
            }
            .into()),
        }
    }
}
