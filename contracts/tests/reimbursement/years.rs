//! The sums of a year's claims, and the order in which claims count.

use piaolian_contracts::{
    claims::{ClaimStatus, Limit, status},
    types::Fen,
};

use super::{claim_totals, lines, parts, receipt};
use crate::world::{
    DAY_MS, TODAY,
    reimbursement::{
        approve, authorise, claim, correct, file, publish, recalled, sums, with_policy,
    },
    requests::issue,
};

#[test]
fn the_deductible_is_met_over_the_claims_of_a_year() {
    let mut world = with_policy();
    // 60.00: all deductible.
    let first = claim_totals(&mut world, "C-1", &[60_00]).remove(0);
    assert_eq!(
        (first.deductible_taken, first.fund),
        (Fen::new(60_00), Fen::ZERO)
    );
    // 90.00: 40.00 of the deductible are left; 50.00 at 60 % is 30.00.
    let second = claim_totals(&mut world, "C-2", &[90_00]).remove(0);
    assert_eq!(second.deductible_before, Fen::new(60_00));
    assert_eq!(
        (second.deductible_taken, second.fund),
        (Fen::new(40_00), Fen::new(30_00))
    );
    // 500.00: none is left, and the tiers go on at 50.00: 450.00 at 60 % is 270.00, 50.00
    // at 80 % is 40.00: 310.00.
    let third = claim_totals(&mut world, "C-3", &[500_00]).remove(0);
    assert_eq!(
        (third.deductible_taken, third.tiers_from),
        (Fen::ZERO, Fen::new(50_00))
    );
    assert_eq!(parts(&third), [(450_00, 270_00), (50_00, 40_00)]);
    assert_eq!(third.fund, Fen::new(310_00));
    assert_eq!(sums(&world, 2026), [100_00, 550_00, 340_00]);
}

#[test]
fn the_cap_is_reached_over_the_claims_of_a_year() {
    let mut world = with_policy();
    // 1,350.00 − 100.00 − 500.00 = 750.00; 80 % is 600.00, with 300.00 it is 900.00.
    assert_eq!(
        claim_totals(&mut world, "C-1", &[1_350_00])[0].fund,
        Fen::new(900_00)
    );
    // 200.00 at 80 % is 160.00, but 100.00 of the cap are left.
    let second = claim_totals(&mut world, "C-2", &[200_00]).remove(0);
    assert_eq!(second.tiers_sum, Fen::new(160_00));
    assert_eq!((second.fund, second.limit), (Fen::new(100_00), Limit::Cap));
    // Nothing is left: settled at zero.
    let third = claim_totals(&mut world, "C-3", &[200_00]).remove(0);
    assert_eq!((third.fund, third.limit), (Fen::ZERO, Limit::Cap));
    let third = claim(&world, "insurer", "C-3").unwrap();
    assert_eq!(status(&third, world.time), ClaimStatus::SettledAtZero);
    // Once the second is corrected, 100.00 are left again.
    world.accept(correct("C-2")).accept(recalled("C-2"));
    assert_eq!(
        claim_totals(&mut world, "C-4", &[200_00])[0].fund,
        Fen::new(100_00)
    );
}

#[test]
fn the_receipts_of_a_claim_are_computed_in_order_of_issue() {
    let mut world = with_policy();
    world
        .accept(issue("late").costing(100_00).dated(TODAY + 1))
        .accept(
            issue("noon")
                .costing(100_00)
                .with(|item| item.issue_time = 120_000),
        )
        .accept(
            issue("early")
                .costing(100_00)
                .with(|item| item.issue_time = 80_000),
        )
        .accept(
            issue("noon2")
                .costing(100_00)
                .with(|item| item.issue_time = 120_000),
        );
    let names = ["late", "noon2", "noon", "early"];
    for name in names {
        world.accept(authorise(name, "insurer"));
    }
    world.accept(file("C-1", &names)).accept(approve("C-1"));
    // The earliest meets the deductible; each of the others is 100.00 at 60 %.
    let lines = lines(&world, "C-1");
    let order = ["early", "noon", "noon2", "late"].map(|name| world.receipt_id(name));
    assert!(lines.iter().map(|line| line.receipt).eq(order));
    let funds: Vec<i64> = lines.iter().map(|line| line.fund.get()).collect();
    assert_eq!(funds, [0, 60_00, 60_00, 60_00]);
}

#[test]
fn a_claim_across_the_turn_of_the_year_has_two_years() {
    let mut world = with_policy();
    // To 2026-12-31, noon.
    world.wait_ms(40 * DAY_MS - 60_000);
    for (name, date) in [("R1", 2026_12_31), ("R2", 2027_01_01)] {
        world
            .accept(issue(name).costing(300_00).dated(date))
            .accept(authorise(name, "insurer").for_ms(DAY_MS));
    }
    world
        .accept(file("C-1", &["R2", "R1"]))
        .accept(approve("C-1"));
    // Each year has its own deductible: 300.00 − 100.00 = 200.00 at 60 % is 120.00, twice.
    let lines = lines(&world, "C-1");
    let seen: Vec<_> = lines
        .iter()
        .map(|line| (line.year, line.fund.get()))
        .collect();
    assert_eq!(seen, [(2026, 120_00), (2027, 120_00)]);
    assert_eq!(sums(&world, 2026), [100_00, 200_00, 120_00]);
    assert_eq!(sums(&world, 2027), [100_00, 200_00, 120_00]);
}

#[test]
fn a_receipt_of_last_year_is_counted_in_its_year_whenever_it_is_claimed() {
    let mut world = with_policy();
    world.wait_ms(40 * DAY_MS - 60_000);
    world
        .accept(issue("R1").costing(300_00).dated(2026_12_31))
        .accept(authorise("R1", "insurer").for_ms(300 * DAY_MS));
    world.wait_ms(100 * DAY_MS);
    world.accept(file("C-1", &["R1"])).accept(approve("C-1"));
    assert_eq!(sums(&world, 2026), [100_00, 200_00, 120_00]);
    assert_eq!(sums(&world, 2027), [0, 0, 0]);
}

#[test]
fn tiers_may_begin_anew_with_each_receipt() {
    let mut world = with_policy();
    world.accept(publish("BASIC").on_terms(|terms| terms.tiers_accumulate = false));
    // 500.00 − 100.00 = 400.00 at 60 % is 240.00. The second has no deductible left and
    // begins in the first tier: 500.00 at 60 % is 300.00, 100.00 at 80 % is 80.00.
    let lines = claim_totals(&mut world, "C-1", &[500_00, 600_00]);
    assert_eq!(parts(&lines[0]), [(400_00, 240_00)]);
    assert_eq!(parts(&lines[1]), [(500_00, 300_00), (100_00, 80_00)]);
    assert_eq!(
        (lines[1].above_before, lines[1].tiers_from),
        (Fen::new(400_00), Fen::ZERO)
    );
}

#[test]
fn another_person_and_another_policy_have_sums_of_their_own() {
    let mut world = with_policy();
    world.accept(publish("SECOND"));
    for name in ["R1", "R2", "R3"] {
        receipt(&mut world, name, 200_00);
    }
    world
        .accept(file("C-1", &["R1"]))
        .accept(file("C-2", &["R2"]).with(|claim| claim.holder_tag = vec![9; 32].into()))
        .accept(file("C-3", &["R3"]).under("SECOND"));
    // Each meets a deductible of its own: 200.00 − 100.00 = 100.00 at 60 % is 60.00.
    for number in ["C-1", "C-2", "C-3"] {
        world.accept(approve(number));
        assert_eq!(lines(&world, number)[0].fund, Fen::new(60_00), "{number}");
    }
    assert_eq!(sums(&world, 2026), [100_00, 100_00, 60_00]);
}

#[test]
fn the_version_of_the_issue_date_is_what_counts() {
    let mut world = with_policy();
    world.accept(publish("BASIC").on_terms(|terms| {
        terms.from_date = TODAY + 1;
        terms.deductible_fen = 0;
    }));
    world
        .accept(issue("R1").costing(100_00))
        .accept(issue("R2").costing(100_00).dated(TODAY + 1));
    for name in ["R1", "R2"] {
        world.accept(authorise(name, "insurer"));
    }
    world
        .accept(file("C-1", &["R1", "R2"]))
        .accept(approve("C-1"));
    let lines = lines(&world, "C-1");
    let seen: Vec<_> = lines
        .iter()
        .map(|line| (line.policy_version, line.fund.get()))
        .collect();
    // The first by version 1: all deductible. The second by version 2: 60.00.
    assert_eq!(seen, [(1, 0), (2, 60_00)]);
}
