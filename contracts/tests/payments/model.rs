//! Random mixes of notices, payments, lines and closings against a small obvious model, which recounts every day from
//! the reports and the statements.

pub mod books;
pub mod steps;

use std::collections::BTreeSet;

use piaolian_contracts::{
    organisations::Role,
    payments::{Allocation, Mismatch, ReconciliationDay},
    state::Table,
    storage::Record,
};
use proptest::prelude::*;

use self::{
    books::{Book, Kind, Model, NoticeState},
    steps::{step, take},
};
use crate::world::{
    World,
    payments::{decision, paying_world},
    scale::tried,
};

pub const BANKS: [&str; 2] = ["bank", "bank2"];
const REGIONS: [&str; 2] = ["350100", "350200"];
/// Days are numbered from 2026-11-15; the story begins on the sixth after it.
const DAY_ZERO: u32 = 20_261_115;
const FIRST_DAY: u32 = 6;
/// November ends.
const LAST_DAY: u32 = 14;

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
            (Kind::StatedOnly, day.stated_only),
            (Kind::ReportedOnly, day.reported_only),
            (Kind::DiffersReported, day.differs_reported),
            (Kind::DiffersStated, day.differs_stated),
            (Kind::ResolvedStatedOnly, day.resolved_stated_only),
            (Kind::ResolvedReportedOnly, day.resolved_reported_only),
        ];
        for (kind, tally) in kinds.into_iter().filter(|(_, tally)| tally.count > 0) {
            let (region, bank) = (place_of(day.region.as_str()), bank_of(world, day.bank));
            let key = (region, day.day.get() - DAY_ZERO, bank, kind);
            book.insert(key, (tally.count, tally.sum.get()));
        }
    }
    book
}

fn kept_list(world: &World) -> BTreeSet<(usize, u32, usize, String)> {
    let rows = world.state.table(Table::Mismatches).into_iter();
    rows.map(|(key, record)| {
        let row = Mismatch::decode(&record).unwrap();
        let region = place_of(str::from_utf8(&key[..6]).unwrap());
        let day = u32::from_be_bytes(key[6..10].try_into().unwrap()) - DAY_ZERO;
        let reference = row.bank_reference.to_string();
        (region, day, bank_of(world, row.bank), reference)
    })
    .collect()
}

/// The allocations: there is one agency, so they are the matched payments of each day and bank.
fn allocated(world: &World) -> Book {
    let rows = world.state.table(Table::Allocations).into_values();
    rows.map(|record| {
        let row = Allocation::decode(&record).unwrap();
        let region = place_of(row.region.as_str());
        let key = (
            region,
            row.day.get() - DAY_ZERO,
            bank_of(world, row.bank),
            Kind::Allocated,
        );
        (key, (row.matched.count, row.matched.sum.get()))
    })
    .collect()
}

/// Every day counts what the model counts, and allocates what is matched.
pub fn check_days(world: &World, model: &Model) {
    let (book, list) = model.book();
    assert_eq!(kept_list(world), list);
    let days = kept(world).into_iter().chain(allocated(world));
    assert_eq!(days.collect::<Book>(), book);
}

proptest! {
    #![proptest_config(tried(192))]

    #[test]
    fn the_books_are_what_counting_anew_gives(steps in prop::collection::vec(step(), 1..90)) {
        let (mut world, mut model) = (paying_world(), Model::new());
        world.admit(BANKS[1], &[Role::AgentBank]);
        for step in &steps {
            let (decided, expected) = take(&mut world, &mut model, step);
            prop_assert_eq!(decided, expected, "{:?}", step);
            check_days(&world, &model);
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
