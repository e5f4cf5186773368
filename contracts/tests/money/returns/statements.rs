//! Payouts and returns in the bank's statement and in the day's reconciliation.

use piaolian_contracts::{
    payments::{Class, Tally, allocations, mismatches},
    types::{Fen, Region},
};
use piaolian_proto::v1 as proto;

use super::{back, decided, out, paid};
use crate::world::{
    DAY_MS, HOUR_MS, TODAY, World,
    payments::{close, date, state},
    reimbursement::{correct, paid_out},
};

/// The line of money that left the account, or came back, of the insurer's claim.
fn line(reference: &str, amount_fen: i64) -> proto::StatementLine {
    proto::StatementLine {
        bank_reference: reference.to_owned(),
        notice: "C-1".to_owned(),
        amount_fen,
    }
}

fn region(world: &World) -> Region {
    world.organisation("insurer").region
}

fn listed(world: &World, day: u32) -> Vec<(Class, String)> {
    let listed = mismatches(&world.state, &region(world), date(day), None, 100).unwrap();
    let pair =
        |it: &piaolian_contracts::payments::Mismatch| (it.class, it.bank_reference.to_string());
    listed.iter().map(pair).collect()
}

const fn tally(count: u64, fen: i64) -> Tally {
    Tally {
        count,
        sum: Fen::new(fen),
    }
}

#[test]
fn a_payout_and_a_return_are_matched_with_the_banks_lines_in_either_order() {
    for line_first in [true, false] {
        let mut world = decided();
        if line_first {
            world
                .accept(state([line("B-C-1/1", -700_00), line("T1", 700_00)]))
                .accept(paid_out("C-1"))
                .accept(correct("C-1"))
                .accept(back(700_00, "T1"));
        } else {
            world
                .accept(paid_out("C-1"))
                .accept(correct("C-1"))
                .accept(back(700_00, "T1"))
                .accept(state([line("B-C-1/1", -700_00), line("T1", 700_00)]));
        }
        assert_eq!(out(&world), [0, 0]);
        let day = world.day(TODAY).unwrap();
        assert_eq!(day.matched, tally(2, 0));
        assert!(listed(&world, TODAY).is_empty());
        // The bank holds nothing of it for an agency.
        let rows = allocations(&world.state, &region(&world), date(TODAY), None, 10).unwrap();
        assert!(rows.is_empty());
    }
}

#[test]
fn a_payout_that_the_bank_does_not_state_is_found_and_so_is_a_line_that_nobody_reported() {
    let mut world = paid();
    world.accept(state([line("B2", -700_00)]));
    let day = world.day(TODAY).unwrap();
    assert_eq!(day.reported_only, tally(1, -700_00));
    assert_eq!(day.stated_only, tally(1, -700_00));
    let mut found = listed(&world, TODAY);
    found.sort();
    let expected = [(Class::StatedOnly, "B2"), (Class::ReportedOnly, "B-C-1/1")];
    assert_eq!(
        found,
        expected.map(|(class, name)| (class, name.to_owned()))
    );
    // The second transfer is reported at last: the order was paid twice.
    world.accept(paid_out("C-1").with(|confirm| confirm.bank_reference = "B2".to_owned()));
    assert_eq!(world.day(TODAY).unwrap().matched, tally(1, -700_00));
    assert_eq!(out(&world), [1_400_00, 700_00]);
}

#[test]
fn a_payout_stated_with_another_amount_or_as_money_that_came_differs() {
    for stated in [-600_00, 700_00] {
        let mut world = paid();
        world.accept(state([line("B-C-1/1", stated)]));
        let day = world.day(TODAY).unwrap();
        assert_eq!(day.differs_reported, tally(1, -700_00));
        assert_eq!(day.differs_stated, tally(1, stated));
    }
}

#[test]
fn a_day_with_payouts_is_closed_like_one_with_payments() {
    let mut world = paid();
    world.wait_ms(DAY_MS);
    world
        .reject(close(TODAY), "StatementIncomplete")
        .naming(["bank"]);
    world.accept(state([line("B-C-1/1", -700_00)]).last(1, -700_00));
    world.accept(close(TODAY));
    // A return of the closed day, reported late, counts in the first open day.
    world.accept(correct("C-1"));
    let before = world.time.as_ms() - DAY_MS / 2 - HOUR_MS;
    world.accept(back(700_00, "T1").with(move |back| back.returned_ms = before));
    assert_eq!(
        world.day(TODAY + 1).unwrap().reported_only,
        tally(1, 700_00)
    );
    assert_eq!(world.day(TODAY).unwrap().matched, tally(1, -700_00));
}
