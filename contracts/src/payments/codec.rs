//! The records of notices and mandates as the messages that are stored and hashed.

use piaolian_proto::v1 as proto;

use super::{
    late_fee::LateFeeTerms,
    record::{Cancellation, Mandate, Notice, Payment},
};
use crate::{
    chain::{Hash, Height},
    fields::{Field, as_message},
    malformed::Malformed,
    receipts::CheckCodeHash,
    storage::stored_as,
    types::{BeijingDate, DecisionNumber, Fen, OrganisationId, PaymentCode, ReceiptCode, Region},
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
            payment: Field::from_message("payment", record.payment)?,
            cancellation: Field::from_message("cancellation", record.cancellation)?,
        })
    }
}

as_message! {
    Payment: proto::NoticePayment {
        bank, bank_reference, receipt, account_day, height;
        amount: amount_fen,
        late_fee: late_fee_fen,
        paid: paid_ms,
    }
}

as_message! {
    Cancellation: proto::NoticeCancellation {
        reason, operator, height;
        time: time_ms,
    }
}

stored_as!(Mandate: proto::MandateRecord, "mandate");

as_message! {
    Mandate: proto::MandateRecord {
        centre, agency, receipt_code, active, height,
    }
}
