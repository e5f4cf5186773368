//! The record of running totals.

use super::share::Share;
use crate::{
    receipts::record::Receipt,
    state::Table,
    storage::{Key, KeyBytes, Records},
    types::{BeijingDate, Fen, OrganisationId, ReceiptKind, Region},
};

/// Running totals by issue date, issuer and kind.
pub const TOTALS: Records<TotalsKey, Totals> = Records::new(Table::Totals);

/// The class of a receipt in the totals, by its facts alone. If several variants apply, the last of them counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TotalsClass {
    /// None of the following applies.
    Issued,
    /// There is a live booking.
    Booked,
    /// It is in an archive, whether or not something is booked.
    Archived,
    /// A decided claim waits for its bank.
    Reserved,
    /// Its paper is out.
    OnPaper,
    /// It was reversed.
    Reversed,
    /// It is a reversal receipt.
    ReversalReceipt,
}

impl TotalsClass {
    /// Every class.
    pub const ALL: [Self; 7] = [
        Self::Issued,
        Self::Booked,
        Self::Archived,
        Self::Reserved,
        Self::OnPaper,
        Self::Reversed,
        Self::ReversalReceipt,
    ];

    /// The class of a receipt.
    pub fn of(receipt: &Receipt) -> Self {
        if receipt.reverses.is_some() {
            Self::ReversalReceipt
        } else if receipt.reversed_by.is_some() {
            Self::Reversed
        } else if receipt.paper().is_some() {
            Self::OnPaper
        } else if receipt.pending().next().is_some() {
            Self::Reserved
        } else if !receipt.archives.is_empty() {
            Self::Archived
        } else if receipt.live_bookings().next().is_some() {
            Self::Booked
        } else {
            Self::Issued
        }
    }

    /// The place in [`TotalsClass::ALL`].
    const fn place(self) -> usize {
        match self {
            Self::Issued => 0,
            Self::Booked => 1,
            Self::Archived => 2,
            Self::Reserved => 3,
            Self::OnPaper => 4,
            Self::Reversed => 5,
            Self::ReversalReceipt => 6,
        }
    }
}

/// A number of receipts and their sum.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sum {
    /// The number of receipts.
    pub count: u64,
    /// Their sum.
    pub sum: Fen,
}

impl Sum {
    /// A count of one with this amount.
    pub const fn one(amount: Fen) -> Self {
        Self {
            count: 1,
            sum: amount,
        }
    }

    /// Both together, or `None` when they do not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        Some(Self {
            count: self.count.checked_add(other.count)?,
            sum: self.sum.checked_add(other.sum)?,
        })
    }

    /// This without the other, or `None` when the other is not a part of it.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        Some(Self {
            count: self.count.checked_sub(other.count)?,
            sum: self.sum.checked_sub(other.sum)?,
        })
    }
}

/// The key of receipts that are counted together: issue date (u32 big-endian) ‖ issuer (18) ‖
/// category and kind (4 ASCII).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct TotalsKey {
    /// The issue date, in Beijing.
    pub issue_date: BeijingDate,
    /// The issuer.
    pub issuer: OrganisationId,
    /// Category and kind.
    pub kind: ReceiptKind,
}

impl TotalsKey {
    /// Length in bytes.
    pub const BYTES: usize = size_of::<u32>() + OrganisationId::BYTES + ReceiptKind::BYTES;

    /// The key of the totals that count a receipt.
    pub const fn of(receipt: &Receipt) -> Self {
        Self {
            issue_date: receipt.issue_date,
            issuer: receipt.issuer,
            kind: receipt.id.code.kind(),
        }
    }
}

impl Key for TotalsKey {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[
            &self.issue_date.get().to_be_bytes(),
            self.issuer.as_bytes(),
            self.kind.as_bytes(),
        ])
    }
}

/// The totals of an issuer's receipts of one kind and issue date.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Totals {
    /// The key of the receipts.
    pub key: TotalsKey,
    /// The issuer's administrative division.
    pub region: Region,
    pub(super) classes: [Sum; TotalsClass::ALL.len()],
    /// The number that was delivered, in any class.
    pub delivered: u64,
    /// The number whose use was audited.
    pub audited: u64,
    /// The number that is in an archive.
    pub archived: u64,
    /// Live bookings.
    pub bookings: Sum,
    /// Reservations.
    pub reservations: Sum,
}

impl Totals {
    /// Nothing counted yet.
    pub(super) fn none(key: TotalsKey, region: Region) -> Self {
        Self {
            key,
            region,
            classes: Default::default(),
            delivered: 0,
            audited: 0,
            archived: 0,
            bookings: Sum::default(),
            reservations: Sum::default(),
        }
    }

    /// The receipts of one class.
    pub const fn of_class(&self, class: TotalsClass) -> Sum {
        self.classes[class.place()]
    }

    /// Whether the sum of all receipts except reversal receipts fits. Then no class can overflow, however the receipts
    /// move between classes.
    pub(super) fn fits(&self) -> bool {
        let issued = TotalsClass::ALL.into_iter();
        let mut issued = issued.filter(|class| *class != TotalsClass::ReversalReceipt);
        issued
            .try_fold(Sum::default(), |sum, class| {
                sum.checked_add(self.of_class(class))
            })
            .is_some()
    }

    /// These totals with one more share; `None` when a sum does not fit.
    pub(super) fn with(self, share: &Share) -> Option<Self> {
        self.moved(share, Sum::checked_add, u64::checked_add)
    }

    /// Returns these totals without one receipt's share; `None` if the share is not a part of them.
    pub(super) fn without(self, share: &Share) -> Option<Self> {
        self.moved(share, Sum::checked_sub, u64::checked_sub)
    }

    fn moved(
        mut self,
        share: &Share,
        sum: fn(Sum, Sum) -> Option<Sum>,
        count: fn(u64, u64) -> Option<u64>,
    ) -> Option<Self> {
        let of_class = &mut self.classes[share.class.place()];
        *of_class = sum(*of_class, Sum::one(share.total))?;
        self.delivered = count(self.delivered, u64::from(share.delivered))?;
        self.audited = count(self.audited, u64::from(share.audited))?;
        self.archived = count(self.archived, u64::from(share.archived))?;
        self.bookings = sum(self.bookings, share.bookings)?;
        self.reservations = sum(self.reservations, share.reservations)?;
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_stand_at_their_places() {
        for (place, class) in TotalsClass::ALL.into_iter().enumerate() {
            assert_eq!(class.place(), place);
        }
    }
}
