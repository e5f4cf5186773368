//! `ExchangeForPaper`: an issuer exchanges a receipt for paper (换开纸质).

use piaolian_proto::v1 as proto;

use super::{
    errors::ReceiptError,
    facts::{PAPERS_MAX, PaperExchange},
    record::Receipt,
    schema::{PAPER_FORMS, PaperForm},
    status::{Step, check_step},
    store::{change, read_own},
};
use crate::{
    act::{Act, Effects, Handler},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{PaperCode, PaperNumber, ReceiptId},
};

/// Exchanges a receipt for paper. While the paper is out it alone counts, so that
/// nobody is reimbursed for both.
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
            paper: PaperForm {
                code: PaperCode::parse("paper_code", message.paper_code)?,
                number: PaperNumber::parse("paper_number", message.paper_number)?,
            },
        })
    }
}

impl Handler for ExchangeForPaper {
    fn concerns(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(self.receipt)]
    }

    fn execute(&self, act: &mut Act<'_, '_>) -> Result<Effects, Stop> {
        act.authorise(Role::Issuer)?;
        let receipt = read_own(act, self.receipt)?;
        self.check(act, &receipt)?;
        let paper = PaperExchange {
            code: self.paper.code.clone(),
            number: self.paper.number.clone(),
            height: act.block.height,
            time: act.block.time,
            returned: None,
        };
        act.overlay
            .insert_new(PAPER_FORMS, &self.paper, self.receipt);
        change(act.overlay, &receipt, |receipt| receipt.papers.push(paper))?;
        Ok(Effects::on([self.receipt]))
    }
}

impl ExchangeForPaper {
    fn check(&self, act: &mut Act<'_, '_>, receipt: &Receipt) -> Result<(), Stop> {
        check_step(act, receipt, Step::ExchangeForPaper)?;
        if receipt.papers.len() >= PAPERS_MAX {
            return Err(ReceiptError::TooManyPapers {
                receipt: self.receipt,
                papers_max: PAPERS_MAX,
            }
            .into());
        }
        match act.overlay.get(PAPER_FORMS, &self.paper)? {
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
