//! The keys under which the tables of payments have their records.
//!
//! Keys of records by region and day begin with the region, since days are closed and listed by
//! region.

use crate::{
    malformed::{Malformed, fixed},
    storage::{Key, KeyBytes, Record},
    types::{
        BankReference, BeijingDate, DecisionNumber, OrganisationId, PaymentCode, ReceiptCode,
        Region,
    },
};

impl Key for DecisionNumber {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[self.as_str().as_bytes()])
    }
}

impl Key for PaymentCode {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[self.as_str().as_bytes()])
    }
}

impl Key for Region {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[self.as_str().as_bytes()])
    }
}

/// The ASCII characters of the number.
impl Record for DecisionNumber {
    fn encode(&self) -> Vec<u8> {
        self.as_str().as_bytes().to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let text = str::from_utf8(bytes)
            .map_err(|error| Malformed::new("decision number", error.to_string()))?;
        Self::parse("decision number", text.to_owned())
    }
}

/// The serial of the last payment code of an area and year, u64 big-endian.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PaymentSerial(pub u64);

impl Record for PaymentSerial {
    fn encode(&self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        Ok(Self(
            fixed("payment serial", bytes).map(u64::from_be_bytes)?,
        ))
    }
}

/// Text with zeros behind it, so that all keys of a walked table have one length.
fn padded<const N: usize>(text: &str) -> [u8; N] {
    let mut bytes = [0; N];
    for (byte, character) in bytes.iter_mut().zip(text.bytes()) {
        *byte = character;
    }
    bytes
}

/// A place in an agency's list: agency (18) ‖ date (u32 big-endian) ‖ decision number
/// (20, zeros behind).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoticeListKey {
    /// The agency.
    pub agency: OrganisationId,
    /// The Beijing date of creation.
    pub date: BeijingDate,
    /// The notice.
    pub decision_number: DecisionNumber,
}

impl Key for NoticeListKey {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[
            self.agency.as_bytes(),
            &self.date.get().to_be_bytes(),
            &padded::<{ DecisionNumber::BYTES_MAX }>(self.decision_number.as_str()),
        ])
    }
}

/// An area and the last two digits of a year: area (6) ‖ year (2 ASCII).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SerialKey {
    area: Region,
    year: u32,
}

impl SerialKey {
    /// The key of a year, of which the last two digits count.
    pub const fn new(area: Region, year: u32) -> Self {
        Self {
            area,
            year: year % 100,
        }
    }

    /// The area.
    pub const fn area(&self) -> &Region {
        &self.area
    }

    /// The last two digits of the year.
    pub const fn year(&self) -> u32 {
        self.year
    }
}

impl Key for SerialKey {
    fn bytes(&self) -> KeyBytes {
        let year = format!("{:02}", self.year);
        KeyBytes::of(&[self.area.as_str().as_bytes(), year.as_bytes()])
    }
}

/// The key of a mandate: centre (18) ‖ agency (18) ‖ receipt code (8).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MandateKey {
    /// The centre that issues.
    pub centre: OrganisationId,
    /// The agency on whose behalf it issues.
    pub agency: OrganisationId,
    /// The receipt code.
    pub receipt_code: ReceiptCode,
}

impl Key for MandateKey {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[
            self.centre.as_bytes(),
            self.agency.as_bytes(),
            self.receipt_code.as_bytes(),
        ])
    }
}

/// A payment at a bank: bank (18) ‖ bank reference (1 to 32).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BankPayment {
    /// The bank.
    pub bank: OrganisationId,
    /// Its number of the payment.
    pub reference: BankReference,
}

impl Key for BankPayment {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[self.bank.as_bytes(), self.reference.as_str().as_bytes()])
    }
}

/// A statement: bank (18) ‖ accounting day (u32 big-endian) ‖ region (6).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatementKey {
    /// The bank.
    pub bank: OrganisationId,
    /// The accounting day.
    pub account_day: BeijingDate,
    /// The region whose account was credited.
    pub region: Region,
}

impl Key for StatementKey {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[
            self.bank.as_bytes(),
            &self.account_day.get().to_be_bytes(),
            self.region.as_str().as_bytes(),
        ])
    }
}

/// A region's day with one bank: region (6) ‖ day (u32 big-endian) ‖ bank (18).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RegionDay {
    /// The region.
    pub region: Region,
    /// The day.
    pub day: BeijingDate,
    /// The bank.
    pub bank: OrganisationId,
}

impl Key for RegionDay {
    fn bytes(&self) -> KeyBytes {
        let day = day_prefix(&self.region, self.day);
        KeyBytes::of(&[&day, self.bank.as_bytes()])
    }
}

/// The prefix of the keys of a region's day: region (6) ‖ day (u32 big-endian).
pub(super) fn day_prefix(region: &Region, day: BeijingDate) -> KeyBytes {
    KeyBytes::of(&[region.as_str().as_bytes(), &day.get().to_be_bytes()])
}

/// An allocation: region (6) ‖ day (u32 big-endian) ‖ agency (18) ‖ bank (18).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AllocationKey {
    /// The region.
    pub region: Region,
    /// The day.
    pub day: BeijingDate,
    /// The agency.
    pub agency: OrganisationId,
    /// The bank.
    pub bank: OrganisationId,
}

impl AllocationKey {
    /// Length in bytes.
    pub(super) const BYTES: usize = 6 + 4 + 18 + 18;
}

impl Key for AllocationKey {
    fn bytes(&self) -> KeyBytes {
        let day = day_prefix(&self.region, self.day);
        KeyBytes::of(&[&day, self.agency.as_bytes(), self.bank.as_bytes()])
    }
}

/// An entry that a day counts as a mismatch: region (6) ‖ day (u32 big-endian) ‖ bank
/// (18) ‖ bank reference (32, zeros behind).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MismatchKey {
    /// The region.
    pub region: Region,
    /// The day.
    pub day: BeijingDate,
    /// The payment.
    pub payment: BankPayment,
}

impl MismatchKey {
    /// Length in bytes.
    pub(super) const BYTES: usize = 6 + 4 + 18 + BankReference::BYTES_MAX;
}

impl Key for MismatchKey {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[
            &day_prefix(&self.region, self.day),
            self.payment.bank.as_bytes(),
            &padded::<{ BankReference::BYTES_MAX }>(self.payment.reference.as_str()),
        ])
    }
}
