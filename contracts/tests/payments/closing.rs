//! Closing days, and what comes after.

use piaolian_contracts::{
    organisations::Role,
    payments::{Class, REGION_CLOSINGS, mismatches},
    state::Table,
    types::Fen,
};

use crate::world::{
    DAY_MS, FOUNDED_MS, HOUR_MS, TODAY, World,
    payments::{
        BANK, FINE, REGION, close, close_for, date, line, notice, notices, paid, paying_world,
        report, report_all, state,
    },
};

/// A past day with one matched payment, one that is only reported, and one that is only stated.
fn busy_day() -> World {
    let mut world = paying_world();
    world.accept(notices([1, 2, 3]));
    world.accept(report_all(vec![paid("B1", 1), paid("B2", 2)]));
    world.accept(state([line("B1", 1), line("B3", 3)]).last(2, 2 * FINE));
    world.wait_ms(DAY_MS);
    world
}

/// The tallies of matched, stated only and reported only, and what they resolved.
fn counts(world: &World, day: u32) -> [u64; 5] {
    let day = world.day(day).unwrap();
    [
        day.matched.count,
        day.stated_only.count,
        day.reported_only.count,
        day.resolved_stated_only.count,
        day.resolved_reported_only.count,
    ]
}

#[test]
fn a_day_closes_once_it_is_over() {
    let mut world = paying_world();
    world.accept(state([]).last(0, 0));
    world
        .reject(close(TODAY), "DayNotOver")
        .naming(["2026-11-21", "2026-11-21"]);
    // A millisecond before midnight in Beijing it is not.
    let midnight = FOUNDED_MS + 12 * HOUR_MS - world.time.as_ms();
    world
        .wait_ms(midnight - 1)
        .reject(close(TODAY), "DayNotOver");
    world.wait_ms(1).accept(close(TODAY));
    let closed = REGION_CLOSINGS
        .get(&world.state, &REGION.parse().unwrap())
        .unwrap()
        .unwrap();
    assert_eq!(closed.closed_through, date(TODAY));
    assert_eq!(
        (closed.closing.height, closed.closing.organisation),
        (world.height, world.member("finance").id)
    );
    let height = world.height.to_string();
    world
        .reject(close(TODAY), "DayClosed")
        .naming([REGION, "2026-11-21", &height]);
    world
        .reject(close(TODAY - 5), "DayClosed")
        .naming(["2026-11-16"]);
}

#[test]
fn days_with_entries_close_in_order() {
    let mut world = busy_day();
    world.accept(notice(4)).accept(report("B4", 4));
    world.wait_ms(DAY_MS);
    world
        .reject(close_for(REGION, TODAY + 1, "bank down"), "EarlierDayOpen")
        .naming([REGION, "2026-11-22", "2026-11-21"]);
    world
        .accept(close(TODAY))
        .accept(close_for(REGION, TODAY + 1, "bank down"));
    // Days without entries need no closing of their own; regions are apart.
    world.wait_ms(9 * DAY_MS).accept(close(20_261_130));
    world.accept(close_for("350200", TODAY, ""));
}

#[test]
fn every_bank_with_entries_states_them_all_or_finance_says_why_not() {
    let mut world = paying_world();
    world.admit("bank2", &[Role::AgentBank]);
    world.accept(notices([1, 2]));
    world
        .accept(report("B1", 1))
        .accept(report("B1", 2).by("bank2"));
    world.accept(state([line("B1", 1)]).last(1, FINE));
    world.wait_ms(DAY_MS);
    world
        .reject(close(TODAY), "StatementIncomplete")
        .naming([REGION, "2026-11-21", "bank2", "1"]);
    world.accept(close_for(REGION, TODAY, "bank2 is under repair"));
    let closing = world.day(TODAY).unwrap().closing.unwrap();
    assert_eq!(
        closing.incomplete_reason.unwrap().as_str(),
        "bank2 is under repair"
    );
}

#[test]
fn what_comes_after_closing_counts_in_the_first_open_day_and_is_marked_late() {
    let mut world = busy_day();
    world.accept(close(TODAY));
    let closed = world.day(TODAY);
    let rows = |world: &World| {
        mismatches(
            &world.state,
            &REGION.parse().unwrap(),
            date(TODAY),
            None,
            10,
        )
        .unwrap()
    };
    let listed = rows(&world);
    assert_eq!(counts(&world, TODAY), [1, 1, 1, 0, 0]);
    // A late line for the payment that was only reported, a late report for the one that was only stated, and a late
    // line of a new payment.
    world.accept(state([line("B2", 2), line("B9", 9)]));
    let at = FOUNDED_MS + HOUR_MS;
    world.accept(report_all(vec![paid("B3", 3).at_ms(at)]));
    assert_eq!(
        (world.day(TODAY), rows(&world)),
        (closed, listed),
        "a closed day never changes"
    );
    assert_eq!(counts(&world, TODAY + 1), [2, 1, 0, 1, 1]);
    let day = world.day(TODAY + 1).unwrap();
    assert_eq!(day.resolved_reported_only.sum, Fen::new(FINE));
    let entry = world.entry(BANK, "B2");
    assert!(
        entry.stated.as_ref().unwrap().is_late() && !entry.reported.as_ref().unwrap().is_late()
    );
    assert_eq!(entry.counted_as()[0].class, Class::Matched);
    assert!(world.entry(BANK, "B3").reported.unwrap().is_late());
    assert_eq!(
        world.entry(BANK, "B9").stated.unwrap().posted_day,
        date(TODAY + 1)
    );
    // Both days together have every payment once, less what was resolved.
    assert_eq!(world.state.table(Table::BankEntries).len(), 4);
}

#[test]
fn late_sides_that_both_come_late_meet_in_the_open_day() {
    let mut world = busy_day();
    world.accept(close(TODAY)).accept(notice(4));
    let at = world.time.as_ms() - DAY_MS;
    world.accept(report_all(vec![paid("B4", 4).at_ms(at)]));
    assert_eq!(counts(&world, TODAY + 1), [0, 0, 1, 0, 0]);
    world.accept(state([line("B4", 4)]));
    assert_eq!(counts(&world, TODAY + 1), [1, 0, 0, 0, 0]);
}

#[test]
fn a_late_amount_that_differs_resolves_the_closed_days_mismatch_into_another() {
    let mut world = busy_day();
    world.accept(close(TODAY));
    let less = piaolian_proto::v1::StatementLine {
        amount_fen: FINE - 5,
        ..line("B2", 2)
    };
    world.accept(state([less]));
    let day = world.day(TODAY + 1).unwrap();
    assert_eq!(
        (day.differs_reported.sum.get(), day.differs_stated.sum.get()),
        (FINE, FINE - 5)
    );
    assert_eq!(
        (day.resolved_reported_only.count, day.matched.count),
        (1, 0)
    );
    let listed = mismatches(
        &world.state,
        &REGION.parse().unwrap(),
        date(TODAY + 1),
        None,
        10,
    );
    assert_eq!(listed.unwrap()[0].class, Class::AmountDiffers);
}

#[test]
fn a_bank_with_late_entries_states_the_open_day_too() {
    let mut world = busy_day();
    world.accept(close(TODAY)).accept(state([line("B2", 2)]));
    world.wait_ms(DAY_MS);
    world
        .reject(close(TODAY + 1), "StatementIncomplete")
        .naming([BANK]);
    // It received no payment of its own that day, and its statement says so.
    world
        .accept(state([]).of(TODAY + 1).last(0, 0))
        .accept(close(TODAY + 1));
    assert_eq!(counts(&world, TODAY + 1), [1, 0, 0, 0, 1]);
}
