//! The records of notices and mandates as the messages that are stored and hashed.

use piaolian_proto::v1 as proto;

use super::{
    late_fee::LateFeeTerms,
    record::{Cancellation, Mandate, Notice, Payment},
};
use crate::{
    chain::{Hash, Height},
    malformed::Malformed,
    receipts::CheckCodeHash,
    storage::stored_as,
    types::{
        BankReference, BeijingDate, BlockTime, DecisionNumber, Fen, Operator, OrganisationId,
        PaymentCode, Reason, ReceiptCode, ReceiptId, Region,
    },
};

stored_as!(Notice: proto::NoticeRecord, "notice");

impl From<&Notice> for proto::NoticeRecord {
    fn from(notice: &Notice) -> Self {
        Self {
            decision_number: notice.decision_number.to_string(),
            payment_code: notice.payment_code.to_string(),
            agency: notice.agency.to_string(),
            region: notice.region.to_string(),
            amount_fen: notice.amount.get(),
            due_date: notice.late_fee.due_date.get(),
            late_fee_rate: notice.late_fee.daily_rate,
            late_fee_cap_fen: notice.late_fee.cap.map_or(0, Fen::get),
            centre: notice.centre.to_string(),
            receipt_code: notice.receipt_code.to_string(),
            check_code_salt: notice.check_code.salt.to_vec().into(),
            check_code_hash: notice.check_code.hash.into(),
            details_commitment: notice.details_commitment.into(),
            created_height: notice.created_height.get(),
            created_date: notice.created_date.get(),
            payment: notice.payment.as_ref().map(Into::into),
            cancellation: notice.cancellation.as_ref().map(Into::into),
            attachment_hash: notice.attachment_hash.map(Into::into).unwrap_or_default(),
        }
    }
}

impl TryFrom<proto::NoticeRecord> for Notice {
    type Error = Malformed;

    fn try_from(record: proto::NoticeRecord) -> Result<Self, Malformed> {
        let amount = Fen::new(record.amount_fen);
        let (due, rate) = (record.due_date, record.late_fee_rate);
        Ok(Self {
            decision_number: DecisionNumber::parse("decision_number", record.decision_number)?,
            payment_code: PaymentCode::parse("payment_code", record.payment_code)?,
            agency: OrganisationId::parse("agency", &record.agency)?,
            region: Region::parse("region", record.region)?,
            amount,
            late_fee: LateFeeTerms::parse(due, rate, record.late_fee_cap_fen, amount)?,
            centre: OrganisationId::parse("centre", &record.centre)?,
            receipt_code: ReceiptCode::parse("receipt_code", &record.receipt_code)?,
            check_code: CheckCodeHash::parse(&record.check_code_salt, &record.check_code_hash)?,
            details_commitment: Hash::parse("details_commitment", &record.details_commitment)?,
            attachment_hash: Hash::parse_optional("attachment_hash", &record.attachment_hash)?,
            created_height: Height::new(record.created_height),
            created_date: BeijingDate::parse("created_date", record.created_date)?,
            payment: record.payment.map(Payment::try_from).transpose()?,
            cancellation: record
                .cancellation
                .map(Cancellation::try_from)
                .transpose()?,
        })
    }
}

impl From<&Payment> for proto::NoticePayment {
    fn from(payment: &Payment) -> Self {
        Self {
            bank: payment.bank.to_string(),
            bank_reference: payment.bank_reference.to_string(),
            receipt: Some(payment.receipt.into()),
            amount_fen: payment.amount.get(),
            late_fee_fen: payment.late_fee.get(),
            paid_ms: payment.paid.as_ms(),
            account_day: payment.account_day.get(),
            height: payment.height.get(),
        }
    }
}

impl TryFrom<proto::NoticePayment> for Payment {
    type Error = Malformed;

    fn try_from(payment: proto::NoticePayment) -> Result<Self, Malformed> {
        Ok(Self {
            bank: OrganisationId::parse("payment.bank", &payment.bank)?,
            bank_reference: BankReference::parse("payment.bank_reference", payment.bank_reference)?,
            receipt: ReceiptId::parse("payment.receipt", payment.receipt)?,
            amount: Fen::new(payment.amount_fen),
            late_fee: Fen::new(payment.late_fee_fen),
            paid: BlockTime::from_ms(payment.paid_ms),
            account_day: BeijingDate::parse("payment.account_day", payment.account_day)?,
            height: Height::new(payment.height),
        })
    }
}

impl From<&Cancellation> for proto::NoticeCancellation {
    fn from(cancellation: &Cancellation) -> Self {
        Self {
            reason: cancellation.reason.to_string(),
            operator: cancellation
                .operator
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            height: cancellation.height.get(),
            time_ms: cancellation.time.as_ms(),
        }
    }
}

impl TryFrom<proto::NoticeCancellation> for Cancellation {
    type Error = Malformed;

    fn try_from(cancellation: proto::NoticeCancellation) -> Result<Self, Malformed> {
        let operator = Some(cancellation.operator).filter(|operator| !operator.is_empty());
        let operator = operator.map(|operator| Operator::parse("cancellation.operator", operator));
        Ok(Self {
            reason: Reason::parse("cancellation.reason", cancellation.reason)?,
            operator: operator.transpose()?,
            height: Height::new(cancellation.height),
            time: BlockTime::from_ms(cancellation.time_ms),
        })
    }
}

stored_as!(Mandate: proto::MandateRecord, "mandate");

impl From<&Mandate> for proto::MandateRecord {
    fn from(mandate: &Mandate) -> Self {
        Self {
            centre: mandate.centre.to_string(),
            agency: mandate.agency.to_string(),
            receipt_code: mandate.receipt_code.to_string(),
            active: mandate.active,
            height: mandate.height.get(),
        }
    }
}

impl TryFrom<proto::MandateRecord> for Mandate {
    type Error = Malformed;

    fn try_from(record: proto::MandateRecord) -> Result<Self, Malformed> {
        Ok(Self {
            centre: OrganisationId::parse("centre", &record.centre)?,
            agency: OrganisationId::parse("agency", &record.agency)?,
            receipt_code: ReceiptCode::parse("receipt_code", &record.receipt_code)?,
            active: record.active,
            height: Height::new(record.height),
        })
    }
}
