//! Who may pay what from which fund. Amounts are in yuan in the comments.

use piaolian_contracts::{organisations::Role, parameters::FundRule, types::FundKind};
use piaolian_proto::v1 as proto;

use super::{fund, take_back};
use crate::world::{
    World,
    reimbursement::{approve, authorise, file, publish, tier},
    requests::{book, grant_of, issue, lock, set_parameters},
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
    take_back(&mut world, "city1", "C-1");
    world.accept(file("D-2", &["R1"]).by("city2"));
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

#[test]
fn each_fund_of_the_settlement_list_pays_its_part_of_one_receipt() {
    let mut world = with_insurers();
    in_cash(&mut world, "R1", &["city1", "life"]);
    // 1,000.00: basic 70 % of the total; then 50 % of what is left, fund after fund, and the life insurer after them.
    let halves = [
        (FundKind::LargeAmount, "city1", 150_00),
        (FundKind::CivilServants, "city1", 75_00),
        (FundKind::SeriousIllness, "city1", 37_50),
        (FundKind::MedicalAid, "city1", 18_75),
        (FundKind::Commercial, "life", 9_38),
    ];
    world
        .accept(file("C-1", &["R1"]).by("city1"))
        .accept(approve("C-1").by("city1").on_approval(one_receipt));
    assert_eq!(fund(&world, "city1", "C-1"), 700_00);
    for (kind, insurer, amount) in halves {
        let code = format!("P-{}", kind.number());
        let half = |publish: &mut proto::PublishPolicy| {
            let terms = publish.terms.as_mut().unwrap();
            terms.base = proto::PolicyBase::Remaining.into();
            terms.tiers = vec![tier(0, 5_000)];
        };
        world
            .accept(seventy(&code, insurer, kind).with(half))
            .accept(file(&code, &["R1"]).by(insurer).under(&code))
            .accept(approve(&code).by(insurer).on_approval(one_receipt));
        assert_eq!(fund(&world, insurer, &code), amount, "{kind}");
    }
}
