//! Issuing and reversing: hours, rate, shares, verifications, amounts, gaps.

use piaolian_contracts::{
    alerts::{
        AmountMean, IssuerCounter, SUPERVISION_COUNTERS, SupervisionCounter, SupervisionCounterKey,
    },
    organisations::Role,
    state::Table,
    types::ReceiptCode,
};
use piaolian_proto::v1 as proto;

use super::{none, only, say, says, thresholds};
use crate::world::{
    CODE, DAY_MS, HOUR_MS, TODAY, World,
    payments::{CENTRE, FINE, line, notices, paid, paying_world, report_all, state},
    receipts::note,
    requests::{grant, grant_of, in_cash, issue, issue_all, item, reverse},
};

/// Issues as many receipts in one transaction.
fn many(world: &mut World, prefix: &str, count: usize) {
    let items = (0..count).map(|n| item(&format!("{prefix}-{n}")));
    world.accept(issue_all(items.collect()));
}

fn costing(name: &str, fen: i64) -> proto::IssueItem {
    let mut item = item(name);
    (item.total_fen, item.settlement) = (fen, in_cash(fen));
    item
}

#[test]
fn issuing_outside_the_hours_is_found_and_within_is_not() {
    let mut world = World::new();
    // Stories begin at noon: open from noon to one.
    thresholds(&mut world, |t| (t.hours_from, t.hours_to) = (1_200, 1_300));
    world.accept(issue("R1"));
    none(&world);
    world.wait_ms(HOUR_MS - 10_000).accept(issue("R2"));
    none(&world);
    world.wait_ms(10_000);
    many(&mut world, "late", 3);
    let alert = only(&world, "OutsideHours", "hospital");
    assert_eq!(alert.count, 3);
    let at = "2026-11-21 13:00:03";
    says(&world, &alert, ["late-2", "hospital", at, "12:00", "13:00"]);
}

#[test]
fn a_hospital_open_day_and_night_has_no_hours() {
    let mut world = World::new();
    world.wait_ms(14 * HOUR_MS).accept(issue("R1").dated(TODAY));
    none(&world);
}

#[test]
fn issuing_above_the_rate_is_found_once_in_an_hour() {
    let mut world = World::new();
    thresholds(&mut world, |t| t.hour_receipts_max = 5);
    many(&mut world, "a", 5);
    none(&world);
    many(&mut world, "b", 2);
    let alert = only(&world, "AboveRate", "hospital");
    says(
        &world,
        &alert,
        ["hospital", "2026-11-21 12:00:00", "7", "5"],
    );
    assert_eq!(alert.count, 2);
    many(&mut world, "c", 1);
    let alert = only(&world, "AboveRate", "hospital");
    says(
        &world,
        &alert,
        ["hospital", "2026-11-21 12:00:00", "8", "5"],
    );
    assert_eq!((alert.count, alert.first.height.get()), (3, 4));
    assert_eq!(alert.last.height, world.height);
    // The next hour begins at 0.
    world.wait_ms(HOUR_MS);
    many(&mut world, "d", 5);
    assert_eq!(world.alerts().len(), 1);
    many(&mut world, "e", 1);
    assert_eq!(world.alerts().len(), 2);
}

#[test]
fn each_issuer_has_a_rate_of_its_own_and_refused_receipts_do_not_count() {
    let mut world = World::new();
    world
        .admit("clinic", &[Role::Issuer])
        .accept(grant("clinic", 2_001, 2_010));
    thresholds(&mut world, |t| t.hour_receipts_max = 2);
    many(&mut world, "a", 2);
    world.accept(issue("b").by("clinic"));
    world.submit(issue_all(vec![item("a-0"), item("a-1")]));
    none(&world);
    world.accept(issue("c"));
    only(&world, "AboveRate", "hospital");
}

#[test]
fn an_unusual_share_of_reversals_is_found_by_day() {
    let mut world = World::new();
    thresholds(&mut world, |t| {
        (t.reversal_share_max, t.reversals_min) = (2_000, 3);
    });
    many(&mut world, "a", 15);
    for n in 0..3 {
        world.accept(reverse(&format!("a-{n}")));
    }
    // Three of fifteen are 2,000 in 10,000, not more.
    none(&world);
    world.accept(reverse("a-3"));
    let alert = only(&world, "ReversalShare", "hospital");
    says(
        &world,
        &alert,
        ["hospital", "2026-11-21", "4", "15", "2000"],
    );
    world.accept(reverse("a-4"));
    let alert = only(&world, "ReversalShare", "hospital");
    assert_eq!(alert.count, 2);
    // Few reversals raise no alert, however few receipts there are.
    world.wait_ms(DAY_MS);
    for n in 5..7 {
        let today = |reverse: &mut proto::ReverseReceipt| reverse.issue_date = TODAY + 1;
        world.accept(reverse(&format!("a-{n}")).with(today));
    }
    assert_eq!(world.alerts().len(), 1);
    world.accept(reverse("a-7"));
    assert_eq!(world.alerts().len(), 2, "none was issued on that day");
}

#[test]
fn a_reversal_soon_after_a_verification_is_found() {
    let verified_before = |ms: u64| {
        let mut world = World::new();
        thresholds(&mut world, |t| t.verification_window_ms = HOUR_MS);
        world.accept(issue("R1"));
        world.accept(note("R1", "insurer"));
        world.wait_ms(ms).accept(reverse("R1"));
        world
    };
    let world = verified_before(HOUR_MS - 1);
    let alert = only(&world, "ReversedAfterVerification", "hospital");
    let at = "2026-11-21 12:00:04";
    says(&world, &alert, ["R1", "hospital", "insurer", at, "-R1"]);
    assert!(alert.concerns(&world.member("insurer").id));
    none(&verified_before(HOUR_MS));
}

#[test]
fn a_reversal_of_what_nobody_verified_raises_none() {
    let mut world = World::new();
    world.accept(issue("R1")).accept(reverse("R1"));
    none(&world);
}

#[test]
fn an_amount_far_above_its_kinds_usual_is_found() {
    let with_sample = |receipts: usize| {
        let mut world = World::new();
        thresholds(&mut world, |t| {
            (t.amount_factor_max, t.amount_receipts_min) = (10, 20);
        });
        // A mean of 200 fen.
        let items =
            (0..receipts).map(|n| costing(&format!("a-{n}"), if n % 2 == 0 { 100 } else { 300 }));
        world.accept(issue_all(items.collect()));
        world
    };
    let mut world = with_sample(20);
    world.accept(issue_all(vec![costing("R1", 2_000)]));
    none(&world);
    let mut world = with_sample(20);
    world.accept(issue_all(vec![costing("R1", 2_001), costing("R2", 100)]));
    let alert = only(&world, "UnusualAmount", "hospital");
    says(&world, &alert, ["R1", "hospital", "20.01", "2.00", "10"]);
    // Too few receipts for a usable mean.
    let mut world = with_sample(19);
    world.accept(issue_all(vec![costing("R1", 1_000_000)]));
    none(&world);
}

#[test]
fn what_is_usual_is_each_kinds_own_and_reversals_do_not_count() {
    let mut world = World::new();
    let inpatient = "35060226";
    world.accept(grant_of(inpatient, "hospital", 1, 100));
    thresholds(&mut world, |t| {
        (t.amount_factor_max, t.amount_receipts_min) = (10, 2);
    });
    let stay = |item: &mut proto::IssueItem| item.receipt_code = inpatient.to_owned();
    world
        .accept(issue_all(vec![costing("a", 100), costing("b", 0)]))
        .accept(reverse("a"))
        .accept(issue("stay").costing(1_000_000).with(stay))
        .accept(issue("c").costing(1_000_000));
    none(&world);
    let mean_of = |code: &str| {
        let kind = code.parse::<ReceiptCode>().unwrap().kind();
        SUPERVISION_COUNTERS
            .get(&world.state, &SupervisionCounterKey::Kind(kind))
            .unwrap()
    };
    let amounts = |count, sum_fen| Some(SupervisionCounter::Amounts(AmountMean { count, sum_fen }));
    assert_eq!(mean_of(CODE), amounts(2, 1_000_100));
    assert_eq!(mean_of(inpatient), amounts(1, 1_000_000));
}

#[test]
fn a_number_that_leaves_many_out_is_found() {
    let naming = |number| {
        let mut world = World::new();
        thresholds(&mut world, |t| t.number_gap_max = 100);
        world
            .accept(issue("R1"))
            .accept(issue("R2").numbered(number));
        world
    };
    none(&naming(102));
    let world = naming(103);
    let alert = only(&world, "NumberGap", "hospital");
    says(&world, &alert, ["R2", "hospital", "101", "100"]);
    // Using a number that was skipped before skips none.
    let mut world = naming(103);
    world.accept(issue("R3").numbered(50)).accept(issue("R4"));
    assert_eq!(only(&world, "NumberGap", "hospital").count, 1);
}

#[test]
fn a_reversal_that_leaves_numbers_out_is_found_as_well() {
    let mut world = World::new();
    thresholds(&mut world, |t| t.number_gap_max = 100);
    let far = |reverse: &mut proto::ReverseReceipt| reverse.receipt_number = Some(500);
    world.accept(issue("R1")).accept(reverse("R1").with(far));
    let alert = only(&world, "NumberGap", "hospital");
    says(&world, &alert, ["-R1", "hospital", "498", "100"]);
}

#[test]
fn a_threshold_of_zero_switches_its_rule_off() {
    let mut world = World::new();
    thresholds(&mut world, |_| ());
    many(&mut world, "a", 50);
    world.accept(issue_all(vec![costing("dear", i64::MAX / 2)]));
    world.accept(issue("far").numbered(1_000));
    for n in 0..50 {
        world.accept(reverse(&format!("a-{n}")));
    }
    none(&world);
}

#[test]
fn thresholds_act_from_the_next_block() {
    let mut world = World::new();
    let lower = world.sign(&crate::world::requests::set_parameters(|p| {
        p.alerts.as_mut().unwrap().hour_receipts_max = 1;
    }));
    let same_block = world.sign(&issue_all(vec![item("a"), item("b")]));
    world.block(&[lower, same_block]);
    none(&world);
    world.accept(issue("c"));
    only(&world, "AboveRate", "hospital");
}

#[test]
fn an_issuer_has_one_counter_however_long_it_issues() {
    let mut world = World::new();
    for day in 0..3 {
        let name = format!("R{day}");
        world
            .accept(issue(&name).dated(TODAY + day))
            .wait_ms(DAY_MS);
    }
    let key = SupervisionCounterKey::Issuer(world.member("hospital").id);
    let Some(SupervisionCounter::Issuer(counter)) =
        SUPERVISION_COUNTERS.get(&world.state, &key).unwrap()
    else {
        panic!("the hospital has a counter");
    };
    let IssuerCounter {
        hour_issued,
        date_issued,
        date_reversed,
        ..
    } = counter;
    assert_eq!((hour_issued, date_issued, date_reversed), (1, 1, 0));
    assert_eq!(counter.date.get(), TODAY + 2);
    // One of the issuer, one of the kind.
    assert_eq!(world.state.table(Table::SupervisionCounters).len(), 2);
}

#[test]
fn what_a_whole_block_issues_is_counted_transaction_by_transaction() {
    let mut world = World::new();
    thresholds(&mut world, |t| t.hour_receipts_max = 2);
    let block: Vec<_> = ["a", "b", "c", "d"]
        .iter()
        .map(|name| world.sign(&issue(name)))
        .collect();
    world.block(&block);
    let alert = only(&world, "AboveRate", "hospital");
    assert_eq!(alert.count, 2, "{}", say(&alert));
    assert_eq!(alert.first.height, alert.last.height);
    assert_ne!(alert.first.transaction, alert.last.transaction);
}

#[test]
fn receipts_of_payments_are_their_centres() {
    let mut world = paying_world();
    thresholds(&mut world, |t| t.hour_receipts_max = 2);
    world.accept(notices([1, 2, 3, 4]));
    let now = world.time.as_ms();
    let reported = [("B1", 1), ("B2", 2)].map(|(bank, number)| paid(bank, number).at_ms(now));
    world.accept(report_all(reported.to_vec()));
    // A repeated report issues nothing again, and a refused one issues nothing.
    world.accept(report_all(reported.to_vec()));
    world.submit(report_all(vec![paid("B9", 1), paid("B3", 3).fen(FINE + 1)]));
    none(&world);
    world.accept(report_all(vec![paid("B3", 3)]));
    let alert = only(&world, "AboveRate", CENTRE);
    assert_eq!(alert.count, 1, "{}", say(&alert));
}

#[test]
fn a_receipt_that_was_undone_with_its_payment_was_never_issued() {
    let mut world = paying_world();
    for bank in 2..=65 {
        let bank = format!("bank{bank}");
        world.admit(&bank, &[Role::AgentBank]);
        world.accept(state([line("B1", 1)]).by(&bank));
    }
    thresholds(&mut world, |t| t.hour_receipts_max = 1);
    world.accept(notices([1, 2]));
    world.submit(report_all(vec![paid("B1", 1), paid("B2", 2)]));
    assert_eq!(world.receipt_count(), 0);
    none(&world);
    world.accept(issue("R1"));
    none(&world);
}
