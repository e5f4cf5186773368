//! The plan: 10,000 payments, the errors among them, and the result expected of each.

use std::collections::{BTreeMap, BTreeSet};

use piaolian_contracts::payments::Class;
use piaolian_proto::v1 as proto;

use crate::world::payments::{AGENCY, FINE, Paid, decision, line, paid};

pub const PAYMENTS: u64 = 10_000;
pub const BATCH: usize = 1_000;
pub const BANKS: [&str; 3] = ["bank", "bank2", "bank3"];
pub const REGIONS: [&str; 2] = ["350100", "350200"];
pub const AGENCIES: [&str; 2] = [AGENCY, "police2"];

/// An error that a payment may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Error {
    NotReported,
    NotStated,
    StatedLess,
    ReportedTwice,
    StatedTwice,
    StatedOtherwiseAgain,
    WrongArea,
    UnknownNotice,
    PaidTwice,
    LateFeeOwed,
    WrongAmount,
    Cancelled,
    WrongAccount,
    ReferenceReused,
}

pub const ERRORS: [Error; 14] = [
    Error::NotReported,
    Error::NotStated,
    Error::StatedLess,
    Error::ReportedTwice,
    Error::StatedTwice,
    Error::StatedOtherwiseAgain,
    Error::WrongArea,
    Error::UnknownNotice,
    Error::PaidTwice,
    Error::LateFeeOwed,
    Error::WrongAmount,
    Error::Cancelled,
    Error::WrongAccount,
    Error::ReferenceReused,
];

/// One payment in so many has an error: a hundred of 10,000. Coprime to the numbers of
/// regions, agencies and banks, so that errors meet all of them.
const STEP: u64 = 101;

/// The error of a payment: four in a row have the same, one for each region and agency.
pub fn error(number: u64) -> Option<Error> {
    let turn = usize::try_from(number / STEP).unwrap() / (REGIONS.len() * AGENCIES.len());
    number
        .is_multiple_of(STEP)
        .then_some(ERRORS[turn % ERRORS.len()])
}

pub fn region(number: u64) -> usize {
    usize::try_from(number % 2).unwrap()
}

pub fn bank(number: u64) -> usize {
    usize::try_from(number % 3).unwrap()
}

pub fn agency(number: u64) -> usize {
    usize::try_from(number / 2 % 2).unwrap()
}

pub fn amount(number: u64) -> i64 {
    FINE + i64::try_from(number).unwrap()
}

fn reference(number: u64) -> String {
    format!("B-{number}")
}

/// Everything that happens, and the expected results.
#[derive(Default)]
pub struct Day {
    /// By bank.
    pub reports: [Vec<Paid>; 3],
    /// By bank and region.
    pub lines: BTreeMap<(usize, usize), Vec<proto::StatementLine>>,
    /// Lines that come after all others and are refused.
    pub conflicts: BTreeMap<(usize, usize), Vec<proto::StatementLine>>,
    /// By region, bank and reference.
    pub mismatches: BTreeSet<(usize, usize, String, u8)>,
    /// The name of the rule, and the bank's reference.
    pub refused: BTreeSet<(&'static str, String)>,
    /// The payments reported and stated alike, by region, agency and bank: their number and sum.
    pub matched: BTreeMap<(usize, usize, usize), (u64, i64)>,
    pub receipts: usize,
}

impl Day {
    pub fn plan() -> Self {
        let mut day = Self::default();
        (0..PAYMENTS).for_each(|number| day.pay(number));
        day
    }

    fn report(&mut self, number: u64, alter: impl FnOnce(&mut proto::PaymentReport)) {
        let paid = paid(&reference(number), number).fen(amount(number));
        let own = |paid: &mut proto::PaymentReport| paid.region = REGIONS[region(number)].into();
        self.reports[bank(number)].push(paid.with(own).with(alter));
    }

    fn state(&mut self, number: u64, alter: impl FnOnce(&mut proto::StatementLine)) {
        let mut line = proto::StatementLine {
            amount_fen: amount(number),
            ..line(&reference(number), number)
        };
        alter(&mut line);
        let place = (bank(number), region(number));
        self.lines.entry(place).or_default().push(line);
    }

    fn find(&mut self, number: u64, class: Class) {
        let found = (
            region(number),
            bank(number),
            reference(number),
            class.number(),
        );
        self.mismatches.insert(found);
    }

    /// The report is refused by a rule, so that the bank alone has the payment.
    fn refuse(&mut self, number: u64, rule: &'static str) {
        self.refused.insert((rule, reference(number)));
        self.state(number, |_| ());
        self.find(number, Class::StatedOnly);
    }

    fn match_up(&mut self, number: u64) {
        self.report(number, |_| ());
        self.state(number, |_| ());
        self.count(number);
    }

    fn count(&mut self, number: u64) {
        let place = (region(number), agency(number), bank(number));
        let matched = self.matched.entry(place).or_default();
        *matched = (matched.0 + 1, matched.1 + amount(number));
        self.receipts += 1;
    }

    fn pay(&mut self, number: u64) {
        let Some(error) = error(number) else {
            return self.match_up(number);
        };
        match error {
            Error::NotReported => {
                self.state(number, |_| ());
                self.find(number, Class::StatedOnly);
            }
            Error::NotStated => {
                self.report(number, |_| ());
                self.find(number, Class::ReportedOnly);
                self.receipts += 1;
            }
            Error::StatedLess => {
                self.report(number, |_| ());
                self.state(number, |line| line.amount_fen -= 1);
                self.find(number, Class::AmountDiffers);
                self.receipts += 1;
            }
            Error::ReportedTwice => {
                self.match_up(number);
                self.report(number, |_| ());
            }
            Error::StatedTwice => {
                self.match_up(number);
                self.state(number, |_| ());
            }
            Error::StatedOtherwiseAgain => {
                self.match_up(number);
                let other = proto::StatementLine {
                    amount_fen: 1,
                    ..line(&reference(number), number)
                };
                let place = (bank(number), region(number));
                self.conflicts.entry(place).or_default().push(other);
                self.refused.insert(("LineConflict", reference(number)));
            }
            Error::WrongArea => {
                self.report(number, |paid| paid.region = "360100".to_owned());
                self.refuse(number, "WrongArea");
            }
            Error::UnknownNotice => {
                let unknown = decision(number + 1_000_000);
                self.report(number, |paid| {
                    paid.notice = Some(proto::payment_report::Notice::DecisionNumber(unknown));
                });
                self.refuse(number, "UnknownNotice");
            }
            Error::PaidTwice => {
                self.match_up(number);
                self.pay_again(number);
            }
            Error::LateFeeOwed | Error::Cancelled => {
                let late = error == Error::LateFeeOwed;
                self.report(number, |_| ());
                self.refuse(
                    number,
                    if late {
                        "LateFeeOwed"
                    } else {
                        "NoticeCancelled"
                    },
                );
            }
            Error::WrongAmount => {
                self.report(number, |paid| paid.amount_fen += 1);
                self.refuse(number, "AmountDiffers");
            }
            Error::WrongAccount => {
                self.report(number, |_| ());
                self.find(number, Class::ReportedOnly);
                self.receipts += 1;
                let (bank, there) = (bank(number), 1 - region(number));
                let line = proto::StatementLine {
                    amount_fen: amount(number),
                    ..line(&reference(number), number)
                };
                self.lines.entry((bank, there)).or_default().push(line);
                let class = Class::StatedOnly.number();
                self.mismatches
                    .insert((there, bank, reference(number), class));
            }
            Error::ReferenceReused => {
                // Under the reference of the same bank's payment before it.
                let reused = reference(number - 3);
                self.report(number, |paid| paid.bank_reference = reused.clone());
                self.refused.insert(("ReportConflict", reused));
                self.state(number, |_| ());
                self.find(number, Class::StatedOnly);
            }
        }
    }

    /// The payer pays once more, under another reference.
    fn pay_again(&mut self, number: u64) {
        let again = format!("{}-again", reference(number));
        self.report(number, |paid| paid.bank_reference = again.clone());
        self.state(number, |line| line.bank_reference = again.clone());
        self.refused.insert(("PaidAlready", again.clone()));
        let found = (
            region(number),
            bank(number),
            again,
            Class::StatedOnly.number(),
        );
        self.mismatches.insert(found);
    }
}
