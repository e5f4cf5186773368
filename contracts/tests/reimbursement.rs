//! Worked examples of reimbursements. The comments compute each by hand, in yuan.
//!
//! Unless a test says otherwise the policy has a deductible of 100.00 and a cap of 1,000.00 for
//! a person and year, and above the deductible 60 % up to 500.00 and 80 % from there.

mod years;

use piaolian_contracts::{
    claims::{Limit, Reimbursement},
    organisations::Role,
    policies::Base,
    types::Fen,
};
use piaolian_proto::v1::{self as proto, policy_terms::YearlyLimit};

use crate::world::{
    DAY_MS, World,
    reimbursement::{
        TAG, approve, authorise, claim, file, paid_out, publish, sums, tier, with_policy,
    },
    requests::{book, issue},
};

/// Issues a receipt with this total, all of it paid in cash, and authorises the insurer.
fn receipt(world: &mut World, name: &str, total: i64) {
    world
        .accept(issue(name).costing(total))
        .accept(authorise(name, "insurer").for_ms(300 * DAY_MS));
}

/// Claims receipts of these totals in one claim, and approves it; its lines.
fn claim_totals(world: &mut World, number: &str, totals: &[i64]) -> Vec<Reimbursement> {
    let names: Vec<String> = (0..totals.len())
        .map(|place| format!("{number}-{place}"))
        .collect();
    for (name, total) in names.iter().zip(totals) {
        receipt(world, name, *total);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    world.accept(file(number, &names)).accept(approve(number));
    lines(world, number)
}

fn lines(world: &World, number: &str) -> Vec<Reimbursement> {
    let claim = claim(world, "insurer", number).unwrap();
    claim.decision.unwrap().lines
}

/// The fund's payment of one receipt with this total, the first of its year.
fn fund_of(terms: impl Fn(&mut proto::PolicyTerms) + 'static, total: i64) -> Reimbursement {
    let mut world = with_policy();
    world.accept(publish("BASIC").on_terms(terms));
    claim_totals(&mut world, "C-1", &[total]).remove(0)
}

fn parts(line: &Reimbursement) -> Vec<(i64, i64)> {
    line.tiers
        .iter()
        .map(|step| (step.amount.get(), step.fund.get()))
        .collect()
}

#[test]
fn at_the_deductible() {
    for (total, taken, parts_expected, fund) in [
        // 99.99 is all deductible.
        (99_99, 99_99, vec![], 0),
        (100_00, 100_00, vec![], 0),
        // 100.01 − 100.00 = 0.01; 60 % of it is 0.006, rounded to 0.01.
        (100_01, 100_00, vec![(1, 1)], 1),
    ] {
        let line = fund_of(|_| (), total);
        assert_eq!(line.deductible_taken, Fen::new(taken), "{total}");
        assert_eq!(parts(&line), parts_expected, "{total}");
        assert_eq!(line.fund, Fen::new(fund), "{total}");
        assert_eq!(line.personal, Fen::new(total - fund), "{total}");
    }
}

#[test]
fn at_a_tiers_edge() {
    for (total, parts_expected, fund) in [
        // 599.99 − 100.00 = 499.99; 60 % is 299.994, rounded to 299.99.
        (599_99, vec![(499_99, 299_99)], 299_99),
        // 600.00 − 100.00 = 500.00; 60 % is 300.00.
        (600_00, vec![(500_00, 300_00)], 300_00),
        // 600.01 − 100.00 = 500.01; 300.00, and 80 % of 0.01 is 0.008, rounded to 0.01.
        (600_01, vec![(500_00, 300_00), (1, 1)], 300_01),
    ] {
        let line = fund_of(|_| (), total);
        assert_eq!(parts(&line), parts_expected, "{total}");
        assert_eq!(
            (line.fund, line.limit),
            (Fen::new(fund), Limit::None),
            "{total}"
        );
    }
}

#[test]
fn at_the_cap() {
    for (total, tiers, fund, limit) in [
        // 1,474.99 − 100.00 − 500.00 = 874.99; 80 % is 699.992, with 300.00 it is 999.99.
        (1_474_99, 999_99, 999_99, Limit::None),
        // 1,475.00 − 100.00 − 500.00 = 875.00; 80 % is 700.00, with 300.00 it is 1,000.00.
        (1_475_00, 1_000_00, 1_000_00, Limit::None),
        // 875.01; 80 % is 700.008, rounded to 700.01, with 300.00 it is 1,000.01.
        (1_475_01, 1_000_01, 1_000_00, Limit::Cap),
    ] {
        let line = fund_of(|_| (), total);
        assert_eq!(line.tiers_sum, Fen::new(tiers), "{total}");
        assert_eq!((line.fund, line.limit), (Fen::new(fund), limit), "{total}");
        assert_eq!(line.personal, Fen::new(total - fund), "{total}");
    }
}

#[test]
fn without_a_cap() {
    // 100,000.00 − 100.00 − 500.00 = 99,400.00; 80 % is 79,520.00, with 300.00 it is 79,820.00.
    let line = fund_of(
        |terms| terms.yearly_limit = Some(YearlyLimit::Uncapped(true)),
        100_000_00,
    );
    assert_eq!((line.fund, line.cap), (Fen::new(79_820_00), None));
}

#[test]
fn each_tier_is_rounded_once_and_half_up() {
    let halves = |terms: &mut proto::PolicyTerms| {
        terms.deductible_fen = 0;
        terms.tiers = vec![tier(0, 5_000), tier(1, 5_000), tier(2, 5_000)];
    };
    // 0.02: half of 0.01 is 0.005, rounded up to 0.01, twice: 0.02, not half of 0.02.
    let line = fund_of(halves, 2);
    assert_eq!(parts(&line), [(1, 1), (1, 1)]);
    assert_eq!(line.fund, Fen::new(2));
    let thirds = |terms: &mut proto::PolicyTerms| {
        terms.deductible_fen = 0;
        terms.tiers = vec![tier(0, 3_333), tier(1_00, 6_667)];
    };
    // 1.00 at 33.33 % is 0.3333, rounded to 0.33; 0.50 at 66.67 % is 0.33335, rounded to
    // 0.33; together 0.66.
    let line = fund_of(thirds, 1_50);
    assert_eq!(parts(&line), [(1_00, 33), (50, 33)]);
    assert_eq!(line.fund, Fen::new(66));
    // 0.75 at 66.67 % is 0.500025, rounded to 0.50: 0.83.
    assert_eq!(fund_of(thirds, 1_75).fund, Fen::new(83));
}

#[test]
fn what_a_clerk_takes_out_comes_off_first() {
    let mut world = with_policy();
    receipt(&mut world, "R1", 1_000_00);
    world
        .accept(file("C-1", &["R1"]))
        .accept(approve("C-1").assessing(0, [100_00, 50_00, 30_00, 24_00]));
    // 1,000.00 − 100.00 − 50.00 − 30.00 = 820.00 in scope; − 100.00 = 720.00 above the
    // deductible; 500.00 at 60 % is 300.00, 220.00 at 80 % is 176.00: 476.00. The person
    // bears 1,000.00 − 476.00 − 24.00 = 500.00.
    let line = lines(&world, "C-1").remove(0);
    assert_eq!(line.in_scope, Fen::new(820_00));
    assert_eq!(line.above, Fen::new(720_00));
    assert_eq!(parts(&line), [(500_00, 300_00), (220_00, 176_00)]);
    assert_eq!(
        (line.fund, line.personal),
        (Fen::new(476_00), Fen::new(500_00))
    );
    assert_eq!(sums(&world, 2026), [100_00, 720_00, 476_00]);
}

#[test]
fn the_fund_pays_no_more_than_what_is_left_of_the_receipt() {
    let mut world = with_policy();
    world.accept(publish("FULL").on_terms(|terms| {
        terms.deductible_fen = 0;
        terms.tiers = vec![tier(0, 10_000)];
    }));
    // 100.00, of which the pooled fund paid 40.00 at settlement: 60.00 are left of it.
    world
        .accept(issue("R1"))
        .accept(authorise("R1", "insurer"))
        .accept(file("C-1", &["R1"]).under("FULL"))
        .accept(approve("C-1"));
    let line = lines(&world, "C-1").remove(0);
    assert_eq!(
        (line.base, line.tiers_sum),
        (Fen::new(100_00), Fen::new(100_00))
    );
    assert_eq!((line.left, line.fund), (Fen::new(60_00), Fen::new(60_00)));
    assert_eq!(line.limit, Limit::Receipt);
}

#[test]
fn a_second_payer_continues_from_what_is_left() {
    let mut world = with_policy();
    let top_up = publish("TOPUP").by("insurer2").on_terms(|terms| {
        terms.fund_kind = 4; // commercial
        terms.deductible_fen = 50_00;
        terms.tiers = vec![tier(0, 9_000)];
        terms.base = proto::PolicyBase::Remaining.into();
    });
    world.accept(top_up);
    receipt(&mut world, "R1", 1_000_00);
    world.accept(authorise("R1", "insurer2"));
    // 1,000.00 − 100.00 = 900.00; 500.00 at 60 % is 300.00, 400.00 at 80 % is 320.00: 620.00.
    world.accept(file("C-1", &["R1"])).accept(approve("C-1"));
    // Decided is enough: 1,000.00 − 620.00 = 380.00 are left. − 50.00 = 330.00 at 90 % is
    // 297.00; the person bears 380.00 − 297.00 = 83.00.
    world
        .accept(file("K-1", &["R1"]).by("insurer2").under("TOPUP"))
        .accept(approve("K-1").by("insurer2"));
    let second = claim(&world, "insurer2", "K-1").unwrap();
    let line = second.decision.unwrap().lines.remove(0);
    assert_eq!(
        (line.base_kind, line.base),
        (Base::Remaining, Fen::new(380_00))
    );
    assert_eq!(
        (line.fund, line.personal),
        (Fen::new(297_00), Fen::new(83_00))
    );
    world.accept(paid_out("K-1")).accept(paid_out("C-1"));
    // The employer takes the rest, and a fen more is refused.
    let rest = |amount| {
        let booking = book("R1", "employer", "V1", amount);
        booking.with(|book| book.presented_total_fen = 1_000_00)
    };
    world
        .reject(rest(83_01), "AboveRemaining")
        .naming(["83.01", "83.00"]);
    world.accept(rest(83_00));
    assert_eq!(world.receipt("R1").booked(), Fen::new(1_000_00));
}

#[test]
fn a_fast_commercial_claim_is_the_same_path() {
    let mut world = with_policy();
    world.admit("insurer3", &[Role::MedicalInsurer, Role::CommercialInsurer]);
    let fast = publish("FAST").by("insurer3").on_terms(|terms| {
        terms.fund_kind = 4; // commercial
        terms.deductible_fen = 0;
        terms.yearly_limit = Some(YearlyLimit::CapFen(30_00));
        terms.tiers = vec![tier(0, 10_000)];
        terms.base = proto::PolicyBase::Remaining.into();
        terms.filing_days_max = 90;
    });
    // 60.00 are left after settlement; the cap is 30.00.
    world
        .accept(fast)
        .accept(issue("R1"))
        .accept(authorise("R1", "insurer3"))
        .accept(file("F-1", &["R1"]).by("insurer3").under("FAST"));
    let one = approve("F-1").by("insurer3");
    world.accept(one);
    let decided = claim(&world, "insurer3", "F-1").unwrap();
    let line = &decided.decision.unwrap().lines[0];
    assert_eq!((line.base, line.fund), (Fen::new(60_00), Fen::new(30_00)));
    assert_eq!(line.limit, Limit::Cap);
    assert_eq!(decided.holder_tag.as_bytes(), &TAG);
}
