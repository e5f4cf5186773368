//! The tables of number ranges.

use super::record::Range;
use crate::{
    malformed::{Malformed, fixed},
    state::{Fault, StateReader, Table},
    storage::{Key, KeyBytes, Record, Records},
    types::{OrganisationId, ReceiptCode, ReceiptId},
};

/// Ranges by receipt code and first number.
pub const RANGES: Records<RangeKey, Range> = Records::new(Table::Ranges);

/// The open ranges of an issuer.
pub const ISSUER_RANGES: Records<IssuerCode, IssuerRanges> = Records::new(Table::IssuerRanges);

/// Most open ranges of one issuer and code. An issue without a number may look through all of them.
pub const OPEN_RANGES_MAX: usize = 64;

/// The range that holds a receipt's number, of any issuer.
///
/// # Errors
/// When the store cannot be read.
pub fn range_of(state: &dyn StateReader, receipt: &ReceiptId) -> Result<Option<Range>, Fault> {
    let key = RangeKey::new(receipt.code, receipt.number.get());
    let below = RANGES.floor(state, &key.bytes())?;
    // The record of an entirely recalled range may lie between a range and the number. It never lies within a range,
    // because a grant removes it.
    Ok(below
        .map(|(_, range)| range)
        .filter(|range| *range.code() == receipt.code && range.contains(receipt.number.get())))
}

/// The key of a range: code (8 ASCII) ‖ first number (u64 big-endian).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RangeKey {
    /// The receipt code.
    pub code: ReceiptCode,
    /// The first number, as granted.
    pub first: u64,
}

impl RangeKey {
    /// The key of the range that begins at `first`.
    pub const fn new(code: ReceiptCode, first: u64) -> Self {
        Self { code, first }
    }
}

impl Key for RangeKey {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[self.code.as_bytes(), &self.first.to_be_bytes()])
    }
}

/// An issuer and a code: issuer (18) ‖ code (8 ASCII).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IssuerCode {
    /// The issuer.
    pub issuer: OrganisationId,
    /// The receipt code.
    pub code: ReceiptCode,
}

impl Key for IssuerCode {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[self.issuer.as_bytes(), self.code.as_bytes()])
    }
}

/// The first numbers of an issuer's open ranges, ascending.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct IssuerRanges(pub(super) Vec<u64>);

impl IssuerRanges {
    /// The first numbers.
    pub fn firsts(&self) -> &[u64] {
        &self.0
    }

    /// The first number of the range that would hold `number`.
    pub(super) fn at_or_below(&self, number: u64) -> Option<u64> {
        let place = self.0.partition_point(|first| *first <= number);
        place
            .checked_sub(1)
            .and_then(|place| self.0.get(place))
            .copied()
    }
}

impl Record for IssuerRanges {
    fn encode(&self) -> Vec<u8> {
        self.0
            .iter()
            .flat_map(|first| first.to_be_bytes())
            .collect()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let firsts = bytes.chunks(size_of::<u64>());
        let firsts = firsts.map(|first| fixed("issuer ranges", first).map(u64::from_be_bytes));
        firsts.collect::<Result<_, _>>().map(Self)
    }
}
