//! The record of a payment at a bank as the message that is stored and hashed.

use piaolian_proto::v1 as proto;

use super::entry::{BankEntry, Moved, Reported, Stated};
use crate::{
    chain::Height,
    malformed::Malformed,
    storage::stored_as,
    types::{
        BankReference, BeijingDate, BlockTime, DecisionNumber, Fen, OrganisationId, ReceiptId,
        Region, StatedNotice,
    },
};

stored_as!(BankEntry: proto::BankEntryRecord, "bank entry");

impl From<&BankEntry> for proto::BankEntryRecord {
    fn from(entry: &BankEntry) -> Self {
        Self {
            bank: entry.bank.to_string(),
            bank_reference: entry.bank_reference.to_string(),
            reported: entry.reported.as_ref().map(Into::into),
            moved: entry.moved.as_ref().map(Into::into),
            stated: entry.stated.as_ref().map(Into::into),
        }
    }
}

impl TryFrom<proto::BankEntryRecord> for BankEntry {
    type Error = Malformed;

    fn try_from(record: proto::BankEntryRecord) -> Result<Self, Malformed> {
        Ok(Self {
            bank: OrganisationId::parse("bank", &record.bank)?,
            bank_reference: BankReference::parse("bank_reference", record.bank_reference)?,
            reported: record.reported.map(Reported::try_from).transpose()?,
            moved: record.moved.map(Moved::try_from).transpose()?,
            stated: record.stated.map(Stated::try_from).transpose()?,
        })
    }
}

impl From<&Reported> for proto::ReportedPayment {
    fn from(reported: &Reported) -> Self {
        Self {
            decision_number: reported.decision_number.to_string(),
            agency: reported.agency.to_string(),
            region: reported.region.to_string(),
            handled_region: reported.handled_region.to_string(),
            amount_fen: reported.amount.get(),
            paid_ms: reported.paid.as_ms(),
            account_day: reported.account_day.get(),
            posted_day: reported.posted_day.get(),
            receipt: Some(reported.receipt.into()),
            height: reported.height.get(),
        }
    }
}

impl TryFrom<proto::ReportedPayment> for Reported {
    type Error = Malformed;

    fn try_from(reported: proto::ReportedPayment) -> Result<Self, Malformed> {
        Ok(Self {
            decision_number: DecisionNumber::parse(
                "reported.decision_number",
                reported.decision_number,
            )?,
            agency: OrganisationId::parse("reported.agency", &reported.agency)?,
            region: Region::parse("reported.region", reported.region)?,
            handled_region: Region::parse("reported.handled_region", reported.handled_region)?,
            amount: Fen::new(reported.amount_fen),
            paid: BlockTime::from_ms(reported.paid_ms),
            account_day: BeijingDate::parse("reported.account_day", reported.account_day)?,
            posted_day: BeijingDate::parse("reported.posted_day", reported.posted_day)?,
            receipt: ReceiptId::parse("reported.receipt", reported.receipt)?,
            height: Height::new(reported.height),
        })
    }
}

impl From<&Moved> for proto::MovedMoney {
    fn from(moved: &Moved) -> Self {
        Self {
            payer: moved.payer.to_string(),
            region: moved.region.to_string(),
            amount_fen: moved.amount.get(),
            moved_ms: moved.moved.as_ms(),
            account_day: moved.account_day.get(),
            posted_day: moved.posted_day.get(),
            height: moved.height.get(),
        }
    }
}

impl TryFrom<proto::MovedMoney> for Moved {
    type Error = Malformed;

    fn try_from(moved: proto::MovedMoney) -> Result<Self, Malformed> {
        Ok(Self {
            payer: OrganisationId::parse("moved.payer", &moved.payer)?,
            region: Region::parse("moved.region", moved.region)?,
            amount: Fen::new(moved.amount_fen),
            moved: BlockTime::from_ms(moved.moved_ms),
            account_day: BeijingDate::parse("moved.account_day", moved.account_day)?,
            posted_day: BeijingDate::parse("moved.posted_day", moved.posted_day)?,
            height: Height::new(moved.height),
        })
    }
}

impl From<&Stated> for proto::StatedPayment {
    fn from(stated: &Stated) -> Self {
        Self {
            notice: stated.notice.to_string(),
            region: stated.region.to_string(),
            amount_fen: stated.amount.get(),
            account_day: stated.account_day.get(),
            posted_day: stated.posted_day.get(),
            height: stated.height.get(),
        }
    }
}

impl TryFrom<proto::StatedPayment> for Stated {
    type Error = Malformed;

    fn try_from(stated: proto::StatedPayment) -> Result<Self, Malformed> {
        Ok(Self {
            notice: StatedNotice::parse("stated.notice", stated.notice)?,
            region: Region::parse("stated.region", stated.region)?,
            amount: Fen::new(stated.amount_fen),
            account_day: BeijingDate::parse("stated.account_day", stated.account_day)?,
            posted_day: BeijingDate::parse("stated.posted_day", stated.posted_day)?,
            height: Height::new(stated.height),
        })
    }
}
