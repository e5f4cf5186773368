//! Number ranges: granting, recalling, and numbering.

use piaolian_contracts::{
    number_ranges::{RANGES, Range, RangeKey, range_of},
    organisations::Role,
    types::{ReceiptId, ReceiptNumber},
};

use crate::world::{
    CODE, World,
    requests::{grant, grant_of, issue, issue_all, item, recall, suspend},
};

const OTHER: &str = "35060226";

fn range(world: &World, first: u64) -> Range {
    let key = RangeKey {
        code: CODE.parse().unwrap(),
        first,
    };
    RANGES.get(&world.state, &key).unwrap().unwrap()
}

fn id(number: u64) -> ReceiptId {
    ReceiptId {
        code: CODE.parse().unwrap(),
        number: ReceiptNumber::parse("", number).unwrap(),
    }
}

#[test]
fn only_finance_grants_and_recalls() {
    let mut world = World::new();
    world.reject(
        grant("hospital", 2_000, 2_001).by("hospital"),
        "RoleMissing",
    );
    world.reject(recall(1, 500).by("hospital"), "RoleMissing");
}

#[test]
fn ranges_are_granted_to_issuers_alone() {
    let mut world = World::new();
    world
        .reject(grant("insurer", 2_000, 2_001), "NotAnIssuer")
        .naming(["insurer"]);
    world.know(crate::world::people::Member::new("clinic"));
    world
        .reject(grant("clinic", 2_000, 2_001), "OrganisationNotAdmitted")
        .naming(["clinic"]);
}

#[test]
fn ranges_of_a_code_never_overlap() {
    let mut world = World::new();
    world
        .admit("clinic", &[Role::Issuer])
        .accept(grant("clinic", 2_001, 3_000));
    for (first, last) in [
        (1, 1),
        (1_000, 1_001),
        (0, 1),
        (500, 600),
        (0, 9_999),
        (1_500, 2_001),
    ] {
        world
            .reject(grant("clinic", first, last), "Overlap")
            .naming([CODE]);
    }
    world
        .reject(grant("clinic", 900, 1_100), "Overlap")
        .naming([CODE, "0000000001", "0000001000", "hospital"]);
    world
        .accept(grant("clinic", 1_001, 2_000))
        .accept(grant("clinic", 0, 0));
    world.accept(grant_of(OTHER, "clinic", 1, 1_000));
    world.accept(grant("clinic", 9_999_999_999, 9_999_999_999));
}

#[test]
fn a_recalled_tail_can_be_granted_again() {
    let mut world = World::new();
    world.admit("clinic", &[Role::Issuer]).accept(issue("R1"));
    world.accept(recall(1, 101));
    assert_eq!(range(&world, 1).last(), Some(100));
    assert_eq!(range(&world, 1).recalled_count(), 900);
    world.accept(grant("clinic", 101, 200));
    world.accept(issue("R2").by("clinic").numbered(150));
    world
        .reject(issue("R3").numbered(150), "NumberOfAnotherIssuer")
        .naming(["clinic"]);
}

#[test]
fn numbers_in_use_are_not_recalled() {
    let mut world = World::new();
    world.accept(issue("R1").numbered(700));
    world
        .reject(recall(1, 700), "NumbersInUse")
        .naming(["0000000700"]);
    world
        .reject(recall(1, 3), "NumbersInUse")
        .naming(["0000000003", "0000000700"]);
    world.accept(recall(1, 701));
}

#[test]
fn a_recall_names_a_range_and_a_number_in_it() {
    let mut world = World::new();
    world
        .reject(recall(2, 500), "UnknownRange")
        .naming([CODE, "0000000002"]);
    world.reject(recall(1, 1_001), "OutsideRange").naming([
        "0000001001",
        "0000000001",
        "0000001000",
    ]);
    world.accept(recall(1, 1));
    world
        .reject(recall(1, 1), "AlreadyRecalled")
        .naming([CODE, "0000000001"]);
}

#[test]
fn a_range_recalled_whole_gives_way_to_new_ones() {
    let mut world = World::founded(&["finance", "hospital"]);
    world.admit("clinic", &[Role::Issuer]);
    for first in [0, 10, 20, 30] {
        world.accept(grant("hospital", first, first + 9));
    }
    world
        .accept(recall(10, 10))
        .accept(recall(20, 20))
        .accept(recall(0, 0));
    world
        .reject(issue("R1").numbered(15), "NumberNotGranted")
        .naming(["hospital"]);
    // Over two of them, up to the border of the third.
    world
        .reject(grant("clinic", 5, 30), "Overlap")
        .naming(["0000000030", "hospital"]);
    world.accept(grant("clinic", 5, 29));
    for (number, issuer) in [
        (5, "clinic"),
        (15, "clinic"),
        (29, "clinic"),
        (30, "hospital"),
    ] {
        let held = range_of(&world.state, &id(number)).unwrap().unwrap();
        assert_eq!(*held.issuer(), world.member(issuer).id, "{number}");
    }
    assert_eq!(range_of(&world.state, &id(4)).unwrap(), None);
    // An entirely recalled range that begins below does not hide it.
    world
        .reject(grant("clinic", 4, 5), "Overlap")
        .naming(["clinic"]);
    world.accept(grant("clinic", 0, 4));
}

#[test]
fn a_grant_replaces_a_bounded_number_of_recalled_ranges() {
    let mut world = World::new();
    for first in 2_000..2_065 {
        world
            .accept(grant("hospital", first, first))
            .accept(recall(first, first));
    }
    world
        .reject(grant("hospital", 2_000, 2_999), "TooManyRecalled")
        .naming([CODE]);
    world
        .accept(grant("hospital", 2_032, 2_999))
        .accept(grant("hospital", 2_000, 2_031));
}

#[test]
fn an_issuer_has_at_most_64_open_ranges_of_a_code() {
    let mut world = World::new();
    for first in 2_000..2_063 {
        world.accept(grant("hospital", first, first));
    }
    world
        .reject(grant("hospital", 3_000, 3_000), "TooManyOpenRanges")
        .naming(["hospital", "64"]);
    world.accept(grant_of(OTHER, "hospital", 3_000, 3_000));
    // A range that is used up is open no longer.
    world
        .accept(issue("R1").numbered(2_007))
        .accept(grant("hospital", 3_000, 3_000));
    world.reject(grant("hospital", 3_001, 3_001), "TooManyOpenRanges");
}

#[test]
fn numbers_are_given_in_order_and_skip_those_in_use() {
    let mut world = World::new();
    world.accept(issue("named").numbered(3));
    for (name, number) in [("a", 1), ("b", 2), ("c", 4), ("d", 5)] {
        world.accept(issue(name));
        assert_eq!(world.receipt_id(name), id(number), "{name}");
    }
    let range = range(&world, 1);
    assert_eq!(
        (range.next(), range.used_below(), range.used_count()),
        (6, 6, 5)
    );
}

#[test]
fn a_named_number_is_the_issuers_own_and_unused() {
    let mut world = World::new();
    world
        .admit("clinic", &[Role::Issuer])
        .accept(grant("clinic", 2_001, 2_002));
    world.accept(issue("R1").numbered(5));
    world
        .reject(issue("R2").numbered(5), "NumberUsed")
        .naming([&id(5).to_string()]);
    world
        .reject(issue("R2").numbered(2_001), "NumberOfAnotherIssuer")
        .naming([&id(2_001).to_string(), "clinic"]);
    world
        .reject(issue("R2").numbered(1_500), "NumberNotGranted")
        .naming([&id(1_500).to_string(), "hospital"]);
    let other = |item: &mut piaolian_proto::v1::IssueItem| item.receipt_code = OTHER.to_owned();
    world.reject(issue("R2").numbered(5).with(other), "NumberNotGranted");
    world
        .reject(issue("R2").with(other), "NoNumberLeft")
        .naming(["hospital", OTHER]);
}

#[test]
fn a_used_up_range_says_so() {
    let mut world = World::founded(&["finance", "hospital"]);
    world
        .accept(grant("hospital", 10, 11))
        .accept(issue("R1"))
        .accept(issue("R2"));
    world
        .reject(issue("R3"), "NoNumberLeft")
        .naming(["hospital", CODE]);
    world.reject(issue("R3").numbered(10), "NumberUsed");
    world.accept(grant("hospital", 20, 20)).accept(issue("R3"));
    assert_eq!(world.receipt_id("R3"), id(20));
    // A range used up cannot be recalled from.
    world.reject(recall(10, 11), "NumbersInUse");
}

#[test]
fn a_tail_recalled_from_a_range_with_no_gap_closes_it() {
    let mut world = World::founded(&["finance", "hospital"]);
    world
        .accept(grant("hospital", 1, 100))
        .accept(issue("R1"))
        .accept(recall(1, 2));
    world.reject(issue("R2"), "NoNumberLeft");
    world.reject(issue("R2").numbered(2), "NumberNotGranted");
}

#[test]
fn numbering_gives_up_after_a_bounded_search_and_asks_for_a_number() {
    let mut world = World::new();
    let items = (2..=257).map(|number| {
        let mut item = item(&format!("R{number}"));
        item.receipt_number = Some(number);
        item
    });
    world.accept(issue_all(items.collect()));
    world.accept(issue("R1"));
    assert_eq!(world.receipt_id("R1"), id(1));
    world
        .reject(issue("R258"), "NumbersScattered")
        .naming([CODE, "0000000002", "256"]);
    world.accept(issue("R258").numbered(258));
}

#[test]
fn ranges_can_be_granted_to_a_suspended_issuer() {
    let mut world = World::new();
    world
        .accept(suspend("hospital"))
        .accept(grant("hospital", 2_000, 2_001));
}
