//! The limits of decisions on one receipt.

use piaolian_contracts::organisations::Role;
use piaolian_proto::v1::{self as proto, policy_terms::YearlyLimit};

use crate::world::{
    TODAY, World,
    reimbursement::{approve, authorise, file, paid_out, publish, tier, with_policy, withdraw},
    requests::{book, issue, unbook},
};

#[test]
fn what_was_booked_meanwhile_for_the_fund_is_not_paid_again() {
    let mut world = with_policy();
    world
        .accept(publish("LIFE").on_terms(|terms| terms.fund_kind = 4))
        .accept(issue("R2"))
        .accept(authorise("R2", "insurer"))
        .accept(file("C-1", &["R2"]).under("LIFE"))
        .accept(book("R2", "insurer", "V1", 10_00));
    world.reject(approve("C-1"), "BookedBefore").naming([
        "R2",
        "commercial insurance",
        "V1",
        "10.00",
    ]);
    world
        .accept(unbook("R2", "insurer", "V1"))
        .accept(approve("C-1"));
}

#[test]
fn a_receipt_waits_for_at_most_16_banks() {
    let mut world = with_policy();
    world.accept(issue("R1").costing(1_000_00));
    let insurers: Vec<String> = (10..=26).map(|number| format!("insurer{number}")).collect();
    for (place, insurer) in insurers.iter().enumerate() {
        let number = format!("K-{place}");
        let small = publish("SMALL").by(insurer).on_terms(|terms| {
            terms.fund_kind = 4; // commercial
            terms.deductible_fen = 0;
            terms.tiers = vec![tier(0, 100)];
        });
        world
            .admit(insurer, &[Role::MedicalInsurer, Role::CommercialInsurer])
            .accept(small)
            .accept(authorise("R1", insurer))
            .accept(file(&number, &["R1"]).by(insurer).under("SMALL"));
        let one = move |_: &World, approval: &mut proto::ClaimApproval| {
            approval.assessments = vec![proto::Assessment::default()];
        };
        let decision = approve(&number).by(insurer).on_approval(one);
        if place < 16 {
            world.accept(decision);
        } else {
            world
                .reject(decision, "TooManyReservations")
                .naming(["R1", "16"]);
        }
    }
}

#[test]
fn room_for_the_bookings_of_decided_claims_is_kept() {
    let mut world = with_policy();
    world
        .accept(publish("EASY").on_terms(|terms| terms.deductible_fen = 0))
        .accept(issue("R1"))
        .accept(authorise("R1", "insurer"));
    let fill = |world: &mut World, numbers: std::ops::Range<u32>| {
        for number in numbers {
            let voucher = format!("V{number}");
            world
                .accept(book("R1", "employer", &voucher, 1))
                .accept(unbook("R1", "employer", &voucher));
        }
    };
    fill(&mut world, 0..63);
    world
        .accept(file("C-1", &["R1"]).under("EASY"))
        .accept(approve("C-1"));
    world
        .reject(book("R1", "employer", "V63", 1), "TooManyBookings")
        .naming(["R1", "64"]);
    world.accept(paid_out("C-1"));
    assert_eq!(world.receipt("R1").bookings.len(), 64);
    // And without room nothing is decided.
    world.accept(issue("R2")).accept(authorise("R2", "insurer"));
    for number in 0..64 {
        let voucher = format!("V{number}");
        world
            .accept(book("R2", "employer", &voucher, 1))
            .accept(unbook("R2", "employer", &voucher));
    }
    world.accept(file("C-2", &["R2"]).under("EASY"));
    world
        .reject(approve("C-2"), "TooManyBookings")
        .naming(["R2", "64"]);
}

#[test]
fn amounts_beyond_all_money_are_refused() {
    let mut world = with_policy();
    world.accept(publish("FULL").on_terms(|terms| {
        terms.deductible_fen = 0;
        terms.yearly_limit = Some(YearlyLimit::Uncapped(true));
        terms.tiers = vec![tier(0, 10_000)];
    }));
    // Dated differently: the ledger's own totals count by day.
    for (name, date) in [("R1", TODAY), ("R2", TODAY + 1)] {
        world
            .accept(issue(name).costing(i64::MAX / 2 + 1).dated(date))
            .accept(authorise(name, "insurer"));
    }
    world.accept(file("C-1", &["R1", "R2"]).under("FULL"));
    world
        .reject(approve("C-1"), "AmountTooLarge")
        .naming(["C-1"]);
    world.accept(withdraw("C-1"));
    // Decided one by one, they exceed the year's sum.
    world
        .accept(file("C-2", &["R1"]).under("FULL"))
        .accept(file("C-3", &["R2"]).under("FULL"))
        .accept(approve("C-2"));
    world
        .reject(approve("C-3"), "AmountTooLarge")
        .naming(["C-3"]);
}
