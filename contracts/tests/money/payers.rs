//! Who may pay what: funds, payers, plans and policies. Amounts are in yuan in the comments.

use piaolian_contracts::{organisations::Role, parameters::FundRule, types::FundKind};
use piaolian_proto::v1 as proto;

use crate::world::{
    DAY_MS, TODAY, World,
    reimbursement::{
        approve, authorise, claim, consent, correct, file, met_elsewhere, paid_out, publish,
        recompute, set_opening_sums, sums, tier, with_policy,
    },
    requests::{book, grant_of, issue, lock, reverse, set_parameters},
};

/// The medical insurers of two cities, a life insurer and a bank, with a policy of each: 70 % of the total, no deductible
/// and no cap.
fn with_insurers() -> World {
    let mut world = World::new();
    world
        .admit("city1", &[Role::MedicalInsurer])
        .admit("city2", &[Role::MedicalInsurer])
        .admit("life", &[Role::CommercialInsurer])
        .admit("life2", &[Role::CommercialInsurer])
        .admit("bank", &[Role::AgentBank]);
    for (insurer, kind) in [
        ("city1", FundKind::BasicMedical),
        ("city2", FundKind::BasicMedical),
        ("life", FundKind::Commercial),
        ("life2", FundKind::Commercial),
    ] {
        world.accept(seventy("BASIC", insurer, kind));
    }
    world
}

fn seventy(
    code: &str,
    insurer: &str,
    kind: FundKind,
) -> crate::world::reimbursement::Ask<proto::PublishPolicy> {
    publish(code).by(insurer).on_terms(move |terms| {
        terms.fund_kind = kind.number();
        terms.deductible_fen = 0;
        terms.yearly_limit = Some(proto::policy_terms::YearlyLimit::Uncapped(true));
        terms.tiers = vec![tier(0, 7_000)];
    })
}

/// A receipt of 1,000.00, all of it paid in cash, that each of these may claim.
fn in_cash(world: &mut World, name: &str, insurers: &[&str]) {
    world.accept(issue(name).costing(1_000_00));
    for insurer in insurers {
        world.accept(authorise(name, insurer));
    }
}

fn one_receipt(_: &World, approval: &mut proto::ClaimApproval) {
    approval.assessments = vec![proto::Assessment::default()];
}

fn fund(world: &World, insurer: &str, number: &str) -> i64 {
    let decision = claim(world, insurer, number).unwrap().decision.unwrap();
    decision.total.get()
}

// A5

#[test]
fn a_statutory_fund_is_never_booked_by_hand() {
    let mut world = World::new();
    world
        .admit("city1", &[Role::MedicalInsurer])
        .accept(issue("R1").costing(10_000_00));
    for kind in FundKind::ALL.into_iter().filter(|kind| kind.is_statutory()) {
        let by_hand = book("R1", "city1", "V1", 10_000_00).with(|book| {
            book.presented_total_fen = 10_000_00;
            book.fund_kind = kind.number();
        });
        world
            .reject(by_hand, "ClaimNeeded")
            .naming(["R1", &kind.to_string()]);
    }
    assert_eq!(world.receipt("R1").booked().get(), 0);
}

#[test]
fn a_fund_that_finance_binds_to_claims_is_not_booked_by_hand_either() {
    let mut world = World::new();
    world.accept(issue("R1")).accept(set_parameters(|p| {
        let rule = p.fund_rules.iter_mut().find(|rule| rule.fund_kind == 5);
        rule.unwrap().claim_needed = true;
    }));
    world.reject(book("R1", "employer", "V1", 1), "ClaimNeeded");
    world.accept(book("R1", "insurer", "V1", 1));
}

// A6

#[test]
fn a_second_payer_of_a_statutory_fund_is_refused_and_told_of_the_first() {
    let mut world = with_insurers();
    in_cash(&mut world, "R1", &["city1", "city2", "life"]);
    // 70 % of 1,000.00.
    world
        .accept(file("C-1", &["R1"]).by("city1"))
        .accept(approve("C-1").by("city1").on_approval(one_receipt));
    assert_eq!(fund(&world, "city1", "C-1"), 700_00);
    let alerts = world.alerts().len();
    world
        .reject(file("D-1", &["R1"]).by("city2"), "PaidByAnother")
        .naming(["R1", "basic medical insurance", "city1", "C-1", "700.00"]);
    // Kind 1: a double claim, which names both.
    let alert = world.alerts().pop().unwrap();
    assert_eq!(world.alerts().len(), alerts + 1);
    assert_eq!(alert.kind.number, 1);
    // A commercial insurer continues from what is left: 300.00 of the 700.00 that its tier gives.
    world
        .accept(file("L-1", &["R1"]).by("life"))
        .accept(approve("L-1").by("life").on_approval(one_receipt));
    assert_eq!(fund(&world, "life", "L-1"), 300_00);
    // Once the first takes its claim back, the second may pay.
    world
        .accept(correct("C-1").by("city1"))
        .accept(file("D-2", &["R1"]).by("city2"));
}

#[test]
fn a_claim_decided_at_nothing_excludes_the_second_payer_as_well() {
    let mut world = with_insurers();
    world.accept(
        seventy("HIGH", "city1", FundKind::BasicMedical).with(|publish| {
            publish.terms.as_mut().unwrap().deductible_fen = 1_000_00;
        }),
    );
    in_cash(&mut world, "R1", &["city1", "city2"]);
    world
        .accept(file("C-1", &["R1"]).by("city1").under("HIGH"))
        .accept(approve("C-1").by("city1").on_approval(one_receipt));
    world
        .reject(file("D-1", &["R1"]).by("city2"), "PaidByAnother")
        .naming(["city1", "C-1", "0.00"]);
}

#[test]
fn commercial_insurers_do_not_exclude_each_other() {
    let mut world = with_insurers();
    in_cash(&mut world, "R1", &["life", "life2"]);
    world
        .accept(file("L-1", &["R1"]).by("life"))
        .accept(approve("L-1").by("life").on_approval(one_receipt))
        .accept(file("K-1", &["R1"]).by("life2"))
        .accept(approve("K-1").by("life2").on_approval(one_receipt));
    assert_eq!(fund(&world, "life2", "K-1"), 300_00);
}

#[test]
fn what_the_pooled_fund_settled_is_not_claimed_from_basic_insurance_again() {
    let mut world = with_insurers();
    // 10,000.00: 6,000.00 pooled, 4,000.00 in cash.
    world.accept(issue("R1").with(|item| {
        item.total_fen = 10_000_00;
        item.settlement = Some(proto::Settlement {
            pooled_fund_fen: 6_000_00,
            personal_account_fen: 0,
            personal_cash_fen: 4_000_00,
            other_fen: 0,
        });
    }));
    for insurer in ["city1", "life"] {
        world.accept(authorise("R1", insurer));
    }
    world
        .reject(file("C-1", &["R1"]).by("city1"), "SettledDirectly")
        .naming(["R1", "basic medical insurance", "6000.00"]);
    // Other funds pay of what the person bore: 7,000.00 by the tier, of which 4,000.00 are left.
    world
        .accept(seventy("AID", "city1", FundKind::MedicalAid))
        .accept(file("C-2", &["R1"]).by("city1").under("AID"))
        .accept(approve("C-2").by("city1").on_approval(one_receipt));
    assert_eq!(fund(&world, "city1", "C-2"), 4_000_00);
}

#[test]
fn a_commercial_insurer_has_no_part_in_statutory_funds_nor_a_medical_insurer_in_commercial_ones() {
    let mut world = with_insurers();
    world.accept(issue("R1"));
    for kind in FundKind::ALL {
        let published = |insurer: &str| {
            let code = format!("P-{}", kind.number());
            seventy(&code, insurer, kind)
        };
        let (may, may_not) = match FundRule::first(kind).role {
            Role::MedicalInsurer => ("city1", "life"),
            Role::CommercialInsurer => ("life", "city1"),
            _ => {
                world.reject(published("life"), "FundOfAnotherRole");
                world.reject(published("city1"), "FundOfAnotherRole");
                continue;
            }
        };
        world.accept(published(may));
        world
            .reject(published(may_not), "FundOfAnotherRole")
            .naming([may_not, &kind.to_string()]);
        let by_hand = book("R1", may_not, "V1", 46_55).with(|book| book.fund_kind = kind.number());
        world
            .reject(by_hand, "FundKindNotAllowed")
            .naming([may_not, &kind.to_string()]);
    }
}

#[test]
fn a_medical_insurer_locks_only_what_a_fund_of_its_own_may_pay() {
    let mut world = with_insurers();
    in_cash(&mut world, "R1", &["city1"]);
    world.accept(lock("R1", "city1").with(|lock| lock.presented_total_fen = 1_000_00));
    // Basic insurance alone is governed here, and it pays nothing of what it settled.
    world.accept(set_parameters(|p| p.fund_rules.truncate(1)));
    world.accept(issue("R2"));
    world.reject(lock("R2", "city1"), "NothingClaimable");
}

// A25: the categories of a fund.

#[test]
fn statutory_funds_pay_medical_receipts_alone() {
    let mut world = with_insurers();
    // 04: a slip of fund settlement (资金往来).
    let slip = "35040126";
    world.accept(grant_of(slip, "hospital", 1, 10));
    world.accept(issue("R1").with(move |item| item.receipt_code = slip.to_owned()));
    for insurer in ["city1", "life"] {
        world.accept(authorise("R1", insurer));
    }
    world
        .reject(file("C-1", &["R1"]).by("city1"), "CategoryNotPaid")
        .naming(["R1", "0401", "basic medical insurance"]);
    // A rule of finance binds other funds as well.
    let medical_alone = |p: &mut proto::Parameters| {
        for rule in &mut p.fund_rules {
            rule.categories = vec!["06".to_owned()];
        }
    };
    world.accept(set_parameters(medical_alone));
    for payer in ["life", "employer"] {
        world.reject(book("R1", payer, "V1", 1), "CategoryNotPaid");
    }
}

// A4: the sums of a year. Unless a test says otherwise: a deductible of 100.00 and a cap of 1,000.00 of person and
// year; above the deductible 60 % up to 500.00 and 80 % from there.

/// Issues a receipt that the insurer may claim, all of it paid in cash, and has it decided under a policy.
fn decide(world: &mut World, number: &str, policy: &str, total: i64) -> i64 {
    world
        .accept(issue(number).costing(total))
        .accept(authorise(number, "insurer"))
        .accept(file(number, &[number]).under(policy))
        .accept(approve(number));
    fund(world, "insurer", number)
}

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
    world.accept(correct("C-1"));
    assert_eq!(sums(&world, 2026), [100_00, 400_00, 240_00]);
    // What has begun is not opened.
    assert_eq!(decide(&mut world, "C-2", "BASIC", 1_00), 60);
    world.reject(opening(), "SumsBegun");
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
    world.accept(correct("C-1"));
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
    world.accept(correct("C-1"));
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

// A16

fn with_lead() -> World {
    let mut world = World::new();
    world.accept(set_parameters(|p| p.policy_lead_days = 3));
    world
}

#[test]
fn the_policy_of_the_day_applies_to_nothing_without_finance() {
    let mut world = with_lead();
    let from = |day: u32| publish("BASIC").on_terms(move |terms| terms.from_date = day);
    world.accept(from(TODAY + 3));
    assert!(world.alerts().is_empty());
    world.wait_ms(4 * DAY_MS);
    world
        .accept(issue("R1").dated(TODAY + 4).costing(700_00))
        .accept(authorise("R1", "insurer"));
    // Uncapped and 100 % from today on, and back again.
    let generous = |terms: &mut proto::PolicyTerms| {
        terms.from_date = TODAY + 4;
        terms.deductible_fen = 0;
        terms.tiers = vec![tier(0, 10_000)];
    };
    world.accept(publish("BASIC").on_terms(generous));
    let alert = world.alerts().pop().unwrap();
    assert_eq!(alert.kind.number, 30);
    // The first version counts: 700.00 − 100.00 = 600.00; 300.00 and 80.00.
    world.accept(file("C-1", &["R1"])).accept(approve("C-1"));
    assert_eq!(fund(&world, "insurer", "C-1"), 380_00);
    // With finance's consent it applies to receipts from the day of the consent on.
    world.wait_ms(DAY_MS);
    world.accept(consent("BASIC", 2));
    world
        .reject(consent("BASIC", 2), "NoConsentNeeded")
        .naming(["insurer", "BASIC", "2"]);
    world
        .reject(consent("BASIC", 3), "UnknownVersion")
        .naming(["insurer", "BASIC", "3"]);
    for (name, day) in [("R2", TODAY + 4), ("R3", TODAY + 5)] {
        world
            .accept(issue(name).dated(day).costing(100_00))
            .accept(authorise(name, "insurer"));
    }
    world
        .accept(file("C-2", &["R2", "R3"]))
        .accept(approve("C-2"));
    let lines = claim(&world, "insurer", "C-2")
        .unwrap()
        .decision
        .unwrap()
        .lines;
    let versions: Vec<u32> = lines.iter().map(|line| line.policy_version).collect();
    assert_eq!(versions, [1, 2]);
}

#[test]
fn a_version_that_lives_less_than_the_lead_needs_consent() {
    let mut world = with_lead();
    let from = |day: u32| publish("BASIC").on_terms(move |terms| terms.from_date = day);
    world.accept(from(TODAY + 5));
    // The first would live two days; then three.
    world.accept(from(TODAY + 7)).accept(from(TODAY + 8));
    let waiting: Vec<bool> = (1..=3)
        .map(|version| {
            let key = piaolian_contracts::policies::PolicyKey {
                insurer: world.member("insurer").id,
                code: "BASIC".parse().unwrap(),
                version,
            };
            let policies = piaolian_contracts::policies::POLICIES;
            let policy = policies.get(&world.state, &key).unwrap().unwrap();
            policy.consent_needed
        })
        .collect();
    assert_eq!(waiting, [false, true, false]);
    world.reject(consent("BASIC", 1), "NoConsentNeeded");
}

#[test]
fn a_new_commercial_policy_begins_at_once_and_its_next_version_does_not() {
    let mut world = with_lead();
    let life = || publish("LIFE").on_terms(|terms| terms.fund_kind = 4);
    world.accept(life());
    assert!(world.alerts().is_empty());
    world.accept(life());
    assert_eq!(world.alerts().len(), 1);
}

// A22

fn outdated(world: &World, number: &str) -> bool {
    let claim = claim(world, "insurer", number).unwrap();
    piaolian_contracts::claims::is_outdated(&world.state, &claim).unwrap()
}

#[test]
fn a_correction_marks_the_later_decisions_of_the_same_sums() {
    let mut world = with_policy();
    // 700.00: 380.00. Then 100.00 at 80 %: 80.00. Then 600.00 at 80 %, and 80.00 more: 480.00.
    assert_eq!(decide(&mut world, "C-1", "BASIC", 700_00), 380_00);
    assert_eq!(decide(&mut world, "C-2", "BASIC", 100_00), 80_00);
    world.accept(paid_out("C-2"));
    world
        .reject(recompute("C-2"), "NotOutdated")
        .naming(["C-2"]);
    world.accept(correct("C-1"));
    assert!(outdated(&world, "C-2"));
    // Kind 31 names it.
    let alert = world.alerts().pop().unwrap();
    assert_eq!(alert.kind.number, 31);
    assert_eq!(alert.arguments[1..], ["C-1", "BASIC", "1", "C-2"]);
    // Alone the 100.00 are all deductible: it must be corrected.
    world
        .reject(recompute("C-2"), "RecomputedDiffers")
        .naming(["C-2", "80.00", "0.00"]);
    assert!(outdated(&world, "C-2"));
    world.accept(correct("C-2"));
    assert_eq!(sums(&world, 2026), [0, 0, 0]);
    // In order the year comes to 0.00 and 100.00 of deductible, then 600.00: 300.00 and 80.00.
    world.accept(file("C-4", &["C-2"])).accept(approve("C-4"));
    assert_eq!(fund(&world, "insurer", "C-4"), 0);
    assert_eq!(decide(&mut world, "C-5", "BASIC", 600_00), 380_00);
    assert_eq!(sums(&world, 2026), [100_00, 600_00, 380_00]);
    assert!(!outdated(&world, "C-5"));
}

#[test]
fn a_decision_that_comes_to_the_same_stands_on_the_sums_of_today() {
    let mut world = with_policy();
    // 100.00 of deductible, 500.00 at 60 %: the second and the third are in the second tier alone.
    assert_eq!(decide(&mut world, "C-1", "BASIC", 600_00), 300_00);
    assert_eq!(decide(&mut world, "C-2", "BASIC", 100_00), 80_00);
    assert_eq!(decide(&mut world, "C-3", "BASIC", 50_00), 40_00);
    world.accept(correct("C-2"));
    // C-3 began at 600.00 of the tiers and begins at 500.00 now: 50.00 at 80 % all the same.
    world.accept(recompute("C-3"));
    let line = &claim(&world, "insurer", "C-3")
        .unwrap()
        .decision
        .unwrap()
        .lines[0];
    assert_eq!((line.above_before.get(), line.fund.get()), (500_00, 40_00));
    assert_eq!(sums(&world, 2026), [100_00, 550_00, 340_00]);
    world.reject(recompute("C-3"), "NotOutdated");
    // C-1 stands before C-2 and was never in doubt.
    world.reject(recompute("C-1"), "NotOutdated");
}

#[test]
fn decisions_are_recomputed_in_their_order() {
    let mut world = with_policy();
    // 100.00 of deductible, 500.00 at 60 %; then all at 80 %: 80.00, 40.00, 160.00, until 420.00 of the cap are left.
    assert_eq!(decide(&mut world, "C-1", "BASIC", 600_00), 300_00);
    assert_eq!(decide(&mut world, "C-2", "BASIC", 100_00), 80_00);
    assert_eq!(decide(&mut world, "C-3", "BASIC", 50_00), 40_00);
    assert_eq!(decide(&mut world, "C-4", "BASIC", 200_00), 160_00);
    world.accept(correct("C-2"));
    // Decided on the sums of then: 100.00 at 80 %.
    assert_eq!(decide(&mut world, "C-5", "BASIC", 100_00), 80_00);
    assert!(!outdated(&world, "C-5"));
    for (number, above_before) in [("C-4", 550_00), ("C-3", 500_00)] {
        assert!(outdated(&world, number));
        world.accept(recompute(number));
        let lines = claim(&world, "insurer", number).unwrap().decision.unwrap();
        assert_eq!(lines.lines[0].above_before.get(), above_before);
    }
    // Each counts as it did before, so nothing after it is in doubt.
    for number in ["C-1", "C-3", "C-4", "C-5"] {
        assert!(!outdated(&world, number), "{number}");
    }
    assert_eq!(sums(&world, 2026), [100_00, 850_00, 580_00]);
}

#[test]
fn a_recomputed_decision_that_counts_otherwise_marks_the_later_ones() {
    let mut world = with_policy();
    // 40.00 and 60.00 of deductible; then 50.00 at 60 %.
    assert_eq!(decide(&mut world, "C-1", "BASIC", 40_00), 0);
    assert_eq!(decide(&mut world, "C-2", "BASIC", 60_00), 0);
    world.accept(correct("C-1"));
    assert_eq!(decide(&mut world, "C-3", "BASIC", 40_00), 0);
    assert_eq!(decide(&mut world, "C-4", "BASIC", 50_00), 30_00);
    // C-2 is all deductible still.
    world.accept(recompute("C-2"));
    assert!(!outdated(&world, "C-3") && !outdated(&world, "C-4"));
    assert_eq!(sums(&world, 2026), [100_00, 50_00, 30_00]);
    // A claim that was capped by its receipt: 100.00 at 60 %, of which another payer left 30.00.
    world.accept(issue("R9").costing(100_00));
    world
        .accept(book("R9", "employer", "V9", 70_00).with(|book| book.presented_total_fen = 100_00));
    world
        .accept(authorise("R9", "insurer"))
        .accept(file("C-9", &["R9"]))
        .accept(approve("C-9"));
    assert_eq!(fund(&world, "insurer", "C-9"), 30_00);
    assert_eq!(decide(&mut world, "C-10", "BASIC", 10_00), 6_00);
    world.accept(correct("C-3"));
    // 60.00 of deductible are met: of C-4 40.00 are deductible now, and 10.00 at 60 %.
    world
        .reject(recompute("C-4"), "RecomputedDiffers")
        .naming(["C-4", "30.00", "6.00"]);
    world.accept(correct("C-4"));
    // On the sums of now: 70.00 of the deductible.
    assert_eq!(decide(&mut world, "C-11", "BASIC", 10_00), 0);
    // C-9 is 40.00 of deductible and 60.00 at 60 %, 36.00, of which 30.00 are left: the same amount, but it counts
    // otherwise, so that C-11 is in doubt.
    assert!(!outdated(&world, "C-11"));
    world.accept(recompute("C-9"));
    assert!(outdated(&world, "C-11"));
    world.accept(recompute("C-10"));
    assert!(!outdated(&world, "C-9") && !outdated(&world, "C-10"));
    world
        .reject(recompute("C-11"), "RecomputedDiffers")
        .naming(["C-11", "0.00", "6.00"]);
    world.accept(correct("C-11"));
    assert_eq!(sums(&world, 2026), [100_00, 70_00, 36_00]);
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
