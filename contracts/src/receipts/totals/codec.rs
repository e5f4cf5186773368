//! The record of running totals as the message that is stored and hashed.

use piaolian_proto::v1 as proto;

use super::record::{Sum, Totals, TotalsClass, TotalsKey};
use crate::{
    malformed::Malformed,
    storage::stored_as,
    types::{BeijingDate, Fen, OrganisationId, ReceiptKind, Region},
};

stored_as!(Totals: proto::TotalsRecord, "totals");

impl From<&Totals> for proto::TotalsRecord {
    fn from(totals: &Totals) -> Self {
        let sum = |class| written(totals.of_class(class));
        Self {
            issue_date: totals.key.issue_date.get(),
            issuer: totals.key.issuer.to_string(),
            kind: totals.key.kind.to_string(),
            region: totals.region.to_string(),
            issued: sum(TotalsClass::Issued),
            reserved: sum(TotalsClass::Reserved),
            booked: sum(TotalsClass::Booked),
            on_paper: sum(TotalsClass::OnPaper),
            archived: sum(TotalsClass::Archived),
            reversed: sum(TotalsClass::Reversed),
            reversal_receipts: sum(TotalsClass::ReversalReceipt),
            delivered_count: totals.delivered,
            audited_count: totals.audited,
            archived_count: totals.archived,
            bookings: written(totals.bookings),
            reservations: written(totals.reservations),
        }
    }
}

impl TryFrom<proto::TotalsRecord> for Totals {
    type Error = Malformed;

    fn try_from(record: proto::TotalsRecord) -> Result<Self, Malformed> {
        let classes = TotalsClass::ALL.map(|class| {
            read(match class {
                TotalsClass::Issued => record.issued,
                TotalsClass::Booked => record.booked,
                TotalsClass::Archived => record.archived,
                TotalsClass::Reserved => record.reserved,
                TotalsClass::OnPaper => record.on_paper,
                TotalsClass::Reversed => record.reversed,
                TotalsClass::ReversalReceipt => record.reversal_receipts,
            })
        });
        Ok(Self {
            key: TotalsKey {
                issue_date: BeijingDate::parse("issue_date", record.issue_date)?,
                issuer: OrganisationId::parse("issuer", &record.issuer)?,
                kind: ReceiptKind::parse("kind", &record.kind)?,
            },
            region: Region::parse("region", record.region)?,
            classes,
            delivered: record.delivered_count,
            audited: record.audited_count,
            archived: record.archived_count,
            bookings: read(record.bookings),
            reservations: read(record.reservations),
        })
    }
}

/// Leaves out a sum of 0, because the receipts of a day are in few classes.
fn written(sum: Sum) -> Option<proto::ReceiptSum> {
    let message = proto::ReceiptSum {
        count: sum.count,
        sum_fen: sum.sum.get(),
    };
    (sum != Sum::default()).then_some(message)
}

fn read(sum: Option<proto::ReceiptSum>) -> Sum {
    sum.map_or_else(Sum::default, |sum| Sum {
        count: sum.count,
        sum: Fen::new(sum.sum_fen),
    })
}
