//! A receipt on paper (换开纸质), and the paper's return.

use piaolian_proto::v1 as proto;

use crate::{
    chain::Height,
    malformed::Malformed,
    types::{BlockTime, PaperCode, PaperNumber, Reason},
};

/// Most exchanges of a receipt, returned papers included.
pub const PAPERS_MAX: usize = 8;

/// One exchange for paper. Until the paper is returned, only the paper counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaperExchange {
    /// Code …
    pub code: PaperCode,
    /// … and number of the paper receipt.
    pub number: PaperNumber,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
    /// Set once the paper came back.
    pub returned: Option<PaperReturn>,
}

/// The return of the paper.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaperReturn {
    /// The reason.
    pub reason: Reason,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

impl From<&PaperExchange> for proto::PaperExchange {
    fn from(paper: &PaperExchange) -> Self {
        Self {
            paper_code: paper.code.to_string(),
            paper_number: paper.number.to_string(),
            height: paper.height.get(),
            time_ms: paper.time.as_ms(),
            returned: paper.returned.as_ref().map(Into::into),
        }
    }
}

impl TryFrom<proto::PaperExchange> for PaperExchange {
    type Error = Malformed;

    fn try_from(paper: proto::PaperExchange) -> Result<Self, Malformed> {
        Ok(Self {
            code: PaperCode::parse("papers.paper_code", paper.paper_code)?,
            number: PaperNumber::parse("papers.paper_number", paper.paper_number)?,
            height: Height::new(paper.height),
            time: BlockTime::from_ms(paper.time_ms),
            returned: paper.returned.map(PaperReturn::try_from).transpose()?,
        })
    }
}

impl From<&PaperReturn> for proto::PaperReturn {
    fn from(returned: &PaperReturn) -> Self {
        Self {
            reason: returned.reason.to_string(),
            height: returned.height.get(),
            time_ms: returned.time.as_ms(),
        }
    }
}

impl TryFrom<proto::PaperReturn> for PaperReturn {
    type Error = Malformed;

    fn try_from(returned: proto::PaperReturn) -> Result<Self, Malformed> {
        Ok(Self {
            reason: Reason::parse("papers.returned.reason", returned.reason)?,
            height: Height::new(returned.height),
            time: BlockTime::from_ms(returned.time_ms),
        })
    }
}
