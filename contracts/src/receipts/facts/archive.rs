//! A receipt in an archive (归档), with the metadata of DA/T 95-2022.

use piaolian_proto::v1 as proto;

use crate::{
    chain::Height,
    malformed::Malformed,
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

impl From<&ArchiveEntry> for proto::ArchiveEntry {
    fn from(entry: &ArchiveEntry) -> Self {
        Self {
            organisation: entry.organisation.to_string(),
            archive_number: entry.archive_number.to_string(),
            legal_basis: entry.legal_basis.to_string(),
            retain_until: entry.retain_until.get(),
            operator: entry
                .operator
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            height: entry.height.get(),
            time_ms: entry.time.as_ms(),
        }
    }
}

impl TryFrom<proto::ArchiveEntry> for ArchiveEntry {
    type Error = Malformed;

    fn try_from(entry: proto::ArchiveEntry) -> Result<Self, Malformed> {
        let operator = Some(entry.operator).filter(|operator| !operator.is_empty());
        let operator = operator.map(|operator| Operator::parse("archives.operator", operator));
        Ok(Self {
            organisation: OrganisationId::parse("archives.organisation", &entry.organisation)?,
            archive_number: ArchiveNumber::parse("archives.archive_number", entry.archive_number)?,
            legal_basis: Reason::parse("archives.legal_basis", entry.legal_basis)?,
            retain_until: BeijingDate::parse("archives.retain_until", entry.retain_until)?,
            operator: operator.transpose()?,
            height: Height::new(entry.height),
            time: BlockTime::from_ms(entry.time_ms),
        })
    }
}
