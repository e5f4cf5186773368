//! The record of a receipt: facts, in the order in which they happened.

use bytes::Bytes;

use super::facts::{
    AccountingFacts, ArchiveEntry, Delivery, NotedVerification, PaperExchange, Reservation,
    UseAudit,
};
use crate::{
    chain::{Hash, Height},
    fields::field,
    malformed::{Malformed, fixed},
    types::{
        BeijingDate, BeijingTime, BlockTime, BusinessNumber, ClaimNumber, Fen, FundKind, Operator,
        OrganisationId, Reason, ReceiptId, Settlement, VoucherNumber,
    },
};

/// Most bookings of a receipt, including reservations and bookings that were taken back. It bounds the record, which
/// every action on the receipt writes anew. A booking has about 200 bytes, one that was taken back and whose payer is gone
/// at most 1,600. With every list full and every text at its longest, a record has 177,130 bytes.
pub const BOOKINGS_MAX: usize = 64;

/// Most bookings of a receipt with those that a late word of a bank made. Such a word is a fact, so it may find no room
/// kept for it.
pub const LATE_BOOKINGS_MAX: usize = 96;

/// The salted hash of a check code (校验码).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CheckCodeHash {
    /// 16 random bytes.
    pub salt: [u8; 16],
    /// `SHA-256("piaolian/check-code/v1" ‖ salt ‖ check code)`.
    pub hash: Hash,
}

impl CheckCodeHash {
    /// Takes the values of a message's fields.
    pub(crate) fn parse(salt: &[u8], hash: &[u8]) -> Result<Self, Malformed> {
        Ok(Self {
            salt: fixed("check_code_salt", salt)?,
            hash: Hash::parse("check_code_hash", hash)?,
        })
    }

    /// The hash of a check code with `salt`.
    pub fn hash_of(salt: &[u8; 16], check_code: &str) -> Hash {
        Hash::tagged("piaolian/check-code/v1", &[salt, check_code.as_bytes()])
    }

    /// Whether `check_code` is the one that was hashed.
    #[must_use]
    pub fn matches(&self, check_code: &str) -> bool {
        Self::hash_of(&self.salt, check_code) == self.hash
    }
}

field!(
    CheckCodeHash: (Bytes, Bytes),
    |code| (code.salt.to_vec().into(), code.hash.into()),
    |_, (salt, hash)| Self::parse(&salt, &hash)
);

/// An exclusive claim lock (锁定).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClaimLock {
    /// The organisation that holds it.
    pub owner: OrganisationId,
    /// The owner's number of the claim.
    pub claim_number: ClaimNumber,
    /// It ends when block time reaches this.
    pub until: BlockTime,
}

impl ClaimLock {
    /// Whether it holds at `now`.
    pub fn is_live(&self, now: BlockTime) -> bool {
        now < self.until
    }
}

/// A reimbursement, booked (入账).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Booking {
    /// The insurer or reimbursing unit that paid.
    pub payer: OrganisationId,
    /// The kind of fund that paid.
    pub fund_kind: FundKind,
    /// The payer's voucher.
    pub voucher_number: VoucherNumber,
    /// The amount; of a claim all that the bank paid for the order.
    pub amount: Fen,
    /// 经办
    pub operator: Operator,
    /// 复核
    pub reviewer: Operator,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
    /// Set once taken off: entered in error, or struck.
    pub unbooking: Option<Unbooking>,
    /// The order by which it was paid; 0 if it was booked by hand.
    pub payout_number: u32,
    /// The part of the amount that must come back (追回), over all its recoveries.
    pub recovery: Fen,
    /// The part of the amount that came back by confirmed returns.
    pub returned: Fen,
    /// Set once its payer is gone. The booking goes on counting.
    pub payer_gone: Option<PayerGone>,
    /// On the new receipt of a reissue: the receipt on which the payer booked it.
    pub carried_from: Option<ReceiptId>,
    /// On a reissued original: the new receipt, where the booking counts from then on.
    pub carried_to: Option<ReceiptId>,
    /// The entry in the payer's books.
    pub accounting: AccountingFacts,
}

impl Booking {
    /// The date of the voucher, or else of the block.
    pub fn date(&self) -> BeijingDate {
        let voucher_date = self.accounting.voucher_date;
        voucher_date.unwrap_or_else(|| BeijingDate::at(self.time))
    }

    /// The amount that is out and counts here: 0 once the booking was taken off, all of it came back, or a reissue
    /// carried it to another receipt.
    pub fn out(&self) -> Fen {
        if self.unbooking.is_some() || self.carried_to.is_some() {
            return Fen::ZERO;
        }
        let out = self.amount.checked_sub(self.returned);
        out.expect("no more comes back than was paid")
    }

    /// The part of what is out that must come back and has not.
    pub fn open_recovery(&self) -> Fen {
        let open = self.recovery.checked_sub(self.returned);
        open.unwrap_or(Fen::ZERO).max(Fen::ZERO).min(self.out())
    }

    /// The part of what is out that stands: no recovery names it.
    pub fn standing(&self) -> Fen {
        let standing = self.out().checked_sub(self.open_recovery());
        standing.expect("a recovery is a part of what is out")
    }

    /// Opens a recovery over a part of what stands, at most all of it.
    pub(crate) fn recover(&mut self, part: Fen) {
        let part = part.min(self.standing());
        let open = self.open_recovery().checked_add(part);
        let recovery = open.and_then(|open| open.checked_add(self.returned));
        self.recovery = recovery.expect("a recovery is a part of the amount");
    }

    /// Gives a recovery up in part, at most all of what is open.
    pub(crate) fn keep(&mut self, part: Fen) {
        let open = self
            .open_recovery()
            .checked_sub(part.min(self.open_recovery()));
        let recovery = open.and_then(|open| open.checked_add(self.returned));
        self.recovery = recovery.expect("a recovery is a part of the amount");
    }
}

/// Finance's mark on a paid booking whose payer is gone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PayerGone {
    /// The finance bureau.
    pub organisation: OrganisationId,
    /// The reason.
    pub reason: Reason,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

/// A booking taken off: entered in error (撤销入账), or struck by finance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unbooking {
    /// The reason.
    pub reason: Reason,
    /// 经办, when named.
    pub operator: Option<Operator>,
    /// 复核
    pub reviewer: Operator,
    /// The hash of the evidence, if finance struck the booking.
    pub evidence_hash: Option<Hash>,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

/// Longest details that an issuer commits to, as it encoded them, bytes: the longest national
/// file of 8 MiB, and the paths of its unknown parts.
pub const DETAILS_BYTES_MAX: usize = 9 << 20;

/// A receipt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// Code and number.
    pub id: ReceiptId,
    /// The issuer.
    pub issuer: OrganisationId,
    /// The agency on whose behalf it was issued; `None`: the issuer itself.
    pub agency: Option<OrganisationId>,
    /// The issuer's number of the business.
    pub business_number: BusinessNumber,
    /// When it was issued, in Beijing.
    pub issue_date: BeijingDate,
    /// The time of day.
    pub issue_time: BeijingTime,
    /// Negative on a reversal receipt.
    pub total: Fen,
    /// The amounts paid at settlement.
    pub settlement: Settlement,
    /// The salted hash of the check code.
    pub check_code: CheckCodeHash,
    /// `SHA-256("piaolian/details/v1" ‖ salt (32) ‖ details)`, the details as the issuer
    /// encoded them.
    pub details_commitment: Hash,
    /// Names the attachment that holds the details, encrypted for those who may read them:
    /// `SHA-256("piaolian/attachment/v1" ‖ bytes)`. Finance's seal does not cover it.
    pub attachment_hash: Option<Hash>,
    /// The block that issued it.
    pub issued_height: Height,
    /// Its place among the receipts of that block, from 0.
    pub issued_index: u32,
    /// The reversal receipt, on an original that was reversed.
    pub reversed_by: Option<ReceiptId>,
    /// The original, on a reversal receipt.
    pub reverses: Option<ReceiptId>,
    /// The original, on a receipt that a reissue issued.
    pub replaces: Option<ReceiptId>,
    /// The new receipt, on an original that was reissued.
    pub replaced_by: Option<ReceiptId>,
    /// The last lock, which may have expired.
    pub lock: Option<ClaimLock>,
    /// The bookings in order, those taken back included.
    pub bookings: Vec<Booking>,
    /// The reservations of decided claims: amounts that wait for their bank, and those of 0.
    pub reservations: Vec<Reservation>,
    /// The first delivery.
    pub delivery: Option<Delivery>,
    /// The exchanges for paper in order. Only the last may lack its return.
    pub papers: Vec<PaperExchange>,
    /// Finance's audit of its use.
    pub use_audit: Option<UseAudit>,
    /// The archive entries, one for each organisation that archived it.
    pub archives: Vec<ArchiveEntry>,
    /// The last verification that a payer noted.
    pub verification: Option<NotedVerification>,
}

impl Receipt {
    /// The lock that holds at `now`.
    pub fn live_lock(&self, now: BlockTime) -> Option<&ClaimLock> {
        self.lock.as_ref().filter(|lock| lock.is_live(now))
    }

    /// The bookings of which money is out, in order.
    pub fn live_bookings(&self) -> impl DoubleEndedIterator<Item = &Booking> {
        self.bookings
            .iter()
            .filter(|booking| booking.out().is_positive())
    }

    /// The place of the booking of a payer's voucher and order: the one that was not taken off, if there is one.
    pub(crate) fn place_of(
        &self,
        payer: OrganisationId,
        voucher: &VoucherNumber,
        payout: u32,
    ) -> Option<usize> {
        let is_of = |own: &Booking| {
            own.payer == payer && own.voucher_number == *voucher && own.payout_number == payout
        };
        let live = |own: &Booking| is_of(own) && own.unbooking.is_none();
        let place = self.bookings.iter().position(live);
        place.or_else(|| self.bookings.iter().position(is_of))
    }

    /// The sum that is out. It may be more than may be claimed by what open recoveries name.
    pub fn booked(&self) -> Fen {
        Fen::checked_sum(self.live_bookings().map(Booking::out)).unwrap_or(Fen::new(i64::MAX))
    }

    /// The sum that must come back and has not.
    pub fn open_recovery(&self) -> Fen {
        Fen::checked_sum(self.bookings.iter().map(Booking::open_recovery))
            .unwrap_or(Fen::new(i64::MAX))
    }

    /// The reservations of more than 0, in order: their banks have not confirmed yet.
    pub fn pending(&self) -> impl DoubleEndedIterator<Item = &Reservation> {
        self.reservations
            .iter()
            .filter(|reserved| reserved.amount.is_positive())
    }

    /// The sum of the reservations.
    pub fn reserved(&self) -> Fen {
        Fen::checked_sum(self.reservations.iter().map(|reserved| reserved.amount))
            .expect("bookings and reservations never exceed the total")
    }

    /// The paper exchange whose paper has not come back.
    pub fn paper(&self) -> Option<&PaperExchange> {
        self.papers.last().filter(|paper| paper.returned.is_none())
    }

    /// The organisation's archive entry for it.
    pub fn archived_by(&self, organisation: OrganisationId) -> Option<&ArchiveEntry> {
        let own = |entry: &&ArchiveEntry| entry.organisation == organisation;
        self.archives.iter().find(own)
    }

    /// The bytes under finance's seal: `"piaolian/issued/v1" ‖ code (8) ‖ number (10) ‖
    /// issuer (18) ‖ agency (18, or zeros) ‖ u32_be(issue date) ‖ u32_be(issue time) ‖ i64_be(total
    /// in fen) ‖ details commitment (32) ‖ check code hash (32)`.
    pub fn issued_bytes(&self) -> Vec<u8> {
        let agency = self
            .agency
            .as_ref()
            .map_or([0; OrganisationId::BYTES], |agency| *agency.as_bytes());
        [
            b"piaolian/issued/v1",
            &self.id.key()[..],
            self.issuer.as_bytes(),
            &agency,
            &self.issue_date.get().to_be_bytes(),
            &self.issue_time.get().to_be_bytes(),
            &self.total.get().to_be_bytes(),
            self.details_commitment.as_bytes(),
            self.check_code.hash.as_bytes(),
        ]
        .concat()
    }

    /// The leaf of the issuance tree: SHA-256 of the [issued bytes](Self::issued_bytes).
    pub fn issued_hash(&self) -> Hash {
        Hash::sha256(&[&self.issued_bytes()])
    }
}
