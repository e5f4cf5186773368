//! The record of a receipt: facts, in the order in which they came about.

use piaolian_proto::v1 as proto;
use prost::Message;

use crate::{
    chain::{BlockTime, Hash, Height},
    malformed::{Malformed, fixed, required},
    storage::Record,
    types::{
        BeijingDate, BeijingTime, BusinessNumber, ClaimNumber, Fen, FundKind, Operator,
        OrganisationId, Reason, ReceiptId, Settlement, VoucherNumber,
    },
};

/// Most bookings of a receipt, undone ones included, so that its record stays
/// below 32 KiB.
pub const BOOKINGS_MAX: usize = 64;

/// The salted hash of a check code (校验码).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CheckCode {
    /// 16 random bytes.
    pub salt: [u8; 16],
    /// `SHA-256("piaolian/check-code/v1" ‖ salt ‖ check code)`.
    pub hash: Hash,
}

impl CheckCode {
    /// Takes the values of a message's fields.
    pub(super) fn parse(salt: &[u8], hash: &[u8]) -> Result<Self, Malformed> {
        Ok(Self {
            salt: fixed("check_code_salt", salt)?,
            hash: Hash::parse("check_code_hash", hash)?,
        })
    }

    /// The hash of a check code with `salt`.
    #[must_use]
    pub fn hash_of(salt: &[u8; 16], check_code: &str) -> Hash {
        Hash::tagged("piaolian/check-code/v1", &[salt, check_code.as_bytes()])
    }

    /// Whether `check_code` is the one that was hashed.
    #[must_use]
    pub fn matches(&self, check_code: &str) -> bool {
        Self::hash_of(&self.salt, check_code) == self.hash
    }
}

/// An exclusive claim lock (锁定).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClaimLock {
    /// Who holds it.
    pub owner: OrganisationId,
    /// The owner's number of the claim.
    pub claim_number: ClaimNumber,
    /// It ends when block time reaches this.
    pub until: BlockTime,
}

impl ClaimLock {
    /// Whether it holds at `now`.
    #[must_use]
    pub fn is_live(&self, now: BlockTime) -> bool {
        now < self.until
    }
}

/// A reimbursement, booked (入账).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Booking {
    /// Who paid.
    pub payer: OrganisationId,
    /// From which kind of fund.
    pub fund_kind: FundKind,
    /// The payer's voucher.
    pub voucher_number: VoucherNumber,
    /// How much.
    pub amount: Fen,
    /// 经办
    pub operator: Operator,
    /// 复核
    pub reviewer: Operator,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
    /// Set once taken back.
    pub unbooking: Option<Unbooking>,
}

/// A booking taken back (撤销入账).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unbooking {
    /// Why.
    pub reason: Reason,
    /// 经办, when named.
    pub operator: Option<Operator>,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

/// A receipt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// Code and number.
    pub id: ReceiptId,
    /// Who issued it.
    pub issuer: OrganisationId,
    /// On whose behalf; `None` is the issuer itself.
    pub agency: Option<OrganisationId>,
    /// The issuer's number of the business.
    pub business_number: BusinessNumber,
    /// When it was issued, in Beijing.
    pub issue_date: BeijingDate,
    /// The time of day.
    pub issue_time: BeijingTime,
    /// Negative on a reversal receipt.
    pub total: Fen,
    /// What was paid at settlement.
    pub settlement: Settlement,
    /// The salted hash of the check code.
    pub check_code: CheckCode,
    /// `SHA-256("piaolian/details/v1" ‖ salt (32) ‖ canonical details)`.
    pub details_commitment: Hash,
    /// The block that issued it.
    pub issued_height: Height,
    /// Its place among the receipts of that block, from 0.
    pub issued_index: u32,
    /// The reversal receipt, on an original that was reversed.
    pub reversed_by: Option<ReceiptId>,
    /// The original, on a reversal receipt.
    pub reverses: Option<ReceiptId>,
    /// The last lock, perhaps past its time.
    pub lock: Option<ClaimLock>,
    /// In order of booking, undone ones included.
    pub bookings: Vec<Booking>,
}

impl Receipt {
    /// The lock that holds at `now`.
    #[must_use]
    pub fn live_lock(&self, now: BlockTime) -> Option<&ClaimLock> {
        self.lock.as_ref().filter(|lock| lock.is_live(now))
    }

    /// The bookings that were not taken back, in order.
    #[must_use]
    pub fn live_bookings(&self) -> impl DoubleEndedIterator<Item = &Booking> {
        self.bookings
            .iter()
            .filter(|booking| booking.unbooking.is_none())
    }

    /// The sum of the live bookings.
    #[must_use]
    pub fn booked(&self) -> Fen {
        Fen::checked_sum(self.live_bookings().map(|booking| booking.amount))
            .expect("live bookings never exceed the total")
    }

    /// The leaf of the issuance tree: SHA-256 of the sealed bytes.
    #[must_use]
    pub fn sealed_hash(&self) -> Hash {
        let agency = self
            .agency
            .as_ref()
            .map_or([0; 18], |agency| *agency.as_bytes());
        Hash::tagged(
            "piaolian/issued/v1",
            &[
                &self.id.key(),
                self.issuer.as_bytes(),
                &agency,
                &self.issue_date.get().to_be_bytes(),
                &self.issue_time.get().to_be_bytes(),
                &self.total.get().to_be_bytes(),
                self.details_commitment.as_bytes(),
                self.check_code.hash.as_bytes(),
            ],
        )
    }
}

impl Record for Receipt {
    fn encode(&self) -> Vec<u8> {
        proto::ReceiptRecord::from(self).encode_to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        proto::ReceiptRecord::decode(bytes)
            .map_err(|error| Malformed::new("receipt", error.to_string()))?
            .try_into()
    }
}

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
            bookings: receipt.bookings.iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<proto::ReceiptRecord> for Receipt {
    type Error = Malformed;

    fn try_from(record: proto::ReceiptRecord) -> Result<Self, Malformed> {
        let settlement = required("settlement", record.settlement)?;
        let bookings = record.bookings.into_iter().map(Booking::try_from);
        Ok(Self {
            id: ReceiptId::parse("receipt", record.receipt)?,
            issuer: OrganisationId::parse("issuer", &record.issuer)?,
            agency: parse_agency(&record.agency)?,
            business_number: BusinessNumber::parse("business_number", record.business_number)?,
            issue_date: BeijingDate::parse("issue_date", record.issue_date)?,
            issue_time: BeijingTime::parse("issue_time", record.issue_time)?,
            total: Fen::new(record.total_fen),
            settlement: settlement.into(),
            check_code: CheckCode::parse(&record.check_code_salt, &record.check_code_hash)?,
            details_commitment: Hash::parse("details_commitment", &record.details_commitment)?,
            issued_height: Height::new(record.issued_height),
            issued_index: record.issued_index,
            reversed_by: record.reversed_by.map(ReceiptId::try_from).transpose()?,
            reverses: record.reverses.map(ReceiptId::try_from).transpose()?,
            lock: record.lock.map(ClaimLock::try_from).transpose()?,
            bookings: bookings.collect::<Result<_, _>>()?,
        })
    }
}

/// Takes an agency of a message, where empty is the issuer itself.
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
        Self {
            payer: booking.payer.to_string(),
            fund_kind: booking.fund_kind.number(),
            voucher_number: booking.voucher_number.to_string(),
            amount_fen: booking.amount.get(),
            operator: booking.operator.to_string(),
            reviewer: booking.reviewer.to_string(),
            height: booking.height.get(),
            time_ms: booking.time.as_ms(),
            unbooking: booking.unbooking.as_ref().map(Into::into),
        }
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
            height: Height::new(unbooking.height),
            time: BlockTime::from_ms(unbooking.time_ms),
        })
    }
}
