//! A receipt in an archive (归档), with the metadata of DA/T 95-2022.

use piaolian_proto::v1 as proto;

use crate::{
    chain::Height,
    fields::as_message,
    types::{ArchiveNumber, BeijingDate, BlockTime, Operator, OrganisationId, Reason},
};

/// Most organisations that archive a receipt: its issuer and its payers.
pub const ARCHIVES_MAX: usize = 16;

/// One organisation keeps the receipt. Of the business entity metadata (DA/T 95 table
/// E.1) the activity is 归档 and its time the block's; the rest is here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ArchiveEntry {
    /// The organisation that keeps it.
    pub organisation: OrganisationId,
    /// The archive number.
    pub archive_number: ArchiveNumber,
    /// 行为依据, `ActionMandate` of the standard.
    pub legal_basis: Reason,
    /// Kept at least until then.
    pub retain_until: BeijingDate,
    /// 经办, when named.
    pub operator: Option<Operator>,
    /// The block …
    pub height: Height,
    /// … and its time: `ActionTime`.
    pub time: BlockTime,
}

as_message! {
    ArchiveEntry: proto::ArchiveEntry {
        organisation, archive_number, legal_basis, retain_until, operator, height;
        time: time_ms,
    }
}
