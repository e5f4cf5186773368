//! The records of days, statements and allocations as the bytes that are stored and hashed.

use piaolian_proto::v1 as proto;

use super::{
    day::{Allocation, DayClosing, Mismatch, ReconciliationDay, RegionClosing, Statement, Tally},
    entry::Class,
};
use crate::{
    chain::Height,
    malformed::{Malformed, required},
    storage::{Record, stored_as},
    types::{BankReference, BeijingDate, Fen, OrganisationId, Reason, Region},
};

stored_as!(ReconciliationDay: proto::ReconciliationDayRecord, "reconciliation day");
stored_as!(RegionClosing: proto::RegionClosingRecord, "region closing");
stored_as!(Statement: proto::StatementRecord, "statement");
stored_as!(Allocation: proto::AllocationRecord, "allocation");

impl From<&Tally> for proto::Tally {
    fn from(tally: &Tally) -> Self {
        Self {
            count: tally.count,
            sum_fen: tally.sum.get(),
        }
    }
}

impl From<proto::Tally> for Tally {
    fn from(tally: proto::Tally) -> Self {
        Self {
            count: tally.count,
            sum: Fen::new(tally.sum_fen),
        }
    }
}

/// A tally as a record has it: absent while nothing counts.
fn tally(tally: &Tally) -> Option<proto::Tally> {
    (*tally != Tally::default()).then(|| tally.into())
}

fn taken(tally: Option<proto::Tally>) -> Tally {
    tally.map(Into::into).unwrap_or_default()
}

impl From<&ReconciliationDay> for proto::ReconciliationDayRecord {
    fn from(day: &ReconciliationDay) -> Self {
        Self {
            region: day.region.to_string(),
            day: day.day.get(),
            bank: day.bank.to_string(),
            matched: tally(&day.matched),
            stated_only: tally(&day.stated_only),
            reported_only: tally(&day.reported_only),
            differs_reported: tally(&day.differs_reported),
            differs_stated: tally(&day.differs_stated),
            resolved_stated_only: tally(&day.resolved_stated_only),
            resolved_reported_only: tally(&day.resolved_reported_only),
            closing: day.closing.as_ref().map(Into::into),
        }
    }
}

impl TryFrom<proto::ReconciliationDayRecord> for ReconciliationDay {
    type Error = Malformed;

    fn try_from(record: proto::ReconciliationDayRecord) -> Result<Self, Malformed> {
        Ok(Self {
            region: Region::parse("region", record.region)?,
            day: BeijingDate::parse("day", record.day)?,
            bank: OrganisationId::parse("bank", &record.bank)?,
            matched: taken(record.matched),
            stated_only: taken(record.stated_only),
            reported_only: taken(record.reported_only),
            differs_reported: taken(record.differs_reported),
            differs_stated: taken(record.differs_stated),
            resolved_stated_only: taken(record.resolved_stated_only),
            resolved_reported_only: taken(record.resolved_reported_only),
            closing: record.closing.map(DayClosing::try_from).transpose()?,
        })
    }
}

impl From<&DayClosing> for proto::DayClosing {
    fn from(closing: &DayClosing) -> Self {
        Self {
            organisation: closing.organisation.to_string(),
            height: closing.height.get(),
            incomplete_reason: closing
                .incomplete_reason
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
        }
    }
}

impl TryFrom<proto::DayClosing> for DayClosing {
    type Error = Malformed;

    fn try_from(closing: proto::DayClosing) -> Result<Self, Malformed> {
        Ok(Self {
            organisation: OrganisationId::parse("closing.organisation", &closing.organisation)?,
            height: Height::new(closing.height),
            incomplete_reason: parse_reason(closing.incomplete_reason)?,
        })
    }
}

/// Parses the reason of a message; an empty text is none.
pub(super) fn parse_reason(reason: String) -> Result<Option<Reason>, Malformed> {
    let reason = Some(reason).filter(|reason| !reason.is_empty());
    reason
        .map(|reason| Reason::parse("incomplete_reason", reason))
        .transpose()
}

impl From<&RegionClosing> for proto::RegionClosingRecord {
    fn from(closed: &RegionClosing) -> Self {
        Self {
            region: closed.region.to_string(),
            closed_through: closed.closed_through.get(),
            closing: Some((&closed.closing).into()),
        }
    }
}

impl TryFrom<proto::RegionClosingRecord> for RegionClosing {
    type Error = Malformed;

    fn try_from(record: proto::RegionClosingRecord) -> Result<Self, Malformed> {
        Ok(Self {
            region: Region::parse("region", record.region)?,
            closed_through: BeijingDate::parse("closed_through", record.closed_through)?,
            closing: required("closing", record.closing)?.try_into()?,
        })
    }
}

impl From<&Statement> for proto::StatementRecord {
    fn from(statement: &Statement) -> Self {
        Self {
            bank: statement.bank.to_string(),
            account_day: statement.account_day.get(),
            region: statement.region.to_string(),
            line_count: statement.lines.count,
            line_sum_fen: statement.lines.sum.get(),
            complete: statement.complete,
            height: statement.height.get(),
        }
    }
}

impl TryFrom<proto::StatementRecord> for Statement {
    type Error = Malformed;

    fn try_from(record: proto::StatementRecord) -> Result<Self, Malformed> {
        Ok(Self {
            bank: OrganisationId::parse("bank", &record.bank)?,
            account_day: BeijingDate::parse("account_day", record.account_day)?,
            region: Region::parse("region", record.region)?,
            lines: Tally {
                count: record.line_count,
                sum: Fen::new(record.line_sum_fen),
            },
            complete: record.complete,
            height: Height::new(record.height),
        })
    }
}

impl From<&Allocation> for proto::AllocationRecord {
    fn from(allocation: &Allocation) -> Self {
        Self {
            region: allocation.region.to_string(),
            day: allocation.day.get(),
            agency: allocation.agency.to_string(),
            bank: allocation.bank.to_string(),
            matched: tally(&allocation.matched),
        }
    }
}

impl TryFrom<proto::AllocationRecord> for Allocation {
    type Error = Malformed;

    fn try_from(record: proto::AllocationRecord) -> Result<Self, Malformed> {
        Ok(Self {
            region: Region::parse("region", record.region)?,
            day: BeijingDate::parse("day", record.day)?,
            agency: OrganisationId::parse("agency", &record.agency)?,
            bank: OrganisationId::parse("bank", &record.bank)?,
            matched: taken(record.matched),
        })
    }
}

/// u8 class ‖ bank (18) ‖ bank reference.
impl Record for Mismatch {
    fn encode(&self) -> Vec<u8> {
        [
            &[self.class.number()][..],
            self.bank.as_bytes(),
            self.bank_reference.as_str().as_bytes(),
        ]
        .concat()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let malformed = || Malformed::new("mismatch", "must be class, bank and reference");
        let (class, rest) = bytes.split_first().ok_or_else(malformed)?;
        let (bank, reference) = rest
            .split_at_checked(OrganisationId::BYTES)
            .ok_or_else(malformed)?;
        let reference = str::from_utf8(reference).map_err(|_| malformed())?;
        Ok(Self {
            class: Class::ALL
                .into_iter()
                .find(|known| known.number() == *class)
                .ok_or_else(malformed)?,
            bank: OrganisationId::try_from(bank)?,
            bank_reference: BankReference::parse("mismatch", reference.to_owned())?,
        })
    }
}
