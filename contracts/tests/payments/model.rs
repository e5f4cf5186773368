//! Random mixes of notices, payments, lines and closings against a small obvious model,
//! which counts every day anew from what each side said.

use std::collections::{BTreeMap, BTreeSet};

use piaolian_contracts::{
    organisations::Role,
    payments::{Allocation, Mismatch, ReconciliationDay},
    state::Table,
    storage::Record,
};
use proptest::prelude::*;

use crate::world::{
    DAY_MS, FOUNDED_MS, World, name_of,
    payments::{
        FINE, cancel, close_for, decision, line, notice, paid, paying_world, report_all,
        set_mandate, state,
    },
    verdict,
};

const BANKS: [&str; 2] = ["bank", "bank2"];
const REGIONS: [&str; 2] = ["350100", "350200"];
/// Days are numbered from 2026-11-15; the story begins on the sixth after it.
const DAY_ZERO: u32 = 20_261_115;
const FIRST_DAY: u32 = 6;
/// November ends.
const LAST_DAY: u32 = 14;

#[derive(Clone, Debug)]
enum Step {
    Notice {
        number: u64,
    },
    Cancel {
        number: u64,
    },
    Mandate {
        active: bool,
    },
    Report {
        bank: usize,
        reference: u8,
        number: u64,
        more: i64,
        next_day: bool,
        abroad: bool,
    },
    Line {
        bank: usize,
        reference: u8,
        number: u64,
        more: i64,
        ago: u32,
        region: usize,
    },
    Last {
        bank: usize,
        ago: u32,
        region: usize,
    },
    Close {
        region: usize,
        ago: u32,
        reason: bool,
    },
    Night,
}

#[rustfmt::skip] // a table
fn step() -> impl Strategy<Value = Step> {
    let (bank, reference, number, region) = (0..2_usize, 0..5_u8, 0..6_u64, 0..2_usize);
    let more = || prop_oneof![6 => Just(0), 1 => Just(1_i64)];
    let rarely = || prop::bool::weighted(0.15);
    // The line of a payment mostly says what its report would.
    let line = (bank.clone(), reference.clone(), number.clone(), more(), 0..4_u32, region.clone());
    let report = (bank.clone(), reference, number.clone(), more(), rarely(), rarely());
    prop_oneof![
        4 => number.clone().prop_map(|number| Step::Notice { number }),
        1 => number.prop_map(|number| Step::Cancel { number }),
        1 => prop::bool::weighted(0.8).prop_map(|active| Step::Mandate { active }),
        9 => report.prop_map(|(bank, reference, number, more, next_day, abroad)| {
            Step::Report { bank, reference, number, more, next_day, abroad }
        }),
        9 => line.prop_map(|(bank, reference, number, more, ago, region)| {
            Step::Line { bank, reference, number, more, ago, region }
        }),
        2 => (bank, 0..3_u32, region.clone()).prop_map(|(bank, ago, region)| Step::Last { bank, ago, region }),
        4 => (region, 0..4_u32, any::<bool>()).prop_map(|(region, ago, reason)| {
            Step::Close { region, ago, reason }
        }),
        3 => Just(Step::Night),
    ]
}

/// One side of a payment, as it was said.
#[derive(Clone, Debug, PartialEq)]
struct Side {
    number: u64,
    amount: i64,
    region: usize,
    day: u32,
    /// The day that it counts in.
    posted: u32,
    /// What else makes it the same: when and where it was paid.
    said: (u32, bool),
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Kind {
    Matched,
    BankOnly,
    AgencyOnly,
    DiffersReported,
    DiffersStated,
    ResolvedBankOnly,
    ResolvedAgencyOnly,
}

/// Count and sum by region, day, bank and kind.
type Book = BTreeMap<(usize, u32, usize, Kind), (u64, i64)>;

#[derive(Clone, Copy, PartialEq, Debug)]
enum NoticeState {
    Open,
    Paid,
    Cancelled,
}

struct Model {
    today: u32,
    mandate: bool,
    notices: BTreeMap<u64, NoticeState>,
    /// By bank and reference.
    reported: BTreeMap<(usize, u8), Side>,
    stated: BTreeMap<(usize, u8), Side>,
    closed: [Option<u32>; 2],
    /// What closed days held when they were closed.
    frozen: Book,
    frozen_list: BTreeSet<(usize, u32, usize, u8)>,
    /// Region, day, bank and amount of what was resolved late, while that day is open.
    resolved: Vec<(usize, u32, usize, Kind, i64)>,
    /// By bank, day and region: lines, their sum, complete.
    statements: BTreeMap<(usize, u32, usize), (u64, i64, bool)>,
}

/// Where an entry counts: region, day, and what as.
type Place = (usize, u32, Vec<(Kind, i64)>);

fn places(reported: Option<&Side>, stated: Option<&Side>) -> Vec<Place> {
    let agency = |r: &Side| (r.region, r.posted, vec![(Kind::AgencyOnly, r.amount)]);
    let bank = |s: &Side| (s.region, s.posted, vec![(Kind::BankOnly, s.amount)]);
    match (reported, stated) {
        (None, None) => vec![],
        (Some(r), None) => vec![agency(r)],
        (None, Some(s)) => vec![bank(s)],
        (Some(r), Some(s)) if r.region != s.region => vec![agency(r), bank(s)],
        (Some(r), Some(s)) => {
            let kinds = if r.amount == s.amount {
                vec![(Kind::Matched, r.amount)]
            } else {
                vec![
                    (Kind::DiffersReported, r.amount),
                    (Kind::DiffersStated, s.amount),
                ]
            };
            vec![(r.region, r.posted.max(s.posted), kinds)]
        }
    }
}

impl Model {
    fn new() -> Self {
        Self {
            today: FIRST_DAY,
            mandate: true,
            notices: BTreeMap::new(),
            reported: BTreeMap::new(),
            stated: BTreeMap::new(),
            closed: [None; 2],
            frozen: Book::new(),
            frozen_list: BTreeSet::new(),
            resolved: Vec::new(),
            statements: BTreeMap::new(),
        }
    }

    fn is_closed(&self, region: usize, day: u32) -> bool {
        self.closed[region].is_some_and(|through| day <= through)
    }

    fn posted(&self, region: usize, day: u32) -> u32 {
        self.closed[region].map_or(day, |through| day.max(through + 1))
    }

    fn places(&self, key: (usize, u8)) -> Vec<Place> {
        places(self.reported.get(&key), self.stated.get(&key))
    }

    /// All days, closed ones as they were closed, with the list of what is not matched.
    fn book(&self) -> (Book, BTreeSet<(usize, u32, usize, u8)>) {
        let (mut book, mut list) = (self.frozen.clone(), self.frozen_list.clone());
        let mut add = |region, day, bank, kind, amount| {
            let held = book.entry((region, day, bank, kind)).or_insert((0, 0));
            *held = (held.0 + 1, held.1 + amount);
        };
        let keys: BTreeSet<_> = self.reported.keys().chain(self.stated.keys()).collect();
        for key in keys {
            for (region, day, kinds) in self.places(*key) {
                if self.is_closed(region, day) {
                    continue;
                }
                if kinds[0].0 != Kind::Matched {
                    list.insert((region, day, key.0, key.1));
                }
                for (kind, amount) in kinds {
                    add(region, day, key.0, kind, amount);
                }
            }
        }
        for (region, day, bank, kind, amount) in &self.resolved {
            add(*region, *day, *bank, *kind, *amount);
        }
        (book, list)
    }

    /// Adds a side, and notes what of a closed day it resolves.
    fn add(&mut self, key: (usize, u8), side: Side, is_report: bool) {
        let before = self.places(key);
        let sides = if is_report {
            &mut self.reported
        } else {
            &mut self.stated
        };
        assert!(sides.insert(key, side).is_none());
        let after = self.places(key);
        if let ([gone], [come]) = (&before[..], &after[..])
            && self.is_closed(gone.0, gone.1)
        {
            let kind = match gone.2[0].0 {
                Kind::BankOnly => Kind::ResolvedBankOnly,
                _ => Kind::ResolvedAgencyOnly,
            };
            self.resolved
                .push((come.0, come.1, key.0, kind, gone.2[0].1));
        }
    }

    fn report(&mut self, key: (usize, u8), side: Side) -> &'static str {
        let known = self.notices.get(&side.number).copied();
        if let Some(first) = self.reported.get(&key) {
            let same = Side {
                posted: first.posted,
                ..side
            } == *first
                && known.is_some();
            return if same { "accepted" } else { "ReportConflict" };
        }
        match known {
            None => return "UnknownNotice",
            Some(NoticeState::Cancelled) => return "NoticeCancelled",
            Some(NoticeState::Paid) => return "PaidAlready",
            Some(NoticeState::Open) => {}
        }
        if side.said.1 {
            return "WrongArea";
        }
        if side.amount != FINE {
            return "AmountDiffers";
        }
        if !self.mandate {
            return "MandateWithdrawn";
        }
        self.notices.insert(side.number, NoticeState::Paid);
        self.add(key, side, true);
        "accepted"
    }

    fn line(&mut self, key: (usize, u8), side: Side) -> &'static str {
        if let Some(first) = self.stated.get(&key) {
            let same = Side {
                posted: first.posted,
                ..side
            } == *first;
            return if same { "accepted" } else { "LineConflict" };
        }
        let place = (key.0, side.day, side.region);
        let (count, sum, _) = self.statements.get(&place).copied().unwrap_or_default();
        self.statements
            .insert(place, (count + 1, sum + side.amount, false));
        self.add(key, side, false);
        "accepted"
    }

    fn close(&mut self, region: usize, day: u32, reason: bool) -> &'static str {
        if day >= self.today {
            return "DayNotOver";
        }
        if self.is_closed(region, day) {
            return "DayClosed";
        }
        let (book, list) = self.book();
        let open =
            |key: &&(usize, u32, usize, Kind)| key.0 == region && !self.is_closed(region, key.1);
        if book.keys().filter(open).any(|key| key.1 < day) {
            return "EarlierDayOpen";
        }
        let mut banks = book
            .keys()
            .filter(|key| key.0 == region && key.1 == day)
            .map(|key| key.2);
        let stated = |bank| {
            self.statements
                .get(&(bank, day, region))
                .is_some_and(|s| s.2)
        };
        if !reason && !banks.all(stated) {
            return "StatementIncomplete";
        }
        let here = |r: usize, d: u32| r == region && d <= day;
        self.frozen
            .extend(book.into_iter().filter(|(key, _)| here(key.0, key.1)));
        self.frozen_list
            .extend(list.into_iter().filter(|row| here(row.0, row.1)));
        self.resolved.retain(|row| !here(row.0, row.1));
        self.closed[region] = Some(day);
        "accepted"
    }
}

/// Takes a step on both; the names of the rules that decided.
fn take(world: &mut World, model: &mut Model, step: &Step) -> (&'static str, &'static str) {
    let said = |outcome| name_of(verdict(&outcome).0);
    match step.clone() {
        Step::Notice { number } => {
            let region = REGIONS[region_of(number)];
            let create = notice(number).with(|item| {
                (item.late_fee_rate, item.region) = (0, region.to_owned());
            });
            let expected = if model.notices.contains_key(&number) {
                "DecisionNumberTaken"
            } else if model.mandate {
                model.notices.insert(number, NoticeState::Open);
                "accepted"
            } else {
                "MandateWithdrawn"
            };
            (said(world.submit(create)), expected)
        }
        Step::Cancel { number } => {
            let expected = match model.notices.get(&number) {
                None => "UnknownNotice",
                Some(NoticeState::Paid) => "PaidAlready",
                Some(NoticeState::Cancelled) => "NoticeCancelled",
                Some(NoticeState::Open) => {
                    model.notices.insert(number, NoticeState::Cancelled);
                    "accepted"
                }
            };
            (said(world.submit(cancel(number))), expected)
        }
        Step::Mandate { active } => {
            model.mandate = active;
            (
                said(world.submit(set_mandate("hospital", "police", active))),
                "accepted",
            )
        }
        Step::Report {
            bank,
            reference,
            number,
            more,
            next_day,
            abroad,
        } => {
            let day = model.today + u32::from(next_day);
            let handled = if abroad { "360100" } else { REGIONS[0] };
            // Noon: the same report on the same day is the same.
            let noon = FOUNDED_MS + u64::from(model.today - FIRST_DAY) * DAY_MS;
            let item = paid(&format!("B{reference}"), number)
                .fen(FINE + more)
                .at_ms(noon)
                .accounted(DAY_ZERO + day)
                .with(|paid| paid.region = handled.to_owned());
            let region = region_of(number);
            let side = Side {
                number,
                amount: FINE + more,
                region,
                day,
                posted: model.posted(region, day),
                said: (model.today, abroad),
            };
            let outcome = world.submit(report_all(vec![item]).by(BANKS[bank]));
            (said(outcome), model.report((bank, reference), side))
        }
        Step::Line {
            bank,
            reference,
            number,
            more,
            ago,
            region,
        } => {
            let day = model.today + 1 - ago;
            let mut line = line(&format!("B{reference}"), number);
            line.amount_fen += more;
            let part = state([line]).by(BANKS[bank]).of(DAY_ZERO + day);
            let part = part.with(|part| part.region = REGIONS[region].to_owned());
            let side = Side {
                number,
                amount: FINE + more,
                region,
                day,
                posted: model.posted(region, day),
                said: (0, false),
            };
            (
                said(world.submit(part)),
                model.line((bank, reference), side),
            )
        }
        Step::Last { bank, ago, region } => {
            let day = model.today - ago;
            let held = model.statements.entry((bank, day, region)).or_default();
            held.2 = true;
            let part = state([])
                .by(BANKS[bank])
                .of(DAY_ZERO + day)
                .last(held.0, held.1);
            let part = part.with(|part| part.region = REGIONS[region].to_owned());
            (said(world.submit(part)), "accepted")
        }
        Step::Close {
            region,
            ago,
            reason,
        } => {
            let day = model.today - ago;
            let why = if reason { "line down" } else { "" };
            let outcome = world.submit(close_for(REGIONS[region], DAY_ZERO + day, why));
            (said(outcome), model.close(region, day, reason))
        }
        Step::Night => {
            if model.today < LAST_DAY {
                model.today += 1;
                // Noon of the next day, however long the story took so far.
                let noon = FOUNDED_MS + u64::from(model.today - FIRST_DAY) * DAY_MS;
                world.wait_ms(noon - world.time.as_ms());
            }
            ("accepted", "accepted")
        }
    }
}

fn region_of(number: u64) -> usize {
    usize::try_from(number % 2).unwrap()
}

fn bank_of(world: &World, id: piaolian_contracts::types::OrganisationId) -> usize {
    BANKS
        .iter()
        .position(|name| world.member(name).id == id)
        .unwrap()
}

fn place_of(region: &str) -> usize {
    REGIONS.iter().position(|known| *known == region).unwrap()
}

/// The same book as the state has it.
fn kept(world: &World) -> Book {
    let mut book = Book::new();
    for record in world.state.table(Table::ReconciliationDays).into_values() {
        let day = ReconciliationDay::decode(&record).unwrap();
        let kinds = [
            (Kind::Matched, day.matched),
            (Kind::BankOnly, day.bank_only),
            (Kind::AgencyOnly, day.agency_only),
            (Kind::DiffersReported, day.differs_reported),
            (Kind::DiffersStated, day.differs_stated),
            (Kind::ResolvedBankOnly, day.resolved_bank_only),
            (Kind::ResolvedAgencyOnly, day.resolved_agency_only),
        ];
        for (kind, tally) in kinds.into_iter().filter(|(_, tally)| tally.count > 0) {
            let (region, bank) = (place_of(day.region.as_str()), bank_of(world, day.bank));
            let key = (region, day.day.get() - DAY_ZERO, bank, kind);
            book.insert(key, (tally.count, tally.sum.get()));
        }
    }
    book
}

fn kept_list(world: &World) -> BTreeSet<(usize, u32, usize, u8)> {
    let rows = world.state.table(Table::Mismatches).into_iter();
    rows.map(|(key, record)| {
        let row = Mismatch::decode(&record).unwrap();
        let region = place_of(str::from_utf8(&key[..6]).unwrap());
        let day = u32::from_be_bytes(key[6..10].try_into().unwrap()) - DAY_ZERO;
        let reference = row.bank_reference.as_str()[1..].parse().unwrap();
        (region, day, bank_of(world, row.bank), reference)
    })
    .collect()
}

/// What is allocated: the one agency's, so the matched of each day and bank.
fn allocated(world: &World) -> Book {
    let rows = world.state.table(Table::Allocations).into_values();
    rows.map(|record| {
        let row = Allocation::decode(&record).unwrap();
        let region = place_of(row.region.as_str());
        let key = (
            region,
            row.day.get() - DAY_ZERO,
            bank_of(world, row.bank),
            Kind::Matched,
        );
        (key, (row.matched.count, row.matched.sum.get()))
    })
    .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn the_books_are_what_counting_anew_gives(steps in prop::collection::vec(step(), 1..90)) {
        let (mut world, mut model) = (paying_world(), Model::new());
        world.admit(BANKS[1], &[Role::AgentBank]);
        for step in &steps {
            let (decided, expected) = take(&mut world, &mut model, step);
            prop_assert_eq!(decided, expected, "{:?}", step);
            let (book, list) = model.book();
            prop_assert_eq!(kept_list(&world), list, "{:?}", step);
            let matched: Book = book.clone().into_iter().filter(|(key, _)| key.3 == Kind::Matched).collect();
            prop_assert_eq!(kept(&world), book, "{:?}", step);
            prop_assert_eq!(allocated(&world), matched);
            prop_assert_eq!(world.receipt_count(), model.reported.len());
        }
        let paid = model.notices.iter().filter(|(_, state)| **state == NoticeState::Paid);
        for (number, _) in paid {
            let notice = world.notice(*number);
            prop_assert_eq!(notice.decision_number.as_str(), decision(*number));
            prop_assert!(notice.payment.is_some());
        }
    }
}
