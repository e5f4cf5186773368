//! A payer's note that it verified a receipt (查验).

use piaolian_proto::v1 as proto;

use crate::{
    chain::Height,
    fields::as_message,
    types::{BlockTime, OrganisationId},
};

/// The last verification that a payer noted on the ledger. A reversal soon after it raises an alert (可疑票据).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotedVerification {
    /// The organisation that verified it.
    pub organisation: OrganisationId,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

as_message! {
    NotedVerification: proto::NotedVerification {
        organisation, height;
        time: time_ms,
    }
}
