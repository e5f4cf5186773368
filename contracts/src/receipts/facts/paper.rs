//! A receipt on paper (换开纸质), and the paper's return.

use piaolian_proto::v1 as proto;

use crate::{
    chain::Height,
    fields::as_message,
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

as_message! {
    PaperExchange: proto::PaperExchange {
        height, returned;
        code: paper_code,
        number: paper_number,
        time: time_ms,
    }
}

as_message! {
    PaperReturn: proto::PaperReturn {
        reason, height;
        time: time_ms,
    }
}
