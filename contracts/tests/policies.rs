//! Policies: published before they are claimed under, never altered.

use piaolian_contracts::{
    Refused,
    organisations::Role,
    policies::{Base, POLICIES, Policy, PolicyError, PolicyKey, in_force},
    rule_texts::{Language, render},
    types::{BeijingDate, Fen, FundKind},
};
use piaolian_proto::v1::{self as proto, policy_terms::YearlyLimit};

use crate::world::{
    DAY_MS, TODAY, World,
    reimbursement::{publish, tier},
};

fn version(world: &World, version: u32) -> Option<Policy> {
    let key = PolicyKey {
        insurer: world.member("insurer").id,
        code: "BASIC".parse().unwrap(),
        version,
    };
    POLICIES.get(&world.state, &key).unwrap()
}

/// The version in force for receipts issued on a day, or the rule that says why none is.
fn version_on(world: &World, insurer: &str, code: &str, date: u32) -> Result<u32, PolicyError> {
    let date = BeijingDate::parse("", date).unwrap();
    let insurer = world.member(insurer).id;
    let found = in_force(&world.state, insurer, &code.parse().unwrap(), date).unwrap();
    found.map(|policy| policy.version)
}

#[test]
fn a_policy_is_kept_as_it_was_published() {
    let mut world = World::new();
    world.accept(publish("BASIC").on_terms(|terms| {
        terms.receipt_kinds = vec!["0601".to_owned(), "0602".to_owned()];
        terms.filing_days_max = 365;
    }));
    let policy = version(&world, 1).unwrap();
    assert_eq!((policy.height, policy.time), (world.height, world.time));
    let terms = policy.terms;
    assert_eq!(terms.fund_kind, FundKind::SeriousIllness);
    assert_eq!(terms.from_date.get(), TODAY);
    assert_eq!(terms.deductible, Fen::new(100_00));
    assert_eq!(terms.cap, Some(Fen::new(1_000_00)));
    assert_eq!((terms.tiers.len(), terms.tiers_accumulate), (2, true));
    assert_eq!(
        (terms.tiers[1].from, terms.tiers[1].ratio),
        (Fen::new(500_00), 8_000)
    );
    assert_eq!(
        (terms.base, terms.filing_days_max),
        (Base::Total, Some(365))
    );
    let kinds: Vec<_> = terms
        .receipt_kinds
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(kinds, ["0601", "0602"]);
}

#[test]
fn versions_follow_each_other_and_none_is_lost() {
    let mut world = World::new();
    for version in 1..=3 {
        world.accept(publish("BASIC").on_terms(move |terms| {
            terms.deductible_fen = 100_00 * version;
        }));
    }
    let deductible = |number| version(&world, number).unwrap().terms.deductible.get();
    assert_eq!([1, 2, 3].map(deductible), [100_00, 200_00, 300_00]);
    assert_eq!(version(&world, 4), None);
}

#[test]
fn the_version_that_began_last_by_the_issue_date_counts() {
    let mut world = World::new();
    let from = |date| publish("BASIC").on_terms(move |terms| terms.from_date = date);
    world
        .accept(from(TODAY))
        .accept(from(2027_01_01))
        .accept(from(2026_12_01))
        .accept(from(2027_01_01));
    for (date, version) in [
        (TODAY, 1),
        (2026_11_30, 1),
        (2026_12_01, 3),
        (2026_12_31, 3),
        // Of two that begin on one day the later one.
        (2027_01_01, 4),
        (2099_12_31, 4),
    ] {
        assert_eq!(
            version_on(&world, "insurer", "BASIC", date),
            Ok(version),
            "{date}"
        );
    }
    let too_early = version_on(&world, "insurer", "BASIC", TODAY - 1).unwrap_err();
    assert_eq!(too_early.code(), 1305);
    assert_eq!(too_early.arguments()[1..], ["BASIC", "2026-11-20"]);
}

#[test]
fn one_insurers_policies_are_not_anothers_and_one_code_is_not_the_next() {
    let mut world = World::new();
    world.admit("insurer2", &[Role::MedicalInsurer, Role::CommercialInsurer]);
    world.accept(publish("BASIC")).accept(publish("B"));
    for (insurer, code) in [
        ("insurer2", "BASIC"),
        ("insurer", "BASI"),
        ("insurer", "BASIC2"),
    ] {
        let unknown = version_on(&world, insurer, code, TODAY).unwrap_err();
        assert_eq!(unknown.code(), 1304, "{unknown}");
    }
    world.accept(publish("BASIC").by("insurer2"));
    assert_eq!(version_on(&world, "insurer2", "BASIC", TODAY), Ok(1));
    assert!(version(&world, 2).is_none());
}

#[test]
fn a_policy_does_not_begin_in_the_past() {
    let mut world = World::new();
    let yesterday = |terms: &mut proto::PolicyTerms| terms.from_date = TODAY - 1;
    world
        .reject(publish("BASIC").on_terms(yesterday), "BeginsInThePast")
        .naming(["BASIC", "2026-11-20", "2026-11-21"]);
    world.accept(publish("BASIC"));
    world
        .wait_ms(DAY_MS)
        .reject(publish("BASIC"), "BeginsInThePast")
        .naming(["2026-11-21", "2026-11-22"]);
}

#[test]
fn an_insurer_publishes_for_the_funds_of_its_role() {
    let mut world = World::new();
    for kind in [FundKind::Employer, FundKind::Other] {
        world
            .reject(
                publish("OWN").on_terms(move |terms| terms.fund_kind = kind.number()),
                "FundOfAnotherRole",
            )
            .naming(["insurer", &kind.to_string()]);
    }
    world.admit(
        "mutual",
        &[
            Role::MedicalInsurer,
            Role::CommercialInsurer,
            Role::ReimbursingUnit,
        ],
    );
    let employer = |terms: &mut proto::PolicyTerms| terms.fund_kind = FundKind::Employer.number();
    world.accept(publish("OWN").by("mutual").on_terms(employer));
}

#[test]
fn a_code_stays_with_its_kind_of_fund() {
    let mut world = World::new();
    world.accept(publish("BASIC"));
    let other = |terms: &mut proto::PolicyTerms| terms.fund_kind = FundKind::MedicalAid.number();
    world
        .reject(publish("BASIC").on_terms(other), "FundDiffers")
        .naming(["BASIC", "medical aid", "serious illness insurance", "1"]);
    world.accept(publish("AID").on_terms(other));
}

#[test]
fn a_code_has_at_most_64_versions() {
    let mut world = World::new();
    for _ in 0..64 {
        world.accept(publish("BASIC"));
    }
    world
        .reject(publish("BASIC"), "TooManyVersions")
        .naming(["BASIC", "64"]);
    assert_eq!(version_on(&world, "insurer", "BASIC", TODAY), Ok(64));
}

#[test]
fn malformed_terms_say_where() {
    let mut world = World::new();
    let cases: [(&str, fn(&mut proto::PolicyTerms)); 17] = [
        ("fund_kind", |terms| terms.fund_kind = 0),
        ("from_date", |terms| terms.from_date = 2026_13_01),
        ("deductible_fen", |terms| terms.deductible_fen = -1),
        ("yearly_limit", |terms| terms.yearly_limit = None),
        ("yearly_limit", |terms| {
            terms.yearly_limit = Some(YearlyLimit::Uncapped(false))
        }),
        ("cap_fen", |terms| {
            terms.yearly_limit = Some(YearlyLimit::CapFen(0))
        }),
        ("tiers", |terms| terms.tiers.clear()),
        ("tiers", |terms| terms.tiers = vec![tier(1, 5_000)]),
        ("tiers", |terms| terms.tiers = vec![tier(0, 1), tier(0, 2)]),
        ("tiers", |terms| {
            terms.tiers = vec![tier(0, 1), tier(9, 2), tier(8, 3)]
        }),
        ("tiers", |terms| {
            terms.tiers = (0..11).map(|from| tier(from, 1)).collect()
        }),
        ("tiers.ratio", |terms| terms.tiers = vec![tier(0, 10_001)]),
        ("base", |terms| terms.base = 0),
        ("receipt_kinds", |terms| {
            terms.receipt_kinds = vec!["601".to_owned()]
        }),
        ("receipt_kinds", |terms| {
            terms.receipt_kinds = vec!["06o1".to_owned()]
        }),
        ("receipt_kinds", |terms| {
            terms.receipt_kinds = vec!["0601".to_owned(); 2]
        }),
        ("receipt_kinds", |terms| {
            terms.receipt_kinds = (0..33).map(|kind| format!("{kind:04}")).collect();
        }),
    ];
    for (field, alter) in cases {
        let bytes = world.sign(&publish("BASIC").on_terms(alter));
        match world.check(bytes).unwrap_err() {
            Refused::Malformed { field: found, .. } => {
                assert_eq!(found, format!("body.publish_policy.terms.{field}"));
            }
            other => panic!("{other}"),
        }
    }
    for code in ["", "BASIC 1", &"7".repeat(25)] {
        world.refuse(publish(code), "Malformed");
    }
    let no_terms = publish("BASIC").with(|publish| publish.terms = None);
    world.refuse(no_terms, "Malformed");
    let widest = publish("BASIC").on_terms(|terms| {
        terms.tiers = (0..10).map(|from| tier(from, 10_000)).collect();
        terms.receipt_kinds = (0..32).map(|kind| format!("{kind:04}")).collect();
        terms.yearly_limit = Some(YearlyLimit::Uncapped(true));
    });
    world.accept(widest);
    assert_eq!(version(&world, 1).unwrap().terms.cap, None);
}

#[test]
fn a_fund_is_named_in_chinese_to_chinese_readers() {
    let arguments = ["9135".to_owned(), "employer".to_owned()];
    let message = render(1300, &arguments, Language::Chinese);
    assert!(message.contains("单位报销"), "{message}");
}
