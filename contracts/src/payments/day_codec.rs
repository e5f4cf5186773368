//! The records of days, statements and allocations as the bytes that are stored and hashed.

use piaolian_proto::v1 as proto;

use super::{
    day::{Allocation, DayClosing, Mismatch, ReconciliationDay, RegionClosing, Statement, Tally},
    entry::Class,
};
use crate::{
    fields::{Field, as_message, field},
    malformed::Malformed,
    storage::{Record, stored_as},
    types::{BankReference, Fen, OrganisationId},
};

stored_as!(ReconciliationDay: proto::ReconciliationDayRecord, "reconciliation day");
stored_as!(RegionClosing: proto::RegionClosingRecord, "region closing");
stored_as!(Statement: proto::StatementRecord, "statement");
stored_as!(Allocation: proto::AllocationRecord, "allocation");

field!(Tally: (u64, i64), |tally| (tally.count, tally.sum.get()), |_, (count, sum_fen)| {
    let sum = Fen::new(sum_fen);
    Ok(Self { count, sum })
});

/// A record has no tally while nothing counts.
impl Field<Option<proto::Tally>> for Tally {
    fn to_message(&self) -> Option<proto::Tally> {
        let message = proto::Tally {
            count: self.count,
            sum_fen: self.sum.get(),
        };
        (*self != Self::default()).then_some(message)
    }

    fn from_message(field: &str, message: Option<proto::Tally>) -> Result<Self, Malformed> {
        let message = message.unwrap_or_default();
        Self::from_message(field, (message.count, message.sum_fen))
    }
}

as_message! {
    ReconciliationDay: proto::ReconciliationDayRecord {
        region, day, bank, matched, stated_only, reported_only, differs_reported, differs_stated,
        resolved_stated_only, resolved_reported_only, closing,
    }
}

as_message! {
    DayClosing: proto::DayClosing {
        organisation, height, incomplete_reason,
    }
}

as_message! {
    RegionClosing: proto::RegionClosingRecord {
        region, closed_through, closing,
    }
}

as_message! {
    Statement: proto::StatementRecord {
        bank, account_day, region, complete, height,
    }
    lines: (line_count, line_sum_fen),
}

as_message! {
    Allocation: proto::AllocationRecord {
        region, day, agency, bank, matched,
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
