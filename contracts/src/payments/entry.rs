//! A movement of money at a bank, as reported and as stated, and the class in which it counts. Reported is a payment of a
//! notice, or a payout of a claim or the return of a booking; money that left the account counts below 0.
//!
//! ```text
//!   reported   stated    region   amount
//!   yes        –                            reported only
//!   –          yes                          stated only
//!   yes        yes       same     same      matched            in the later of the two days
//!   yes        yes       same     differs   amount differs     in the later of the two days
//!   yes        yes       differs            reported only and stated only, each where it is
//! ```
//!
//! The bank's reference pairs the two sides. The notice that a statement line names is kept only to investigate a
//! mismatch. A side counts in its accounting day, or in its region's first open day if the accounting day is closed. So
//! the later of the two days is always open when the second side arrives. While both days are open, the order of
//! arrival makes no difference.

use crate::{
    chain::Height,
    types::{
        BankReference, BeijingDate, BlockTime, DecisionNumber, Fen, OrganisationId, ReceiptId,
        Region, StatedNotice,
    },
};

/// A movement of money at a bank. At most one of `reported` and `moved` is set: a reference stands for one movement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BankEntry {
    /// The bank.
    pub bank: OrganisationId,
    /// Its number of the movement.
    pub bank_reference: BankReference,
    /// The accepted report of a payment, if there is one.
    pub reported: Option<Reported>,
    /// The confirmed payout or return, if there is one.
    pub moved: Option<Moved>,
    /// The line of a statement, if there is one.
    pub stated: Option<Stated>,
}

/// An accepted report, which is receipted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reported {
    /// The notice that it paid.
    pub decision_number: DecisionNumber,
    /// The agency that is owed.
    pub agency: OrganisationId,
    /// The region that owns the money.
    pub region: Region,
    /// The region in which the bank took it.
    pub handled_region: Region,
    /// The amount.
    pub amount: Fen,
    /// The bank's time.
    pub paid: BlockTime,
    /// The bank's accounting day.
    pub account_day: BeijingDate,
    /// The day that it counts in.
    pub posted_day: BeijingDate,
    /// The receipt that it issued.
    pub receipt: ReceiptId,
    /// The block that took it.
    pub height: Height,
}

/// A payout of a claim, or the return of a booking, as a bank confirmed it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Moved {
    /// The insurer of the claim, or the payer of the booking.
    pub payer: OrganisationId,
    /// The payer's region then.
    pub region: Region,
    /// Below 0: money left the payer's account.
    pub amount: Fen,
    /// The bank's time.
    pub moved: BlockTime,
    /// The Beijing date of that time.
    pub account_day: BeijingDate,
    /// The day that it counts in.
    pub posted_day: BeijingDate,
    /// The block that took it.
    pub height: Height,
}

/// A line of a bank's statement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stated {
    /// The notice, claim or voucher that the movement is for, as the bank has it.
    pub notice: StatedNotice,
    /// The region whose account it moved.
    pub region: Region,
    /// The amount; below 0 when money left.
    pub amount: Fen,
    /// The accounting day of the statement.
    pub account_day: BeijingDate,
    /// The day that it counts in.
    pub posted_day: BeijingDate,
    /// The block that took it.
    pub height: Height,
}

impl Reported {
    /// Whether its accounting day was closed when it came.
    pub fn is_late(&self) -> bool {
        self.posted_day != self.account_day
    }
}

impl Stated {
    /// Whether its accounting day was closed when it came.
    pub fn is_late(&self) -> bool {
        self.posted_day != self.account_day
    }
}

/// The class that a payment counts as.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[repr(u8)]
pub enum Class {
    /// 相符
    Matched = 1,
    /// 银行有、执收单位无: stated, and no report was accepted.
    StatedOnly = 2,
    /// 执收单位有、银行无: reported and receipted, and not stated.
    ReportedOnly = 3,
    /// 金额不符
    AmountDiffers = 4,
}

impl Class {
    /// Every class, in order.
    pub const ALL: [Self; 4] = [
        Self::Matched,
        Self::StatedOnly,
        Self::ReportedOnly,
        Self::AmountDiffers,
    ];

    /// The number in records.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// The region's day in which a payment counts, and its class there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CountedAs {
    /// The region.
    pub region: Region,
    /// Its day.
    pub day: BeijingDate,
    /// The class.
    pub class: Class,
    /// The reported amount; 0 if the class is stated only.
    pub reported: Fen,
    /// The stated amount; 0 if the class is reported only.
    pub stated: Fen,
}

/// The facts by which the two sides are compared.
#[derive(Clone, Copy)]
struct Side<'a> {
    region: &'a Region,
    posted_day: BeijingDate,
    amount: Fen,
}

impl CountedAs {
    fn reported_only(reported: Side<'_>) -> Self {
        Self {
            region: reported.region.clone(),
            day: reported.posted_day,
            class: Class::ReportedOnly,
            reported: reported.amount,
            stated: Fen::ZERO,
        }
    }

    fn stated_only(stated: Side<'_>) -> Self {
        Self {
            region: stated.region.clone(),
            day: stated.posted_day,
            class: Class::StatedOnly,
            reported: Fen::ZERO,
            stated: stated.amount,
        }
    }

    fn paired(reported: Side<'_>, stated: Side<'_>) -> Self {
        let same = reported.amount == stated.amount;
        Self {
            region: reported.region.clone(),
            day: reported.posted_day.max(stated.posted_day),
            class: if same {
                Class::Matched
            } else {
                Class::AmountDiffers
            },
            reported: reported.amount,
            stated: stated.amount,
        }
    }
}

impl BankEntry {
    /// Makes an entry without a side.
    pub(super) const fn new(bank: OrganisationId, bank_reference: BankReference) -> Self {
        Self {
            bank,
            bank_reference,
            reported: None,
            moved: None,
            stated: None,
        }
    }

    /// The side that was reported: a payment, or a payout or return.
    fn reported_side(&self) -> Option<Side<'_>> {
        let payment = self.reported.as_ref().map(|it| Side {
            region: &it.region,
            posted_day: it.posted_day,
            amount: it.amount,
        });
        let of_moved = || {
            self.moved.as_ref().map(|it| Side {
                region: &it.region,
                posted_day: it.posted_day,
                amount: it.amount,
            })
        };
        payment.or_else(of_moved)
    }

    fn stated_side(&self) -> Option<Side<'_>> {
        self.stated.as_ref().map(|it| Side {
            region: &it.region,
            posted_day: it.posted_day,
            amount: it.amount,
        })
    }

    /// Returns the days and classes in which the entry counts. It counts once, or twice if the sides name different
    /// regions. No other code decides this.
    pub fn counted_as(&self) -> Vec<CountedAs> {
        match (self.reported_side(), self.stated_side()) {
            (None, None) => vec![],
            (Some(reported), None) => vec![CountedAs::reported_only(reported)],
            (None, Some(stated)) => vec![CountedAs::stated_only(stated)],
            (Some(reported), Some(stated)) if reported.region == stated.region => {
                vec![CountedAs::paired(reported, stated)]
            }
            (Some(reported), Some(stated)) => {
                vec![
                    CountedAs::reported_only(reported),
                    CountedAs::stated_only(stated),
                ]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: u32 = 20_261_122;

    fn date(date: u32) -> BeijingDate {
        BeijingDate::parse("", date).unwrap()
    }

    fn reported(region: &str, day: u32, amount: i64) -> Reported {
        Reported {
            decision_number: "350100202600017".parse().unwrap(),
            agency: "91350100M000100Y43".parse().unwrap(),
            region: region.parse().unwrap(),
            handled_region: "350200".parse().unwrap(),
            amount: Fen::new(amount),
            paid: BlockTime::from_ms(1),
            account_day: date(20_261_121),
            posted_day: date(day),
            receipt: ReceiptId::from_key(b"350601260000000001").unwrap(),
            height: Height::new(1),
        }
    }

    fn stated(region: &str, day: u32, amount: i64) -> Stated {
        Stated {
            notice: "350100202600017".parse().unwrap(),
            region: region.parse().unwrap(),
            amount: Fen::new(amount),
            account_day: date(20_261_121),
            posted_day: date(day),
            height: Height::new(1),
        }
    }

    fn entry() -> BankEntry {
        BankEntry::new("91440300708461136T".parse().unwrap(), "B1".parse().unwrap())
    }

    fn classes(reported: Option<Reported>, stated: Option<Stated>) -> Vec<(Class, u32)> {
        let mut entry = entry();
        (entry.reported, entry.stated) = (reported, stated);
        let counted_as = entry.counted_as();
        counted_as
            .iter()
            .map(|it| (it.class, it.day.get()))
            .collect()
    }

    #[test]
    fn each_combination_of_sides_has_its_class() {
        let (report, line) = (
            reported("350100", 20_261_121, 5),
            stated("350100", LATER, 5),
        );
        assert_eq!(classes(None, None), []);
        assert_eq!(
            classes(Some(report.clone()), None),
            [(Class::ReportedOnly, 20_261_121)]
        );
        assert_eq!(
            classes(None, Some(line.clone())),
            [(Class::StatedOnly, LATER)]
        );
        assert_eq!(
            classes(Some(report.clone()), Some(line)),
            [(Class::Matched, LATER)]
        );
        let less = stated("350100", 20_261_120, 4);
        assert_eq!(
            classes(Some(report.clone()), Some(less)),
            [(Class::AmountDiffers, 20_261_121)]
        );
        let elsewhere = stated("350200", LATER, 5);
        assert_eq!(
            classes(Some(report), Some(elsewhere)),
            [
                (Class::ReportedOnly, 20_261_121),
                (Class::StatedOnly, LATER)
            ]
        );
    }

    #[test]
    fn a_payout_is_compared_with_the_line_of_money_that_left() {
        let mut entry = entry();
        entry.moved = Some(Moved {
            payer: "91350100M000100Y43".parse().unwrap(),
            region: "350100".parse().unwrap(),
            amount: Fen::new(-5),
            moved: BlockTime::from_ms(1),
            account_day: date(20_261_121),
            posted_day: date(20_261_121),
            height: Height::new(1),
        });
        let classes = |entry: &BankEntry| -> Vec<_> {
            let counted_as = entry.counted_as();
            counted_as
                .iter()
                .map(|it| (it.class, it.reported.get(), it.stated.get()))
                .collect()
        };
        assert_eq!(classes(&entry), [(Class::ReportedOnly, -5, 0)]);
        entry.stated = Some(stated("350100", LATER, -5));
        assert_eq!(classes(&entry), [(Class::Matched, -5, -5)]);
        entry.stated = Some(stated("350100", LATER, 5));
        assert_eq!(classes(&entry), [(Class::AmountDiffers, -5, 5)]);
    }
}
