//! Partial refunds: a receipt is reversed, and another is issued in its place (D2).

use piaolian_contracts::{
    receipts::{Booking, REISSUES_MAX, Receipt, Status},
    types::Fen,
};
use piaolian_proto::v1 as proto;

use crate::{
    invariants,
    world::{
        World,
        receipts::{archive, exchange},
        reimbursement::{
            approve, authorise, came_back, claim, correct, failed, file, paid_out, publish,
            reassess, tier, with_policy, withdraw,
        },
        requests::{book, grant_of, issue, lock, reissue, reverse, unbook},
    },
};

/// The money that is out of a receipt, by voucher.
fn out(receipt: &Receipt) -> Vec<(&str, i64)> {
    by_voucher(receipt, Booking::out)
}

/// The part of it that must come back.
fn due(receipt: &Receipt) -> Vec<(&str, i64)> {
    by_voucher(receipt, Booking::open_recovery)
}

fn by_voucher(receipt: &Receipt, part: fn(&Booking) -> Fen) -> Vec<(&str, i64)> {
    let bookings = receipt.bookings.iter();
    let parts = bookings.map(|own| (own.voucher_number.as_str(), part(own).get()));
    parts.filter(|(_, fen)| *fen > 0).collect()
}

#[test]
fn a_partial_refund_is_one_action_that_links_both_receipts() {
    let mut world = World::new();
    world.accept(issue("R1"));
    let outcome = world.submit(reissue("R1", 70_00));
    let (original, red, new) = (
        world.receipt("R1"),
        world.receipt("-R1"),
        world.receipt("R1/2"),
    );
    let ids: Vec<_> = outcome
        .items
        .into_iter()
        .map(|item| item.receipt.unwrap())
        .collect();
    assert_eq!(
        ids,
        [red.id, new.id, original.id].map(proto::ReceiptId::from)
    );
    assert_eq!(original.replaced_by, Some(new.id));
    assert_eq!(new.replaces, Some(original.id));
    assert_eq!(original.reversed_by, Some(red.id));
    assert_eq!(red.reverses, Some(original.id));
    assert_eq!((red.total, new.total), (Fen::new(-100_00), Fen::new(70_00)));
    assert_eq!(world.issuance(world.height).unwrap().count, 2);
    assert_eq!(
        ["R1", "-R1", "R1/2"].map(|name| world.status(name)),
        [Status::Reversed, Status::ReversalReceipt, Status::Issued]
    );
    // The original is claimed no more, and the new one up to what it says: 70.00 less the pooled fund's 40.00.
    world.reject(book("R1", "insurer", "V1", 10_00), "Reversed");
    let presented = |b: &mut proto::BookReceipt| b.presented_total_fen = 70_00;
    world.reject(
        book("R1/2", "insurer", "V1", 30_01).with(presented),
        "AboveClaimable",
    );
    world.accept(book("R1/2", "insurer", "V1", 30_00).with(presented));
}

#[test]
fn bookings_are_carried_to_the_reissued_receipt_and_what_is_above_must_come_back() {
    let mut world = with_policy();
    // The pooled fund paid 40.00 of 100.00: 60.00 are claimable, and all of it is paid.
    world
        .accept(issue("R1"))
        .accept(book("R1", "insurer", "V1", 35_00))
        .accept(book("R1", "employer", "V2", 25_00));
    world.reject(reverse("R1"), "Booked");
    world.accept(reissue("R1", 80_00));
    invariants::check(&world);
    let (original, new) = (world.receipt("R1"), world.receipt("R1/2"));
    // 40.00 are claimable of the new receipt.
    assert_eq!(out(&new), [("V1", 35_00), ("V2", 25_00)]);
    assert_eq!(due(&new), [("V2", 20_00)]);
    assert_eq!((out(&original), due(&original)), (vec![], vec![]));
    let carried_to = |own: &Booking| own.carried_to == Some(new.id);
    assert!(original.bookings.iter().all(carried_to));
    let carried_from = |own: &Booking| own.carried_from == Some(original.id);
    assert!(new.bookings.iter().all(carried_from));
    assert_eq!(
        new.bookings[1].height, original.bookings[1].height,
        "when it was booked"
    );
    assert_eq!(world.status("R1/2"), Status::Reimbursed);
    let presented = |b: &mut proto::BookReceipt| b.presented_total_fen = 80_00;
    world.reject(book("R1/2", "employer", "V3", 1).with(presented), "Booked");
    // Nobody ends the receipt while the money is out.
    world
        .reject(reverse("R1/2"), "Booked")
        .naming(["R1/2", "employer", "V2"]);
    world.reject(exchange("R1/2", "1"), "Booked");
    // The bank names the receipt on which it was booked, or the new one.
    let at = world.time.as_ms();
    let then = move |back: &mut proto::ConfirmReturn| back.returned_ms = at;
    world.accept(came_back("R1", "employer", "V2", 0, 20_00).with(then));
    let new = world.receipt("R1/2");
    assert_eq!(out(&new), [("V1", 35_00), ("V2", 5_00)]);
    assert_eq!(due(&new), []);
    world.accept(came_back("R1", "employer", "V2", 0, 20_00).with(then));
    assert_eq!(out(&world.receipt("R1/2")), out(&new), "the same report");
    let under = |reference: &'static str| {
        move |back: &mut proto::ConfirmReturn| reference.clone_into(&mut back.bank_reference)
    };
    world
        .accept(came_back("R1/2", "employer", "V2", 0, 5_00).with(under("T-2")))
        .accept(came_back("R1/2", "insurer", "V1", 0, 35_00).with(under("T-3")))
        .accept(reverse("R1/2"));
    invariants::check(&world);
}

#[test]
fn a_second_refund_carries_bookings_and_recoveries_on() {
    let mut world = World::new();
    world
        .accept(issue("R1"))
        .accept(book("R1", "insurer", "V1", 60_00))
        .accept(reissue("R1", 80_00))
        .accept(reissue("R1/2", 50_00));
    invariants::check(&world);
    let (first, middle, last) = (
        world.receipt("R1"),
        world.receipt("R1/2"),
        world.receipt("R1/2/2"),
    );
    assert_eq!(out(&last), [("V1", 60_00)]);
    assert_eq!(due(&last), [("V1", 50_00)]);
    assert_eq!((out(&middle), due(&middle)), (vec![], vec![]));
    assert_eq!(last.bookings[0].carried_from, Some(first.id));
}

#[test]
fn money_that_came_back_before_a_reissue_makes_room() {
    let mut world = with_policy();
    world
        .accept(issue("R1"))
        .accept(book("R1", "insurer", "V1", 60_00))
        .accept(came_back("R1", "insurer", "V1", 0, 30_00))
        .accept(reissue("R1", 80_00));
    let new = world.receipt("R1/2");
    assert_eq!(out(&new), [("V1", 30_00)]);
    assert_eq!(due(&new), []);
    assert_eq!(new.bookings[0].returned, Fen::new(30_00));
}

#[test]
fn a_locked_reserved_or_exchanged_receipt_is_not_reissued_and_an_archived_one_is() {
    let mut world = with_policy();
    world.accept(issue("R1")).accept(lock("R1", "employer"));
    world
        .reject(reissue("R1", 70_00), "Locked")
        .naming(["R1", "employer"]);
    world
        .accept(issue("R2"))
        .accept(authorise("R2", "insurer"))
        .accept(file("C-1", &["R2"]))
        .accept(approve("C-1"));
    world
        .reject(reissue("R2", 70_00), "Reserved")
        .naming(["R2", "insurer", "C-1"]);
    world.accept(issue("R3")).accept(exchange("R3", "1"));
    world.reject(reissue("R3", 70_00), "OnPaper");
    world
        .accept(issue("R4"))
        .accept(book("R4", "employer", "V1", 60_00))
        .accept(archive(&["R4"], "employer"))
        .accept(archive(&["R4"], "hospital"))
        .accept(reissue("R4", 70_00));
    assert_eq!(out(&world.receipt("R4/2")), [("V1", 60_00)]);
    assert_eq!(due(&world.receipt("R4/2")), [("V1", 30_00)]);
}

#[test]
fn a_reissue_is_for_less_and_of_the_same_kind_and_agency() {
    let mut world = World::new();
    world.accept(issue("R1"));
    world
        .reject(reissue("R1", 100_01), "ReplacementTotal")
        .naming(["R1", "100.00", "100.01"]);
    world.reject(reissue("R1", 0), "ReplacementTotal");
    let agency = "91350100M000100Y43";
    world
        .reject(
            reissue("R1", 70_00)
                .with(|r| r.replacement.as_mut().unwrap().agency = agency.to_owned()),
            "AnotherAgency",
        )
        .naming(["R1", "hospital"]);
    world.accept(grant_of("35060226", "hospital", 1, 9));
    let inpatient = |code: &mut String| "35060226".clone_into(code);
    world.reject(
        reissue("R1", 70_00)
            .with(move |r| inpatient(&mut r.replacement.as_mut().unwrap().receipt_code)),
        "AnotherKind",
    );
    world.reject(
        reissue("R1", 70_00)
            .with(move |r| inpatient(&mut r.reversal.as_mut().unwrap().receipt_code)),
        "AnotherKind",
    );
    world.reject(
        reissue("R1", 70_00).with(|r| r.replacement.as_mut().unwrap().settlement = None),
        "NoChannels",
    );
    world.reject(reissue("R1", 70_00).by("insurer"), "RoleMissing");
    world.accept(reissue("R1", 70_00));
    world.reject(reissue("R1", 60_00), "Reversed");
}

/// A receipt of 1,000.00 of which the insurer's terms gave 70 %, paid, and of which 400.00 were refunded afterwards.
fn paid_and_reissued() -> World {
    let mut world = with_policy();
    world
        .accept(publish("SEVENTY").on_terms(|terms| {
            terms.deductible_fen = 0;
            terms.tiers = vec![tier(0, 7_000)];
            terms.yearly_limit = Some(proto::policy_terms::YearlyLimit::Uncapped(true));
        }))
        .accept(issue("R1").costing(1_000_00))
        .accept(authorise("R1", "insurer"))
        .accept(file("C-1", &["R1"]).under("SEVENTY"))
        .accept(approve("C-1"))
        .accept(paid_out("C-1"))
        .accept(reissue("R1", 600_00));
    world
}

#[test]
fn a_claims_booking_that_a_reissue_carried_is_not_taken_back_by_hand() {
    let mut world = paid_and_reissued();
    world
        .reject(unbook("R1/2", "insurer", "C-1"), "BookedByClaim")
        .naming(["R1/2", "C-1"]);
}

#[test]
fn a_claim_is_corrected_after_its_receipt_was_reissued() {
    let mut world = paid_and_reissued();
    let new = world.receipt("R1/2");
    assert_eq!(out(&new), [("C-1", 700_00)]);
    let before = due(&new)[0].1;
    assert_eq!(before, 100_00, "above the 600.00 of the new receipt");
    // 70 % of 600.00 are 420.00.
    world.accept(reassess("C-1", "R1", 0));
    invariants::check(&world);
    let new = world.receipt("R1/2");
    assert_eq!(out(&new), [("C-1", 700_00)]);
    assert_eq!(due(&new), [("C-1", 280_00)]);
    let claim = claim(&world, "insurer", "C-1").unwrap();
    let lines: Vec<_> = claim
        .lines()
        .map(|line| (line.receipt, line.fund.get()))
        .collect();
    assert_eq!(lines, [(world.receipt("R1").id, 420_00)]);
    world.accept(came_back("R1", "insurer", "C-1", 1, 280_00));
    assert_eq!(out(&world.receipt("R1/2")), [("C-1", 420_00)]);
    // Taken back whole.
    world.accept(correct("C-1"));
    let new = world.receipt("R1/2");
    assert_eq!(
        (out(&new), due(&new)),
        (vec![("C-1", 420_00)], vec![("C-1", 420_00)])
    );
    let last = |back: &mut proto::ConfirmReturn| back.bank_reference = "T-2".to_owned();
    world
        .accept(came_back("R1/2", "insurer", "C-1", 1, 420_00).with(last))
        .accept(reverse("R1/2"));
    invariants::check(&world);
}

#[test]
fn money_that_a_bank_paid_late_counts_on_the_receipt_of_the_reissue() {
    let mut world = with_policy();
    world
        .accept(issue("R1").costing(1_000_00))
        .accept(authorise("R1", "insurer"))
        .accept(file("C-1", &["R1"]))
        .accept(approve("C-1"));
    let ordered = paid_out("C-1");
    world.accept(failed("C-1"));
    world.accept(withdraw("C-1")).accept(reissue("R1", 900_00));
    world.accept(ordered.with(|confirm| confirm.payout_number = 1));
    invariants::check(&world);
    let new = world.receipt("R1/2");
    assert_eq!(out(&new), due(&new));
    assert!(!out(&new).is_empty());
    world.reject(reverse("R1/2"), "Booked");
}

#[test]
fn a_receipt_is_reissued_at_most_sixteen_times_in_succession() {
    let mut world = World::new();
    world.accept(issue("R1"));
    let mut name = "R1".to_owned();
    for place in 1..=REISSUES_MAX + 1 {
        let next = format!("N{place}");
        let business = next.clone();
        let own = move |r: &mut proto::ReissueReceipt| {
            let (red, new) = (
                r.reversal.as_mut().unwrap(),
                r.replacement.as_mut().unwrap(),
            );
            red.business_number = format!("red-{business}");
            new.business_number.clone_from(&business);
        };
        let refund = reissue(&name, 99_00).called(&next).with(own);
        if place > REISSUES_MAX {
            world
                .reject(refund, "TooManyReissues")
                .naming([&*name, "16"]);
        } else {
            world.accept(refund);
        }
        name = next;
    }
}
