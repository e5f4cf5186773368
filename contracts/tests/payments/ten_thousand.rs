//! A day of 10,000 notices and payments, one in a hundred with a planted error, through
//! whole blocks: each error is found in its class, nothing else is, and no money comes
//! or goes.

mod plan;
mod run;

use std::collections::{BTreeMap, BTreeSet};

use piaolian_contracts::{
    organisations::Role,
    payments::{allocations, mismatches, reconciliation},
    receipts::Receipt,
    state::Table,
    storage::Record,
    types::{Fen, OrganisationId},
};

use self::{
    plan::{AGENCIES, BANKS, Day, ERRORS, PAYMENTS, REGIONS, agency, bank, error, region},
    run::Run,
};
use crate::world::{
    DAY_MS, TODAY, World,
    payments::{close_for, date, mandate, paying_world},
    requests::grant,
};

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
#[allow(clippy::print_stdout, reason = "the measurement")]
fn a_day_of_ten_thousand_payments_is_reconciled_to_the_fen() {
    let day = Day::plan();
    let planted = (0..PAYMENTS).filter_map(error).count();
    assert_eq!(planted, 100);
    assert_planted_everywhere();
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
            let bank = named(world, &BANKS, mismatch.bank);
            let reference = mismatch.bank_reference.to_string();
            let row = (place, bank, reference, mismatch.class.number());
            assert!(found.insert(row));
        }
    }
    assert_eq!(found, day.mismatches);
}

/// Every error is planted in each region for each agency, and with each bank.
fn assert_planted_everywhere() {
    let planted = (0..PAYMENTS).filter_map(|number| Some((error(number)?, number)));
    let (mut places, mut banks) = (BTreeSet::new(), BTreeSet::new());
    for (error, number) in planted {
        places.insert((error, region(number), agency(number)));
        banks.insert((error, bank(number)));
    }
    assert_eq!(places.len(), ERRORS.len() * REGIONS.len() * AGENCIES.len());
    assert_eq!(banks.len(), ERRORS.len() * BANKS.len());
}

/// Allocations are the matched payments of each region, agency and bank, a day's books
/// their sums, and each payment has one receipt of its amount.
fn check_money(world: &World, day: &Day) {
    let mut allocated = BTreeMap::new();
    for (place, region) in REGIONS.into_iter().enumerate() {
        let region = region.parse().unwrap();
        let mut sums: BTreeMap<usize, (u64, i64)> = BTreeMap::new();
        for row in allocations(&world.state, &region, date(TODAY), None, 100).unwrap() {
            let (agency, bank) = (
                named(world, &AGENCIES, row.agency),
                named(world, &BANKS, row.bank),
            );
            let tally = (row.matched.count, row.matched.sum.get());
            let held = sums.entry(bank).or_default();
            *held = (held.0 + tally.0, held.1 + tally.1);
            assert_eq!(allocated.insert((place, agency, bank), tally), None);
        }
        for row in reconciliation(&world.state, &region, date(TODAY)).unwrap() {
            let tally = (row.matched.count, row.matched.sum.get());
            assert_eq!(sums.remove(&named(world, &BANKS, row.bank)), Some(tally));
        }
        assert!(sums.is_empty());
    }
    assert_eq!(allocated, day.matched);
    check_receipts(world, day);
}

/// The place of an organisation among `names`.
fn named(world: &World, names: &[&str], id: OrganisationId) -> usize {
    let mut names = names.iter();
    names.position(|name| world.member(name).id == id).unwrap()
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
