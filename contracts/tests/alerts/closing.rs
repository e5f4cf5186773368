//! Days of payments that were closed although they do not match.

use piaolian_contracts::alerts::Scope;

use super::{none, only, says};
use crate::world::{
    DAY_MS, TODAY, World,
    payments::{
        BANK, FINE, REGION, close, date, line, notices, paid, paying_world, report_all, state,
    },
};

/// A past day with these reported and stated payments.
fn day(reported: &[(&str, u64)], stated: Vec<piaolian_proto::v1::StatementLine>) -> World {
    let mut world = paying_world();
    world.accept(notices([1, 2, 3]));
    let reported = reported.iter().map(|(bank, number)| paid(bank, *number));
    world.accept(report_all(reported.collect()));
    let (count, sum) = (
        stated.len() as u64,
        stated.iter().map(|line| line.amount_fen).sum(),
    );
    world.accept(state(stated).last(count, sum));
    world.wait_ms(DAY_MS);
    world
}

#[test]
fn a_day_closed_with_mismatches_is_found_with_their_numbers() {
    let mut differing = line("B4", 2);
    differing.amount_fen = FINE + 1;
    let mut world = day(&[("B1", 1), ("B4", 2)], vec![differing, line("B3", 3)]);
    none(&world);
    world.accept(close(TODAY));
    let alert = only(&world, "DayMismatch", BANK);
    says(&world, &alert, [BANK, REGION, "2026-11-21", "1", "1", "1"]);
    let region = REGION.parse().unwrap();
    assert_eq!(alert.scope, Scope::RegionDay(region, date(TODAY)));
}

#[test]
fn a_day_closed_with_everything_matched_raises_none() {
    let mut world = day(&[("B1", 1)], vec![line("B1", 1)]);
    world.accept(close(TODAY));
    none(&world);
}

#[test]
fn a_day_that_is_not_closed_raises_none() {
    let mut world = day(&[("B1", 1)], vec![line("B3", 3)]);
    world.reject(close(TODAY + 1), "DayNotOver");
    none(&world);
}
