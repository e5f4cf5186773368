//! The record of a range.

use piaolian_proto::v1 as proto;

use crate::{
    malformed::Malformed,
    storage::stored_as,
    types::{OrganisationId, ReceiptCode, ReceiptNumber},
};

/// Numbers granted to an issuer, and the extent of their use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Range {
    issuer: OrganisationId,
    granted_by: OrganisationId,
    code: ReceiptCode,
    first: u64,
    /// The size of the range; 0 once it is recalled whole.
    length: u64,
    next: u64,
    used_below: u64,
    used_count: u64,
    recalled_count: u64,
}

impl Range {
    /// A range just granted. `first` is at most `last`.
    pub(super) fn granted(
        granted_by: OrganisationId,
        issuer: OrganisationId,
        code: ReceiptCode,
        first: ReceiptNumber,
        last: ReceiptNumber,
    ) -> Self {
        Self {
            issuer,
            granted_by,
            code,
            first: first.get(),
            length: last.get().saturating_sub(first.get()).saturating_add(1),
            next: first.get(),
            used_below: first.get(),
            used_count: 0,
            recalled_count: 0,
        }
    }

    /// The issuer that the numbers were granted to.
    pub const fn issuer(&self) -> &OrganisationId {
        &self.issuer
    }

    /// The finance bureau that granted it, and so supervises what is issued from it.
    pub const fn granted_by(&self) -> &OrganisationId {
        &self.granted_by
    }

    /// The receipt code.
    pub const fn code(&self) -> &ReceiptCode {
        &self.code
    }

    /// The first number, as granted.
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// One above the last number that remains.
    pub const fn end(&self) -> u64 {
        self.first.saturating_add(self.length)
    }

    /// The last number that remains; `None` once the range is recalled whole.
    pub const fn last(&self) -> Option<u64> {
        if self.length == 0 {
            None
        } else {
            Some(self.end().saturating_sub(1))
        }
    }

    /// The number that is tried first when an issue names none.
    pub const fn next(&self) -> u64 {
        self.next
    }

    /// One above the highest number in use; the first when none is.
    pub const fn used_below(&self) -> u64 {
        self.used_below
    }

    /// The count of numbers in use.
    pub const fn used_count(&self) -> u64 {
        self.used_count
    }

    /// Numbers taken back from the end of the grant.
    pub const fn recalled_count(&self) -> u64 {
        self.recalled_count
    }

    /// Whether the range has an unused number.
    pub const fn is_open(&self) -> bool {
        self.used_count < self.length
    }

    /// Whether `number` belongs to it.
    pub const fn contains(&self, number: u64) -> bool {
        self.first <= number && number < self.end()
    }

    /// Marks an unused number of the range as used.
    pub(super) fn mark_used(&mut self, number: u64) {
        let above = number.saturating_add(1);
        self.used_count = self.used_count.saturating_add(1);
        self.used_below = self.used_below.max(above);
        if self.next == number {
            self.next = above;
        }
    }

    /// Notes that every number from the next one up to `number` is used.
    pub(super) fn skip_to(&mut self, number: u64) {
        self.next = self.next.max(number);
    }

    /// Takes back all numbers from `from` on, which are unused.
    pub(super) fn recall(&mut self, from: u64) {
        let taken = self.end().saturating_sub(from);
        self.recalled_count = self.recalled_count.saturating_add(taken);
        self.length = self.length.saturating_sub(taken);
    }
}

stored_as!(Range: proto::RangeRecord, "range");

/// A range recalled whole has `last_number + 1 = first_number`, modulo 2^64 when
/// its first number was 0.
impl From<&Range> for proto::RangeRecord {
    fn from(range: &Range) -> Self {
        Self {
            issuer: range.issuer.to_string(),
            receipt_code: range.code.to_string(),
            first_number: range.first,
            last_number: range.end().wrapping_sub(1),
            next_number: range.next,
            used_below: range.used_below,
            used_count: range.used_count,
            recalled_count: range.recalled_count,
            granted_by: range.granted_by.to_string(),
        }
    }
}

impl TryFrom<proto::RangeRecord> for Range {
    type Error = Malformed;

    fn try_from(record: proto::RangeRecord) -> Result<Self, Malformed> {
        Ok(Self {
            issuer: OrganisationId::parse("issuer", &record.issuer)?,
            code: ReceiptCode::parse("receipt_code", &record.receipt_code)?,
            first: record.first_number,
            length: record
                .last_number
                .wrapping_add(1)
                .wrapping_sub(record.first_number),
            next: record.next_number,
            used_below: record.used_below,
            used_count: record.used_count,
            recalled_count: record.recalled_count,
            granted_by: OrganisationId::parse("granted_by", &record.granted_by)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Record;

    fn range(first: u64, last: u64) -> Range {
        let number = |number| ReceiptNumber::parse("", number).unwrap();
        Range::granted(
            "91440300708461136T".parse().unwrap(),
            "91350100M000100Y43".parse().unwrap(),
            "11010125".parse().unwrap(),
            number(first),
            number(last),
        )
    }

    #[test]
    fn using_numbers_moves_the_marks() {
        let mut range = range(10, 12);
        range.mark_used(11);
        assert_eq!(
            (range.next(), range.used_below(), range.used_count()),
            (10, 12, 1)
        );
        range.mark_used(10);
        assert_eq!(
            (range.next(), range.used_below(), range.used_count()),
            (11, 12, 2)
        );
        assert!(range.is_open());
        range.mark_used(12);
        assert!(!range.is_open());
        assert!(range.contains(12) && !range.contains(13) && !range.contains(9));
    }

    #[test]
    fn a_range_recalled_whole_round_trips_even_from_number_zero() {
        for first in [0, 7] {
            let mut range = range(first, first + 4);
            range.recall(first + 3);
            assert_eq!((range.last(), range.recalled_count()), (Some(first + 2), 2));
            assert_eq!(Range::decode(&range.encode()).unwrap(), range);
            range.recall(first);
            assert_eq!((range.last(), range.recalled_count()), (None, 5));
            assert!(!range.is_open() && !range.contains(first));
            let record = proto::RangeRecord::from(&range);
            assert_eq!(record.last_number.wrapping_add(1), record.first_number);
            assert_eq!(Range::decode(&range.encode()).unwrap(), range);
        }
    }
}
