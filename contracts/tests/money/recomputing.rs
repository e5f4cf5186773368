//! A correction marks the later decisions of the same sums. Amounts are in yuan in the comments. A deductible of 100.00
//! and a cap of 1,000.00 of person and year; above the deductible 60 % up to 500.00 and 80 % from there.

use super::{decide, fund, outdated, take_back};
use crate::world::{
    reimbursement::{approve, authorise, claim, file, paid_out, recompute, sums, with_policy},
    requests::{book, issue},
};

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
    take_back(&mut world, "insurer", "C-1");
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
    take_back(&mut world, "insurer", "C-2");
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
    take_back(&mut world, "insurer", "C-2");
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
    take_back(&mut world, "insurer", "C-2");
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
    take_back(&mut world, "insurer", "C-1");
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
    take_back(&mut world, "insurer", "C-3");
    // 60.00 of deductible are met: of C-4 40.00 are deductible now, and 10.00 at 60 %.
    world
        .reject(recompute("C-4"), "RecomputedDiffers")
        .naming(["C-4", "30.00", "6.00"]);
    take_back(&mut world, "insurer", "C-4");
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
    take_back(&mut world, "insurer", "C-11");
    assert_eq!(sums(&world, 2026), [100_00, 70_00, 36_00]);
}
