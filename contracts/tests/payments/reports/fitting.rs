//! A report fits its notice: area, amount and days.

use piaolian_contracts::types::Fen;

use super::DUE_MS;
use crate::world::{
    DAY_MS, FOUNDED_MS, HOUR_MS, TODAY,
    payments::{
        BANK, FINE, date, decision, notice, notices, paid, paying_world, report, report_all,
    },
};

#[test]
fn the_money_stays_in_the_province() {
    let mut world = paying_world();
    world.accept(notice(7));
    let handled = |region: &'static str| {
        report_all(vec![
            paid("B1", 7).with(|paid| paid.region = region.to_owned()),
        ])
    };
    world
        .reject(handled("360100"), "WrongArea")
        .naming([&decision(7), "350100", "360100"]);
    // Another city of the province is fine; the money counts where it belongs.
    world.accept(handled("350200"));
    assert_eq!(world.day(TODAY).unwrap().reported_only.count, 1);
    let reported = world.entry(BANK, "B1").reported.unwrap();
    assert_eq!(
        (reported.region.as_str(), reported.handled_region.as_str()),
        ("350100", "350200")
    );
}

#[test]
fn what_is_paid_is_what_is_owed_on_the_day() {
    let mut world = paying_world();
    world.accept(notices([7, 8]));
    world
        .reject(
            report_all(vec![paid("B1", 7).fen(FINE - 1)]),
            "AmountDiffers",
        )
        .naming([&decision(7), "199.99", "200.00", "0.00", "2026-11-21"]);
    // On the due date it is the bare amount, to its last millisecond in Beijing.
    let due_ends = FOUNDED_MS + DUE_MS + 12 * HOUR_MS;
    world.wait_ms(DUE_MS + 13 * HOUR_MS);
    world.accept(report_all(vec![paid("B1", 7).at_ms(due_ends - 1)]));
    // A millisecond later three in a hundred are owed besides.
    world
        .reject(
            report_all(vec![paid("B2", 8).at_ms(due_ends)]),
            "LateFeeOwed",
        )
        .naming([&decision(8), "200.00", "6.00", "2026-12-05", "2026-12-06"]);
    world
        .reject(
            report_all(vec![paid("B2", 8).at_ms(due_ends).fen(205_99)]),
            "AmountDiffers",
        )
        .naming(["205.99", "200.00", "6.00", "2026-12-06"]);
    world.accept(report_all(vec![paid("B2", 8).at_ms(due_ends).fen(206_00)]));
    let payment = world.notice(8).payment.unwrap();
    assert_eq!(
        (payment.amount, payment.late_fee),
        (Fen::new(206_00), Fen::new(6_00))
    );
    world.call("R", payment.receipt);
    assert_eq!(world.receipt("R").total, Fen::new(206_00));
}

#[test]
fn an_unknown_notice_is_named() {
    let mut world = paying_world();
    world
        .reject(report("B1", 7), "UnknownNotice")
        .naming([&decision(7)]);
}

#[test]
fn a_payment_is_reported_after_it_was_made_and_not_long_after() {
    let mut world = paying_world();
    world.accept(notice(7).with(|item| item.late_fee_rate = 0));
    let now = world.next_moment().time.as_ms();
    let at = |ms: u64| report_all(vec![paid("B1", 7).at_ms(ms)]);
    world.reject(at(now + 2_001), "PaidInFuture").naming([
        "B1",
        "2026-11-21 12:00:08",
        "2026-11-21 12:00:06",
    ]);
    world.wait_ms(32 * DAY_MS);
    world
        .reject(at(now), "PaidTooLongAgo")
        .naming(["B1", "2026-11-21", "2026-12-23", "31"]);
    // Within the drift of clocks, and on the last day.
    let mut world = paying_world();
    world.accept(notices([7, 8]).with(|item| item.late_fee_rate = 0));
    let now = world.next_moment().time.as_ms();
    world.accept(report_all(vec![paid("B1", 7).at_ms(now + 2_000)]));
    world.wait_ms(31 * DAY_MS);
    world.accept(report_all(vec![paid("B2", 8).at_ms(now)]));
}

#[test]
fn a_payment_is_accounted_that_day_or_the_next() {
    let mut world = paying_world();
    world.accept(notices([7, 8]));
    let on = |day| report_all(vec![paid("B1", 7).accounted(day)]);
    for day in [TODAY - 1, TODAY + 2] {
        let named = date(day).to_string();
        world
            .reject(on(day), "AccountDayOff")
            .naming(["B1", &named, "2026-11-21"]);
    }
    world.accept(on(TODAY + 1));
    assert!(world.day(TODAY).is_none());
    assert_eq!(world.day(TODAY + 1).unwrap().reported_only.count, 1);
}
