//! A day of 10,000 notices and payments, one in a hundred with a planted error, through
//! whole blocks: each error is found in its class, nothing else is, and no money comes
//! or goes.

#![allow(clippy::disallowed_types)] // a measurement

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use bytes::Bytes;
use piaolian_contracts::{
    organisations::Role,
    payments::{Class, allocations, mismatches, reconciliation},
    receipts::Receipt,
    state::Table,
    storage::Record,
    types::Fen,
};
use piaolian_proto::v1 as proto;

use crate::world::{
    DAY_MS, TODAY, World, name_of,
    payments::{
        AGENCY, FINE, Paid, cancel, close_for, date, decision, line, mandate, notice_item, notices,
        paid, paying_world, report_all, state,
    },
    requests::{Request, grant},
};

const PAYMENTS: u64 = 10_000;
const BATCH: usize = 1_000;
const BANKS: [&str; 3] = ["bank", "bank2", "bank3"];
const REGIONS: [&str; 2] = ["350100", "350200"];
const AGENCIES: [&str; 2] = [AGENCY, "police2"];

/// What may be wrong with a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Error {
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

const ERRORS: [Error; 14] = [
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

/// The error of a payment: every hundredth has one, in turn.
fn error(number: u64) -> Option<Error> {
    let turn = usize::try_from(number / 100).unwrap() % ERRORS.len();
    (number % 100 == 57).then_some(ERRORS[turn])
}

fn region(number: u64) -> usize {
    usize::try_from(number % 2).unwrap()
}

fn bank(number: u64) -> usize {
    usize::try_from(number % 3).unwrap()
}

fn agency(number: u64) -> usize {
    usize::try_from(number / 2 % 2).unwrap()
}

fn amount(number: u64) -> i64 {
    FINE + i64::try_from(number).unwrap()
}

fn reference(number: u64) -> String {
    format!("B-{number}")
}

/// Everything that happens, and what must come of it.
#[derive(Default)]
struct Day {
    /// By bank.
    reports: [Vec<Paid>; 3],
    /// By bank and region.
    lines: BTreeMap<(usize, usize), Vec<proto::StatementLine>>,
    /// Lines that come after all others and are refused.
    conflicts: BTreeMap<(usize, usize), Vec<proto::StatementLine>>,
    /// By region, bank and reference.
    mismatches: BTreeSet<(usize, usize, String, u8)>,
    /// The name of the rule, and the bank's reference.
    refused: BTreeSet<(&'static str, String)>,
    /// What is reported and stated alike, by region and bank: how many, how much.
    matched: BTreeMap<(usize, usize), (u64, i64)>,
    receipts: usize,
}

impl Day {
    fn plan() -> Self {
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
        self.find(number, Class::BankOnly);
    }

    fn match_up(&mut self, number: u64) {
        self.report(number, |_| ());
        self.state(number, |_| ());
        self.count(number);
    }

    fn count(&mut self, number: u64) {
        let matched = self
            .matched
            .entry((region(number), bank(number)))
            .or_default();
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
                self.find(number, Class::BankOnly);
            }
            Error::NotStated => {
                self.report(number, |_| ());
                self.find(number, Class::AgencyOnly);
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
                self.find(number, Class::AgencyOnly);
                self.receipts += 1;
                let (bank, there) = (bank(number), 1 - region(number));
                let line = proto::StatementLine {
                    amount_fen: amount(number),
                    ..line(&reference(number), number)
                };
                self.lines.entry((bank, there)).or_default().push(line);
                let class = Class::BankOnly.number();
                self.mismatches
                    .insert((there, bank, reference(number), class));
            }
            Error::ReferenceReused => {
                // Under the reference of the same bank's payment before it.
                let reused = reference(number - 3);
                self.report(number, |paid| paid.bank_reference = reused.clone());
                self.refused.insert(("ReportConflict", reused));
                self.state(number, |_| ());
                self.find(number, Class::BankOnly);
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
            Class::BankOnly.number(),
        );
        self.mismatches.insert(found);
    }
}

/// Runs requests, a few to a block; what was refused, and how long it took.
#[derive(Default)]
struct Run {
    refused: BTreeSet<(&'static str, String)>,
    took: Duration,
    blocks: u32,
}

impl Run {
    #[allow(clippy::disallowed_methods)] // a measurement
    fn block(&mut self, world: &mut World, requests: &[&dyn Request]) {
        let encoded: Vec<Bytes> = requests
            .iter()
            .map(|request| world.sign(*request))
            .collect();
        let begun = Instant::now();
        let executed = world.block(&encoded);
        self.took += begun.elapsed();
        self.blocks += 1;
        for outcome in executed.outcomes {
            assert_eq!(outcome.code, 0, "{:?}", outcome.arguments);
            let refused = outcome.items.into_iter().filter(|item| item.code != 0);
            let refused = refused.map(|item| (name_of(item.code), item.subject));
            self.refused.extend(refused);
        }
    }

    fn notices(&mut self, world: &mut World) {
        for (place, name) in AGENCIES.into_iter().enumerate() {
            let own: Vec<u64> = (0..PAYMENTS).filter(|n| agency(*n) == place).collect();
            for numbers in own.chunks(BATCH) {
                let mut of = numbers.iter();
                let create = notices(numbers.iter().copied()).by(name).with(|item| {
                    let number = *of.next().unwrap();
                    item.amount_fen = amount(number);
                    item.region = REGIONS[region(number)].to_owned();
                    if error(number) == Some(Error::LateFeeOwed) {
                        item.due_date = TODAY - 1;
                    }
                });
                self.block(world, &[&create]);
            }
        }
        for number in (0..PAYMENTS).filter(|n| error(*n) == Some(Error::Cancelled)) {
            self.block(world, &[&cancel(number).by(AGENCIES[agency(number)])]);
        }
        assert_eq!(notice_item(1).late_fee_rate, 300);
    }

    fn reports(&mut self, world: &mut World, day: &Day) {
        for (bank, reports) in BANKS.into_iter().zip(&day.reports) {
            let batches: Vec<_> = reports
                .chunks(BATCH)
                .map(|batch| report_all(batch.to_vec()).by(bank))
                .collect();
            for two in batches.chunks(2) {
                let two: Vec<&dyn Request> =
                    two.iter().map(|batch| batch as &dyn Request).collect();
                self.block(world, &two);
            }
        }
    }

    /// The parts of every statement, of which every other comes before the reports.
    fn parts(&mut self, world: &mut World, day: &Day, turn: usize) {
        for ((bank, region), lines) in &day.lines {
            for part in lines.chunks(BATCH).skip(turn).step_by(2) {
                let part = state(part.iter().cloned())
                    .by(BANKS[*bank])
                    .with(|part| part.region = REGIONS[*region].to_owned());
                self.block(world, &[&part]);
            }
        }
    }

    fn last_parts(&mut self, world: &mut World, day: &Day) {
        for ((bank, region), lines) in &day.lines {
            let once: BTreeMap<_, _> = lines
                .iter()
                .map(|line| (&line.bank_reference, line.amount_fen))
                .collect();
            let conflicts = day.conflicts.get(&(*bank, *region));
            let last = state(conflicts.into_iter().flatten().cloned())
                .by(BANKS[*bank])
                .with(|part| part.region = REGIONS[*region].to_owned())
                .last(once.len() as u64, once.values().sum());
            self.block(world, &[&last]);
        }
    }
}

fn begin() -> World {
    let mut world = paying_world();
    for bank in &BANKS[1..] {
        world.admit(bank, &[Role::AgentBank]);
    }
    world.admit(AGENCIES[1], &[Role::CollectingAgency]);
    world.accept(mandate("hospital", AGENCIES[1]));
    world.accept(grant("hospital", 100_001, 120_000));
    world
}

#[test]
#[allow(clippy::print_stdout)] // the measurement
fn a_day_of_ten_thousand_payments_is_reconciled_to_the_fen() {
    let day = Day::plan();
    let planted = (0..PAYMENTS).filter_map(error).count();
    assert_eq!(planted, 100);
    let (mut world, mut run) = (begin(), Run::default());
    run.notices(&mut world);
    let (noticed, before) = (run.took, run.blocks);
    run.parts(&mut world, &day, 0);
    run.reports(&mut world, &day);
    run.parts(&mut world, &day, 1);
    run.last_parts(&mut world, &day);
    println!(
        "{PAYMENTS} notices in {noticed:?} ({before} blocks); \
         {PAYMENTS} payments and their lines in {:?} ({} blocks)",
        run.took.saturating_sub(noticed),
        run.blocks - before
    );
    assert_eq!(run.refused, day.refused);
    check_mismatches(&world, &day);
    check_money(&world, &day);
    // Every statement is complete, so both regions' days close without a reason.
    world.wait_ms(DAY_MS);
    for region in REGIONS {
        world.accept(close_for(region, TODAY, ""));
    }
    check_money(&world, &day);
}

/// Each planted error is in its class, and nothing else is.
fn check_mismatches(world: &World, day: &Day) {
    let mut found = BTreeSet::new();
    for (place, region) in REGIONS.into_iter().enumerate() {
        let region = region.parse().unwrap();
        for mismatch in mismatches(&world.state, &region, date(TODAY), None, 1_000).unwrap() {
            let bank = BANKS
                .iter()
                .position(|name| world.member(name).id == mismatch.bank);
            let reference = mismatch.bank_reference.to_string();
            let row = (place, bank.unwrap(), reference, mismatch.class.number());
            assert!(found.insert(row));
        }
    }
    assert_eq!(found, day.mismatches);
}

/// Allocations are the matched payments, and each payment has one receipt of its amount.
fn check_money(world: &World, day: &Day) {
    let mut matched = BTreeMap::new();
    for (place, region) in REGIONS.into_iter().enumerate() {
        let region = region.parse().unwrap();
        let mut allocated: BTreeMap<_, (u64, i64)> = BTreeMap::new();
        for row in allocations(&world.state, &region, date(TODAY), None, 100).unwrap() {
            let held = allocated.entry(row.bank).or_default();
            *held = (held.0 + row.matched.count, held.1 + row.matched.sum.get());
        }
        for row in reconciliation(&world.state, &region, date(TODAY)).unwrap() {
            let tally = (row.matched.count, row.matched.sum.get());
            assert_eq!(allocated.remove(&row.bank), Some(tally));
            let bank = BANKS
                .iter()
                .position(|name| world.member(name).id == row.bank);
            matched.insert((place, bank.unwrap()), tally);
        }
        assert!(allocated.is_empty());
    }
    assert_eq!(matched, day.matched);
    check_receipts(world, day);
}

fn check_receipts(world: &World, day: &Day) {
    let records = world.state.table(Table::Receipts).into_values();
    let receipts: BTreeMap<_, Fen> = records
        .map(|record| Receipt::decode(&record).unwrap())
        .map(|receipt| (receipt.id, receipt.total))
        .collect();
    assert_eq!(receipts.len(), day.receipts);
    let mut receipted = BTreeSet::new();
    for record in world.state.table(Table::BankEntries).into_values() {
        let entry = piaolian_contracts::payments::BankEntry::decode(&record).unwrap();
        if let Some(reported) = entry.reported {
            assert!(
                receipted.insert(reported.receipt),
                "one receipt for two payments"
            );
            assert_eq!(receipts[&reported.receipt], reported.amount);
        }
    }
    assert_eq!(receipted.len(), receipts.len());
}
