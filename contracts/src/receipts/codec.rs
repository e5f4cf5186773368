//! The record of a receipt as the message that is stored and hashed.

use piaolian_proto::v1 as proto;

use super::{
    facts::{
        AccountingFacts, ArchiveEntry, Delivery, NotedVerification, PaperExchange, Reservation,
        UseAudit,
    },
    record::{Booking, CheckCodeHash, ClaimLock, PayerGone, Receipt, Unbooking},
};
use crate::{
    chain::{Hash, Height},
    malformed::{Malformed, required},
    storage::stored_as,
    types::{
        BeijingDate, BeijingTime, BlockTime, BusinessNumber, ClaimNumber, Fen, FundKind, Operator,
        OrganisationId, Reason, ReceiptId, VoucherNumber,
    },
};

stored_as!(Receipt: proto::ReceiptRecord, "receipt");

impl From<&Receipt> for proto::ReceiptRecord {
    fn from(receipt: &Receipt) -> Self {
        Self {
            receipt: Some(receipt.id.into()),
            issuer: receipt.issuer.to_string(),
            agency: receipt
                .agency
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            business_number: receipt.business_number.to_string(),
            issue_date: receipt.issue_date.get(),
            issue_time: receipt.issue_time.get(),
            total_fen: receipt.total.get(),
            settlement: Some((&receipt.settlement).into()),
            check_code_salt: receipt.check_code.salt.to_vec().into(),
            check_code_hash: receipt.check_code.hash.into(),
            details_commitment: receipt.details_commitment.into(),
            issued_height: receipt.issued_height.get(),
            issued_index: receipt.issued_index,
            reversed_by: receipt.reversed_by.map(Into::into),
            reverses: receipt.reverses.map(Into::into),
            lock: receipt.lock.as_ref().map(Into::into),
            bookings: all(&receipt.bookings),
            reservations: all(&receipt.reservations),
            delivery: receipt.delivery.as_ref().map(Into::into),
            papers: all(&receipt.papers),
            use_audit: receipt.use_audit.as_ref().map(Into::into),
            archives: all(&receipt.archives),
            verification: receipt.verification.as_ref().map(Into::into),
            attachment_hash: receipt.attachment_hash.map(Into::into).unwrap_or_default(),
            replaces: receipt.replaces.map(Into::into),
            replaced_by: receipt.replaced_by.map(Into::into),
        }
    }
}

impl TryFrom<proto::ReceiptRecord> for Receipt {
    type Error = Malformed;

    fn try_from(record: proto::ReceiptRecord) -> Result<Self, Malformed> {
        let settlement = required("settlement", record.settlement)?;
        let receipt = Self {
            id: ReceiptId::parse("receipt", record.receipt)?,
            issuer: OrganisationId::parse("issuer", &record.issuer)?,
            agency: parse_agency(&record.agency)?,
            business_number: BusinessNumber::parse("business_number", record.business_number)?,
            issue_date: BeijingDate::parse("issue_date", record.issue_date)?,
            issue_time: BeijingTime::parse("issue_time", record.issue_time)?,
            total: Fen::new(record.total_fen),
            settlement: settlement.into(),
            check_code: CheckCodeHash::parse(&record.check_code_salt, &record.check_code_hash)?,
            details_commitment: Hash::parse("details_commitment", &record.details_commitment)?,
            attachment_hash: Hash::parse_optional("attachment_hash", &record.attachment_hash)?,
            issued_height: Height::new(record.issued_height),
            issued_index: record.issued_index,
            reversed_by: record.reversed_by.map(ReceiptId::try_from).transpose()?,
            reverses: record.reverses.map(ReceiptId::try_from).transpose()?,
            replaces: record.replaces.map(ReceiptId::try_from).transpose()?,
            replaced_by: record.replaced_by.map(ReceiptId::try_from).transpose()?,
            lock: record.lock.map(ClaimLock::try_from).transpose()?,
            bookings: parse_all::<_, Booking>(record.bookings)?,
            reservations: parse_all::<_, Reservation>(record.reservations)?,
            delivery: record.delivery.map(Delivery::try_from).transpose()?,
            papers: parse_all::<_, PaperExchange>(record.papers)?,
            use_audit: record.use_audit.map(UseAudit::try_from).transpose()?,
            archives: parse_all::<_, ArchiveEntry>(record.archives)?,
            verification: record
                .verification
                .map(NotedVerification::try_from)
                .transpose()?,
        };
        check_links(&receipt)?;
        Ok(receipt)
    }
}

/// Checks that the links of reversal and reissue agree with each other and with the bookings, for every reader of a
/// record, a verifier included.
fn check_links(receipt: &Receipt) -> Result<(), Malformed> {
    let is_new = receipt.replaces.is_some();
    let mut bookings = receipt.bookings.iter();
    let agrees = (receipt.replaced_by.is_none() || receipt.reversed_by.is_some())
        && !(is_new && receipt.reverses.is_some())
        && bookings.all(|booking| {
            let carried_here = booking.carried_from.is_none() || is_new;
            let carried_on =
                booking.carried_to.is_none() || booking.carried_to == receipt.replaced_by;
            carried_here && carried_on
        });
    if agrees {
        Ok(())
    } else {
        Err(Malformed::new("receipt", "links that do not agree"))
    }
}

/// The messages of several facts.
fn all<'f, F: 'f, M: From<&'f F>>(facts: &'f [F]) -> Vec<M> {
    facts.iter().map(M::from).collect()
}

/// The facts of several messages.
fn parse_all<M, F: TryFrom<M, Error = Malformed>>(messages: Vec<M>) -> Result<Vec<F>, Malformed> {
    messages.into_iter().map(F::try_from).collect()
}

/// Parses the agency of a message; an empty text is the issuer itself.
pub(super) fn parse_agency(agency: &str) -> Result<Option<OrganisationId>, Malformed> {
    if agency.is_empty() {
        return Ok(None);
    }
    OrganisationId::parse("agency", agency).map(Some)
}

impl From<&ClaimLock> for proto::ClaimLock {
    fn from(lock: &ClaimLock) -> Self {
        Self {
            owner: lock.owner.to_string(),
            claim_number: lock.claim_number.to_string(),
            until_ms: lock.until.as_ms(),
        }
    }
}

impl TryFrom<proto::ClaimLock> for ClaimLock {
    type Error = Malformed;

    fn try_from(lock: proto::ClaimLock) -> Result<Self, Malformed> {
        Ok(Self {
            owner: OrganisationId::parse("lock.owner", &lock.owner)?,
            claim_number: ClaimNumber::parse("lock.claim_number", lock.claim_number)?,
            until: BlockTime::from_ms(lock.until_ms),
        })
    }
}

impl From<&Booking> for proto::Booking {
    fn from(booking: &Booking) -> Self {
        let mut message = Self {
            payer: booking.payer.to_string(),
            fund_kind: booking.fund_kind.number(),
            voucher_number: booking.voucher_number.to_string(),
            amount_fen: booking.amount.get(),
            operator: booking.operator.to_string(),
            reviewer: booking.reviewer.to_string(),
            height: booking.height.get(),
            time_ms: booking.time.as_ms(),
            unbooking: booking.unbooking.as_ref().map(Into::into),
            payout_number: booking.payout_number,
            recovery_fen: booking.recovery.get(),
            returned_fen: booking.returned.get(),
            payer_gone: booking.payer_gone.as_ref().map(Into::into),
            carried_from: booking.carried_from.map(Into::into),
            carried_to: booking.carried_to.map(Into::into),
            ..Self::default()
        };
        booking.accounting.write(&mut message);
        message
    }
}

impl TryFrom<proto::Booking> for Booking {
    type Error = Malformed;

    fn try_from(booking: proto::Booking) -> Result<Self, Malformed> {
        Ok(Self {
            payer: OrganisationId::parse("bookings.payer", &booking.payer)?,
            fund_kind: FundKind::parse("bookings.fund_kind", booking.fund_kind)?,
            voucher_number: VoucherNumber::parse(
                "bookings.voucher_number",
                booking.voucher_number,
            )?,
            amount: Fen::new(booking.amount_fen),
            operator: Operator::parse("bookings.operator", booking.operator)?,
            reviewer: Operator::parse("bookings.reviewer", booking.reviewer)?,
            height: Height::new(booking.height),
            time: BlockTime::from_ms(booking.time_ms),
            unbooking: booking.unbooking.map(Unbooking::try_from).transpose()?,
            payout_number: booking.payout_number,
            recovery: Fen::new(booking.recovery_fen),
            returned: Fen::new(booking.returned_fen),
            payer_gone: booking.payer_gone.map(PayerGone::try_from).transpose()?,
            carried_from: booking.carried_from.map(ReceiptId::try_from).transpose()?,
            carried_to: booking.carried_to.map(ReceiptId::try_from).transpose()?,
            accounting: AccountingFacts::parse(
                booking.voucher_type,
                booking.voucher_date,
                booking.accounting_period,
                booking.accounting_entity,
            )?,
        })
    }
}

impl From<&Unbooking> for proto::Unbooking {
    fn from(unbooking: &Unbooking) -> Self {
        Self {
            reason: unbooking.reason.to_string(),
            operator: unbooking
                .operator
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            height: unbooking.height.get(),
            time_ms: unbooking.time.as_ms(),
            reviewer: unbooking.reviewer.to_string(),
            evidence_hash: unbooking.evidence_hash.map(Into::into).unwrap_or_default(),
        }
    }
}

impl TryFrom<proto::Unbooking> for Unbooking {
    type Error = Malformed;

    fn try_from(unbooking: proto::Unbooking) -> Result<Self, Malformed> {
        let operator = Some(unbooking.operator).filter(|operator| !operator.is_empty());
        let operator = operator.map(|operator| Operator::parse("unbooking.operator", operator));
        Ok(Self {
            reason: Reason::parse("unbooking.reason", unbooking.reason)?,
            operator: operator.transpose()?,
            reviewer: Operator::parse("unbooking.reviewer", unbooking.reviewer)?,
            evidence_hash: Hash::parse_optional(
                "unbooking.evidence_hash",
                &unbooking.evidence_hash,
            )?,
            height: Height::new(unbooking.height),
            time: BlockTime::from_ms(unbooking.time_ms),
        })
    }
}

impl From<&PayerGone> for proto::PayerGone {
    fn from(gone: &PayerGone) -> Self {
        Self {
            organisation: gone.organisation.to_string(),
            reason: gone.reason.to_string(),
            height: gone.height.get(),
            time_ms: gone.time.as_ms(),
        }
    }
}

impl TryFrom<proto::PayerGone> for PayerGone {
    type Error = Malformed;

    fn try_from(gone: proto::PayerGone) -> Result<Self, Malformed> {
        Ok(Self {
            organisation: OrganisationId::parse("payer_gone.organisation", &gone.organisation)?,
            reason: Reason::parse("payer_gone.reason", gone.reason)?,
            height: Height::new(gone.height),
            time: BlockTime::from_ms(gone.time_ms),
        })
    }
}
