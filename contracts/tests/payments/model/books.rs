//! The model: the reports and the statements, from which it recounts every day.

use std::collections::{BTreeMap, BTreeSet};

use piaolian_contracts::types::{BeijingDate, BlockTime};

use super::{DAY_ZERO, FIRST_DAY};
use crate::world::payments::FINE;

/// One side of a payment: as reported, or as stated.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    pub number: u64,
    pub amount: i64,
    pub region: usize,
    pub day: u32,
    /// The day that it counts in.
    pub posted: u32,
    /// The rest of its identity: when and where it was paid.
    pub said: (u32, bool),
    /// Whether it is a payout or a return, which is for no agency.
    pub is_moved: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    Matched,
    /// Of what is matched, the part that the bank holds for an agency.
    Allocated,
    StatedOnly,
    ReportedOnly,
    DiffersReported,
    DiffersStated,
    ResolvedStatedOnly,
    ResolvedReportedOnly,
}

/// Count and sum by region, day, bank and kind.
pub type Book = BTreeMap<(usize, u32, usize, Kind), (u64, i64)>;

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum NoticeState {
    Open,
    Paid,
    Cancelled,
}

#[derive(Clone)]
pub struct Model {
    pub today: u32,
    pub mandate: bool,
    pub notices: BTreeMap<u64, NoticeState>,
    /// By bank and reference.
    pub reported: BTreeMap<(usize, String), Side>,
    pub stated: BTreeMap<(usize, String), Side>,
    closed: [Option<u32>; 2],
    /// The entries of closed days when they were closed.
    frozen: Book,
    frozen_list: BTreeSet<(usize, u32, usize, String)>,
    /// Region, day, bank and amount of what was resolved late, while that day is open.
    resolved: Vec<(usize, u32, usize, Kind, i64)>,
    /// By bank, day and region: lines, their sum, complete.
    pub statements: BTreeMap<(usize, u32, usize), (u64, i64, bool)>,
}

/// The place where an entry counts: region, day and class.
type Place = (usize, u32, Vec<(Kind, i64)>);

fn places(reported: Option<&Side>, stated: Option<&Side>) -> Vec<Place> {
    let agency = |r: &Side| (r.region, r.posted, vec![(Kind::ReportedOnly, r.amount)]);
    let bank = |s: &Side| (s.region, s.posted, vec![(Kind::StatedOnly, s.amount)]);
    match (reported, stated) {
        (None, None) => vec![],
        (Some(r), None) => vec![agency(r)],
        (None, Some(s)) => vec![bank(s)],
        (Some(r), Some(s)) if r.region != s.region => vec![agency(r), bank(s)],
        (Some(r), Some(s)) => {
            let kinds = if r.amount == s.amount {
                let allocated = (!r.is_moved).then_some((Kind::Allocated, r.amount));
                [(Kind::Matched, r.amount)]
                    .into_iter()
                    .chain(allocated)
                    .collect()
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
    pub fn new() -> Self {
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

    pub fn posted(&self, region: usize, day: u32) -> u32 {
        self.closed[region].map_or(day, |through| day.max(through + 1))
    }

    fn places(&self, key: &(usize, String)) -> Vec<Place> {
        places(self.reported.get(key), self.stated.get(key))
    }

    /// All days, closed ones as they were closed, with the list of what is not matched.
    pub fn book(&self) -> (Book, BTreeSet<(usize, u32, usize, String)>) {
        let (mut book, mut list) = (self.frozen.clone(), self.frozen_list.clone());
        let mut add = |region, day, bank, kind, amount| {
            let held = book.entry((region, day, bank, kind)).or_insert((0, 0));
            *held = (held.0 + 1, held.1 + amount);
        };
        let keys: BTreeSet<_> = self.reported.keys().chain(self.stated.keys()).collect();
        for key in keys {
            for (region, day, kinds) in self.places(key) {
                if self.is_closed(region, day) {
                    continue;
                }
                if kinds[0].0 != Kind::Matched {
                    list.insert((region, day, key.0, key.1.clone()));
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
    fn add(&mut self, key: (usize, String), side: Side, is_report: bool) {
        let before = self.places(&key);
        let bank = key.0;
        let sides = if is_report {
            &mut self.reported
        } else {
            &mut self.stated
        };
        assert!(sides.insert(key.clone(), side).is_none());
        let after = self.places(&key);
        if let ([gone], [come]) = (&before[..], &after[..])
            && self.is_closed(gone.0, gone.1)
        {
            let kind = match gone.2[0].0 {
                Kind::StatedOnly => Kind::ResolvedStatedOnly,
                _ => Kind::ResolvedReportedOnly,
            };
            self.resolved
                .push((come.0, come.1, bank, kind, gone.2[0].1));
        }
    }

    pub fn notice(&mut self, number: u64) -> &'static str {
        let held = self.notices.get(&number);
        if held.is_some_and(|held| *held != NoticeState::Cancelled) {
            return "DecisionNumberTaken";
        }
        if !self.mandate {
            return "MandateWithdrawn";
        }
        self.notices.insert(number, NoticeState::Open);
        "accepted"
    }

    pub fn cancel(&mut self, number: u64) -> &'static str {
        match self.notices.get(&number) {
            None => "UnknownNotice",
            Some(NoticeState::Paid) => "PaidAlready",
            Some(NoticeState::Cancelled) => "NoticeCancelled",
            Some(NoticeState::Open) => {
                self.notices.insert(number, NoticeState::Cancelled);
                "accepted"
            }
        }
    }

    pub fn report(&mut self, key: (usize, String), side: Side) -> &'static str {
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

    /// A bank confirmed a payout, below 0, or a return, of a payer of the first region.
    pub fn moved(&mut self, bank: usize, reference: &str, amount: i64, at_ms: u64) {
        let day = BeijingDate::at(BlockTime::from_ms(at_ms)).get() - DAY_ZERO;
        let side = Side {
            number: 0,
            amount,
            region: 0,
            day,
            posted: self.posted(0, day),
            said: (0, false),
            is_moved: true,
        };
        self.add((bank, reference.to_owned()), side, true);
    }

    pub fn line(&mut self, key: (usize, String), side: Side) -> &'static str {
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

    pub fn close(&mut self, region: usize, day: u32, reason: bool) -> &'static str {
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

pub fn region_of(number: u64) -> usize {
    usize::try_from(number % 2).unwrap()
}
