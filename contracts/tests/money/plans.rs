//! The sums of a year belong to a plan, and count what was paid elsewhere. Amounts are in yuan in the comments. Unless a
//! test says otherwise: a deductible of 100.00 and a cap of 1,000.00 of person and year; above the deductible 60 % up to
//! 500.00 and 80 % from there.

use piaolian_contracts::types::FundKind;
use piaolian_proto::v1 as proto;

use super::{decide, fund, outdated, take_back};
use crate::world::{
    World,
    reimbursement::{
        approve, authorise, claim, file, met_elsewhere, publish, recompute, set_opening_sums, sums,
        tier, with_policy,
    },
    requests::{issue, reverse},
};

#[test]
fn policies_of_one_plan_share_its_deductible_tiers_and_cap() {
    let mut world = with_policy();
    let second = publish("SECOND").on_terms(|terms| terms.plan_code = "BASIC".to_owned());
    world.accept(second).accept(publish("OWN"));
    // 700.00 − 100.00 = 600.00: 500.00 at 60 % is 300.00, 100.00 at 80 % is 80.00.
    assert_eq!(decide(&mut world, "C-1", "BASIC", 700_00), 380_00);
    // The deductible is met and the tiers go on at 600.00: 500.00 at 80 %.
    assert_eq!(decide(&mut world, "C-2", "SECOND", 500_00), 400_00);
    // 1,000.00 at 80 % is 800.00, but 1,000.00 − 380.00 − 400.00 = 220.00 of the cap are left.
    assert_eq!(decide(&mut world, "C-3", "SECOND", 1_000_00), 220_00);
    // Nothing is left under the first policy either.
    assert_eq!(decide(&mut world, "C-4", "BASIC", 1_000_00), 0);
    // 100.00 + 600.00 + 500.00 + 1,000.00 + 1,000.00: 100.00 of deductible, 3,100.00 above.
    assert_eq!(sums(&world, 2026), [100_00, 3_100_00, 1_000_00]);
    // Another plan has sums of its own.
    assert_eq!(decide(&mut world, "C-5", "OWN", 700_00), 380_00);
}

#[test]
fn three_policies_of_one_plan_have_one_cap() {
    let mut world = with_policy();
    for code in ["IP-L3", "IP-L2", "OP"] {
        world.accept(publish(code).on_terms(|terms| {
            terms.plan_code = "EMPLOYEES".to_owned();
            terms.deductible_fen = 0;
            terms.tiers = vec![tier(0, 10_000)];
            terms.yearly_limit = Some(proto::policy_terms::YearlyLimit::CapFen(100_000_00));
        }));
    }
    // 100,000.00 in all, where each policy by itself came to as much: 300,000.00.
    assert_eq!(decide(&mut world, "C-1", "IP-L3", 100_000_00), 100_000_00);
    assert_eq!(decide(&mut world, "C-2", "IP-L2", 100_000_00), 0);
    assert_eq!(decide(&mut world, "C-3", "OP", 100_000_00), 0);
}

#[test]
fn a_policy_stays_in_its_plan() {
    let mut world = with_policy();
    let other = publish("BASIC").on_terms(|terms| terms.plan_code = "OTHER".to_owned());
    world
        .reject(other, "PlanDiffers")
        .naming(["BASIC", "OTHER", "BASIC", "1"]);
}

#[test]
fn a_year_begins_with_its_opening_sums() {
    let mut world = with_policy();
    // 500.00 were scoped, 100.00 of them deductible, and 400.00 at 60 % paid before the ledger.
    let opening = || set_opening_sums("BASIC", 2026, [100_00, 400_00, 240_00]);
    world
        .reject(opening().operated_by("chen.jing"), "SumsNeedTwoPersons")
        .naming(["BASIC", "2026"]);
    world.accept(opening());
    world
        .reject(opening(), "SumsBegun")
        .naming(["BASIC", "2026"]);
    // 700.00, no deductible, the tiers go on at 400.00: 100.00 at 60 % is 60.00, 600.00 at 80 % is 480.00.
    assert_eq!(decide(&mut world, "C-1", "BASIC", 700_00), 540_00);
    assert_eq!(sums(&world, 2026), [100_00, 1_100_00, 780_00]);
    // A correction takes the claim off and leaves the opening.
    take_back(&mut world, "insurer", "C-1");
    assert_eq!(sums(&world, 2026), [100_00, 400_00, 240_00]);
    // What has begun is not opened.
    assert_eq!(decide(&mut world, "C-2", "BASIC", 1_00), 60);
    world.reject(opening(), "SumsBegun");
}

#[test]
fn a_claim_without_a_known_holder_is_refused() {
    let mut world = with_policy();
    let nobody = || file("C-1", &["R1"]).with(|claim| claim.holder_tag = vec![0; 32].into());
    world
        .accept(issue("R1"))
        .reject(nobody(), "NotAuthorised")
        .naming(["R1", "insurer"]);
    // The authorisation came after the node had looked for it.
    world
        .accept(authorise("R1", "insurer"))
        .reject(nobody(), "HolderUnknown")
        .naming(["C-1"]);
    world.accept(file("C-1", &["R1"]));
}

#[test]
fn what_was_met_elsewhere_counts_with_the_decision_that_names_it() {
    let mut world = with_policy();
    world
        .accept(issue("R1").costing(700_00))
        .accept(authorise("R1", "insurer"))
        .accept(file("C-1", &["R1"]))
        .accept(approve("C-1").on_approval(|_, approval| {
            let met = met_elsewhere([60_00, 450_00, 700_00], 0);
            approval.assessments[0].met_elsewhere = Some(met);
        }));
    // 100.00 − 60.00 = 40.00 of deductible; 660.00 above, from 450.00 on: 50.00 at 60 % is 30.00, 610.00 at 80 % is
    // 488.00: 518.00, but 1,000.00 − 700.00 = 300.00 of the cap are left.
    assert_eq!(fund(&world, "insurer", "C-1"), 300_00);
    let line = &claim(&world, "insurer", "C-1")
        .unwrap()
        .decision
        .unwrap()
        .lines[0];
    assert_eq!(line.deductible_before.get(), 60_00);
    assert_eq!(
        (line.deductible_taken.get(), line.paid_before.get()),
        (40_00, 700_00)
    );
    assert_eq!(sums(&world, 2026), [100_00, 1_110_00, 1_000_00]);
    take_back(&mut world, "insurer", "C-1");
    assert_eq!(sums(&world, 2026), [0, 0, 0]);
}

/// A receipt of an admission that was settled directly: total, and what the pooled fund paid of it.
fn settled(world: &mut World, name: &str, total: i64, pooled: i64) {
    world
        .accept(issue(name).with(move |item| {
            item.total_fen = total;
            item.settlement = Some(proto::Settlement {
                pooled_fund_fen: pooled,
                personal_account_fen: 0,
                personal_cash_fen: total - pooled,
                other_fen: 0,
            });
        }))
        .accept(authorise(name, "insurer"));
}

/// A basic policy with a cap of 100,000.00, a deductible of 500.00, and 85 % above it.
fn basic(world: &mut World) {
    world.accept(publish("BASE").on_terms(|terms| {
        terms.fund_kind = FundKind::BasicMedical.number();
        terms.deductible_fen = 500_00;
        terms.yearly_limit = Some(proto::policy_terms::YearlyLimit::CapFen(100_000_00));
        terms.tiers = vec![tier(0, 8_500)];
    }));
}

fn settled_receipts(world: &World, names: &[(&str, i64, i64)]) -> Vec<proto::SettledReceipt> {
    let settled =
        |(name, deductible_met_fen, above_fen): &(&str, i64, i64)| proto::SettledReceipt {
            receipt: Some(world.receipt_id(name).into()),
            deductible_met_fen: *deductible_met_fen,
            above_fen: *above_fen,
            admission: true,
        };
    names.iter().map(settled).collect()
}

#[test]
fn what_was_settled_at_a_hospital_counts_in_the_year() {
    let mut world = with_policy();
    basic(&mut world);
    // Admissions of the year: 90,000.00 pooled of 106,382.35, of which 500.00 were the deductible: 105,882.35 × 85 % =
    // 90,000.00 (89,999.9975, rounded half up).
    settled(&mut world, "H1", 106_382_35, 90_000_00);
    world
        .accept(issue("R1").costing(36_000_00))
        .accept(authorise("R1", "insurer"))
        .accept(file("C-1", &["R1"]).under("BASE"))
        .accept(approve("C-1").on_approval(|world, approval| {
            approval.settled_receipts = settled_receipts(world, &[("H1", 500_00, 105_882_35)]);
        }));
    // Deductible met in hospital: 36,000.00 × 85 % = 30,600.00, but 100,000.00 − 90,000.00 = 10,000.00 of the cap are
    // left.
    assert_eq!(fund(&world, "insurer", "C-1"), 10_000_00);
    let line = &claim(&world, "insurer", "C-1")
        .unwrap()
        .decision
        .unwrap()
        .lines[0];
    assert_eq!(
        (line.deductible_before.get(), line.deductible_taken.get()),
        (500_00, 0)
    );
    assert_eq!(line.tiers_sum.get(), 30_600_00);
    // It counts once, also after the claim that named it was taken back.
    take_back(&mut world, "insurer", "C-1");
    world
        .accept(file("C-2", &["R1"]).under("BASE"))
        .reject(
            approve("C-2").on_approval(|world, approval| {
                approval.settled_receipts = settled_receipts(world, &[("H1", 500_00, 0)]);
            }),
            "SettlementCounted",
        )
        .naming(["H1", "insurer", "C-1"]);
    world.accept(approve("C-2"));
    assert_eq!(fund(&world, "insurer", "C-2"), 10_000_00);
}

#[test]
fn a_settled_receipt_that_is_reversed_is_taken_off_by_the_decision_that_names_it() {
    let mut world = with_policy();
    basic(&mut world);
    settled(&mut world, "H1", 1_000_00, 425_00);
    let names = |names: &'static [(&str, i64, i64)]| {
        move |world: &World, approval: &mut proto::ClaimApproval| {
            approval.settled_receipts = settled_receipts(world, names);
        }
    };
    // 1,000.00 − 500.00 = 500.00 at 85 % is 425.00 at the hospital. Then 100.00 at 85 % is 85.00.
    world
        .accept(issue("R1").costing(100_00))
        .accept(authorise("R1", "insurer"))
        .accept(file("C-1", &["R1"]).under("BASE"))
        .accept(approve("C-1").on_approval(names(&[("H1", 500_00, 500_00)])));
    assert_eq!(fund(&world, "insurer", "C-1"), 85_00);
    world.accept(reverse("H1"));
    world
        .accept(issue("R2").costing(400_00))
        .accept(authorise("R2", "insurer"))
        .accept(file("C-2", &["R2"]).under("BASE"))
        .accept(approve("C-2").on_approval(names(&[("H1", 0, 0)])));
    // The deductible is open again: 400.00 of 500.00.
    assert_eq!(fund(&world, "insurer", "C-2"), 0);
    // Alone the 100.00 of C-1 are all deductible.
    assert!(outdated(&world, "C-1") && !outdated(&world, "C-2"));
    world
        .reject(recompute("C-1"), "RecomputedDiffers")
        .naming(["C-1", "85.00", "0.00"]);
    world
        .accept(issue("R3").costing(200_00))
        .accept(authorise("R3", "insurer"))
        .accept(file("C-3", &["R3"]).under("BASE"))
        .reject(
            approve("C-3").on_approval(names(&[("H1", 0, 0)])),
            "NothingToCount",
        )
        .naming(["H1", "basic medical insurance"]);
}

#[test]
fn only_the_fund_that_settled_counts_a_settlement() {
    let mut world = with_policy();
    settled(&mut world, "H1", 1_000_00, 425_00);
    world
        .accept(issue("R1").costing(200_00))
        .accept(authorise("R1", "insurer"))
        .accept(file("C-1", &["R1"]));
    let names = |name: &'static str| {
        approve("C-1").on_approval(move |world, approval| {
            approval.settled_receipts = settled_receipts(world, &[(name, 0, 0)]);
        })
    };
    world
        .reject(names("H1"), "NothingToCount")
        .naming(["H1", "serious illness insurance"]);
    world.accept(issue("H2"));
    world.reject(names("H2"), "NotAuthorised");
}

#[test]
fn a_deductible_may_be_of_the_admission_and_the_hospitals_level() {
    let mut world = with_policy();
    world.accept(publish("STAY").on_terms(|terms| {
        terms.deductible_fen = 0;
        terms.tiers = vec![tier(0, 8_000)];
        terms.yearly_limit = Some(proto::policy_terms::YearlyLimit::Uncapped(true));
        let of_level = |level: proto::HospitalLevel, fen: &[i64]| proto::AdmissionDeductible {
            level: level.into(),
            deductible_fen: fen.to_vec(),
        };
        terms.admission_deductibles = vec![
            of_level(proto::HospitalLevel::Second, &[600_00, 300_00]),
            of_level(proto::HospitalLevel::Third, &[900_00, 450_00, 200_00]),
        ];
    }));
    let stay = |world: &mut World, number: &str, level: proto::HospitalLevel| {
        world
            .accept(issue(number).costing(1_000_00))
            .accept(authorise(number, "insurer"))
            .accept(file(number, &[number]).under("STAY"));
        let at = approve(number).on_approval(move |_, approval| {
            approval.assessments[0].hospital_level = level.into();
        });
        world.accept(at);
        fund(world, "insurer", number)
    };
    // First stay, third level: 1,000.00 − 900.00 = 100.00 at 80 %.
    assert_eq!(stay(&mut world, "C-1", proto::HospitalLevel::Third), 80_00);
    // Second stay, second level: 1,000.00 − 300.00 = 700.00 at 80 %.
    assert_eq!(
        stay(&mut world, "C-2", proto::HospitalLevel::Second),
        560_00
    );
    // Third stay, third level: 1,000.00 − 200.00 = 800.00 at 80 %; and so the fourth.
    assert_eq!(stay(&mut world, "C-3", proto::HospitalLevel::Third), 640_00);
    assert_eq!(stay(&mut world, "C-4", proto::HospitalLevel::Third), 640_00);
    let line = &claim(&world, "insurer", "C-4")
        .unwrap()
        .decision
        .unwrap()
        .lines[0];
    assert_eq!(line.admission, Some(4));
    world
        .accept(issue("R5").costing(1_000_00))
        .accept(authorise("R5", "insurer"))
        .accept(file("C-5", &["R5"]).under("STAY"));
    // Without a level, and with one that the policy does not have.
    world
        .reject(approve("C-5"), "NoDeductible")
        .naming(["R5", "none", "STAY", "1"]);
    let first = approve("C-5").on_approval(|_, approval| {
        approval.assessments[0].hospital_level = proto::HospitalLevel::First.into();
    });
    world.reject(first, "NoDeductible").naming(["R5", "first"]);
    // Two stays elsewhere before it: it is the seventh.
    let later = approve("C-5").on_approval(|_, approval| {
        approval.assessments[0].hospital_level = proto::HospitalLevel::Third.into();
        approval.assessments[0].met_elsewhere = Some(met_elsewhere([0, 0, 0], 2));
    });
    world.accept(later);
    let line = &claim(&world, "insurer", "C-5")
        .unwrap()
        .decision
        .unwrap()
        .lines[0];
    assert_eq!((line.admission, line.fund.get()), (Some(7), 640_00));
}

#[test]
fn a_year_counts_at_most_366_claims() {
    let mut world = with_policy();
    world.accept(publish("SMALL").on_terms(|terms| terms.deductible_fen = 0));
    for number in 1..=366 {
        // 1.00 at 60 %.
        assert_eq!(
            decide(&mut world, &format!("C-{number}"), "SMALL", 1_00),
            60
        );
    }
    world
        .accept(issue("R").costing(1_00))
        .accept(authorise("R", "insurer"))
        .accept(file("C-367", &["R"]).under("SMALL"));
    world
        .reject(approve("C-367"), "TooManyDecisions")
        .naming(["C-367", "2026", "SMALL", "366"]);
}
