//! The frauds of docs/DOMAIN.md §3 and the traps of a published chaincode, each of which
//! these domains can meet. The trap of rights that nobody enforces is met in `rights.rs`.

use piaolian_contracts::{organisations::Role, types::ReceiptNumber};
use piaolian_proto::v1 as proto;

use crate::world::{
    DAY_MS, HOUR_MS,
    receipts::{archive, exchange, return_paper, with_receipt},
    reimbursement::{approve, authorise, commercial, file, paid_out, publish, revoke, with_policy},
    requests::{book, grant, in_cash, issue, lock, reverse, revoke_key, suspend, unbook},
};

#[test]
fn the_same_receipt_to_two_payers_is_refused_with_the_prior_booking() {
    let mut world = with_receipt();
    world
        .accept(lock("R1", "insurer"))
        .accept(book("R1", "insurer", "V1", 60_00));
    let prior = ["insurer", "V1", "60.00", "5"];
    world
        .reject(book("R1", "insurer2", "V9", 60_00), "Booked")
        .naming(prior);
    world
        .reject(book("R1", "employer", "V9", 1), "Booked")
        .naming(prior);
    world.reject(lock("R1", "insurer2"), "Booked").naming(prior);
}

#[test]
fn two_payers_at_once_share_what_there_is_or_one_is_refused() {
    let mut world = with_receipt();
    let one = world.sign(&book("R1", "insurer", "V1", 40_00));
    let other = world.sign(&book("R1", "employer", "V1", 40_00));
    let outcomes = world.block(&[one, other]).outcomes;
    assert_eq!(outcomes[0].code, 0);
    assert_eq!(crate::world::name_of(outcomes[1].code), "AboveRemaining");
}

#[test]
fn the_same_receipt_to_one_payer_twice_is_refused_with_the_prior_booking() {
    let mut world = with_receipt();
    world.accept(book("R1", "employer", "2026-11/7", 20_00));
    world.wait_ms(DAY_MS);
    world
        .reject(book("R1", "employer", "2026-12/3", 20_00), "BookedBefore")
        .naming(["R1", "2026-11/7", "20.00", "4"]);
    world
        .reject(book("R1", "employer", "2026-11/7", 20_00), "VoucherUsed")
        .naming(["R1", "2026-11/7", "20.00", "4"]);
}

#[test]
fn printouts_of_one_receipt_resubmitted_are_one_receipt() {
    let mut world = with_receipt();
    world.accept(lock("R1", "insurer"));
    let second_printout = |lock: &mut proto::LockReceipt| lock.claim_number = "C-77".to_owned();
    world
        .reject(
            lock("R1", "insurer").with(second_printout),
            "LockedForAnotherClaim",
        )
        .naming(["R1", "C-1"]);
}

#[test]
fn an_altered_amount_is_refused() {
    let mut world = with_receipt();
    let hospital_stay = |item: &mut proto::IssueItem| {
        (item.total_fen, item.settlement) = (15_263_14, in_cash(15_263_14));
    };
    world.accept(issue("stay").with(hospital_stay));
    let altered = 105_263_14;
    world
        .reject(
            lock("stay", "insurer").with(|l| l.presented_total_fen = altered),
            "TotalDiffers",
        )
        .naming(["stay", "105263.14", "15263.14"]);
    let booking = book("stay", "insurer", "V1", altered);
    world
        .reject(
            booking.with(|b| b.presented_total_fen = altered),
            "TotalDiffers",
        )
        .naming(["stay", "105263.14", "15263.14"]);
    world.accept(book("stay", "insurer", "V1", 100).with(|b| b.presented_total_fen = 15_263_14));
}

#[test]
fn an_issued_fee_list_is_not_exchanged_for_an_altered_one() {
    let mut world = with_receipt();
    let committed = world.receipt("R1").details_commitment;
    let altered = |item: &mut proto::IssueItem| item.details_commitment = vec![9; 32].into();
    world
        .reject(issue("R1").with(altered), "BusinessNumberUsed")
        .naming(["R1"]);
    world
        .reject(issue("R2").with(altered).numbered(1), "NumberUsed")
        .naming(["R1"]);
    assert_eq!(world.receipt("R1").details_commitment, committed);
}

#[test]
fn a_wholly_forged_receipt_is_refused() {
    let mut world = with_receipt();
    let mut forged = world.receipt_id("R1");
    forged.number = ReceiptNumber::parse("", 4_711).unwrap();
    world.call("forged", forged);
    world
        .reject(lock("forged", "insurer"), "UnknownReceipt")
        .naming(["forged"]);
    world
        .reject(book("forged", "insurer", "V1", 1), "UnknownReceipt")
        .naming(["forged"]);
}

#[test]
fn a_reversal_after_reimbursement_is_refused() {
    let mut world = with_receipt();
    world.accept(book("R1", "insurer", "V1", 1));
    world
        .reject(reverse("R1"), "Booked")
        .naming(["insurer", "V1", "0.01", "4"]);
}

#[test]
fn a_reversed_receipt_and_its_reversal_are_neither_locked_nor_booked() {
    let mut world = with_receipt();
    world
        .accept(book("R1", "insurer", "V1", 1))
        .accept(unbook("R1", "insurer", "V1"));
    world.accept(reverse("R1"));
    world
        .reject(book("R1", "insurer", "V2", 1), "Reversed")
        .naming(["R1", "-R1"]);
    world
        .reject(lock("R1", "employer"), "Reversed")
        .naming(["R1", "-R1"]);
    world.reject(unbook("R1", "insurer", "V1"), "Reversed");
    let red = |book: &mut proto::BookReceipt| book.presented_total_fen = -100_00;
    world
        .reject(book("-R1", "insurer", "V2", 1).with(red), "IsReversal")
        .naming(["-R1", "R1"]);
    let red = |lock: &mut proto::LockReceipt| lock.presented_total_fen = -100_00;
    world
        .reject(lock("-R1", "insurer").with(red), "IsReversal")
        .naming(["-R1", "R1"]);
}

#[test]
fn parts_above_the_whole_are_refused() {
    let mut world = with_receipt();
    world
        .accept(book("R1", "insurer", "V1", 30_00))
        .accept(book("R1", "insurer2", "V1", 29_99));
    world
        .reject(book("R1", "employer", "V1", 2), "AboveRemaining")
        .naming(["0.01", "insurer2"]);
    world.accept(book("R1", "employer", "V1", 1));
}

#[test]
fn a_number_outside_the_range_or_used_twice_or_of_another_issuer_is_refused() {
    let mut world = with_receipt();
    world
        .admit("clinic", &[Role::Issuer])
        .accept(grant("clinic", 2_001, 3_000));
    world
        .reject(issue("R2").numbered(1_001), "NumberNotGranted")
        .naming(["hospital"]);
    world
        .reject(issue("R2").numbered(1), "NumberUsed")
        .naming(["R1"]);
    world
        .reject(issue("R2").numbered(2_500), "NumberOfAnotherIssuer")
        .naming(["clinic"]);
}

#[test]
fn an_e_receipt_is_not_reimbursed_beside_the_paper_it_was_exchanged_for() {
    let mut world = with_receipt();
    world.accept(exchange("R1", "0017"));
    let paper = ["R1", "35010126", "0017", "4"];
    for payer in ["insurer", "employer"] {
        world.reject(lock("R1", payer), "OnPaper").naming(paper);
        world
            .reject(book("R1", payer, "V1", 1), "OnPaper")
            .naming(paper);
    }
    world.reject(reverse("R1"), "OnPaper").naming(paper);
    // Once the paper is back there is one receipt again.
    world
        .accept(return_paper("R1", "0017"))
        .accept(book("R1", "insurer", "V1", 60_00));
}

#[test]
fn a_reimbursed_e_receipt_is_not_exchanged_for_paper() {
    let mut world = with_receipt();
    world.accept(lock("R1", "insurer"));
    world
        .reject(exchange("R1", "0017"), "Locked")
        .naming(["insurer", "C-1"]);
    world.accept(book("R1", "insurer", "V1", 20_00));
    world
        .reject(exchange("R1", "0017"), "Booked")
        .naming(["insurer", "V1", "20.00", "6"]);
}

#[test]
fn one_paper_form_does_not_stand_for_two_receipts() {
    let mut world = with_receipt();
    world.accept(issue("R2")).accept(exchange("R1", "0017"));
    world
        .reject(exchange("R2", "0017"), "PaperUsed")
        .naming(["35010126", "0017", "R1"]);
    world.reject(return_paper("R1", "0018"), "AnotherPaper");
}

#[test]
fn an_archived_booking_is_not_taken_back_to_claim_again() {
    let mut world = with_receipt();
    world
        .accept(book("R1", "employer", "V1", 60_00))
        .accept(archive(&["R1"], "employer"));
    world
        .reject(unbook("R1", "employer", "V1"), "ArchivedBooking")
        .naming(["R1", "employer", "A-1", "5"]);
    world.reject(book("R1", "insurer", "V9", 1), "AboveRemaining");
    world.reject(reverse("R1"), "Booked").naming(["employer"]);
    world
        .reject(exchange("R1", "0019"), "Archived")
        .naming(["employer"]);
}

#[test]
fn a_suspended_organisations_and_a_revoked_keys_signatures_are_refused() {
    let mut world = with_receipt();
    world.accept(suspend("hospital"));
    world.reject(issue("R2"), "Suspended");
    world.reject(reverse("R1"), "Suspended");
    world.accept(revoke_key("insurer", 2));
    world.refuse(book("R1", "insurer", "V1", 1), "KeyNoLongerLive");
}

#[test]
fn a_claim_without_the_holders_live_authorisation_is_refused() {
    let mut world = with_policy();
    world.accept(issue("R1"));
    world
        .reject(file("C-1", &["R1"]), "NotAuthorised")
        .naming(["R1", "insurer", "claim"]);
    world
        .accept(authorise("R1", "insurer"))
        .accept(file("C-1", &["R1"]));
    world.accept(revoke("R1", "insurer"));
    world.reject(approve("C-1"), "GrantRevoked").naming([
        "R1",
        "insurer",
        "hospital",
        "consent withdrawn",
    ]);
}

#[test]
fn the_same_receipt_in_claims_of_two_payers_names_both() {
    let mut world = with_policy();
    world
        .accept(publish("BASIC").by("insurer2").on_terms(commercial))
        .accept(issue("R1"))
        .accept(authorise("R1", "insurer"))
        .accept(authorise("R1", "insurer2"))
        .accept(file("C-1", &["R1"]));
    world
        .reject(file("K-1", &["R1"]).by("insurer2"), "InAnotherClaim")
        .naming(["R1", "insurer2", "K-1", "insurer", "C-1"]);
}

#[test]
fn a_reversal_while_the_bank_pays_is_refused() {
    let mut world = with_policy();
    world
        .accept(publish("EASY").on_terms(|terms| terms.deductible_fen = 0))
        .accept(issue("R1"))
        .accept(authorise("R1", "insurer"))
        .accept(file("C-1", &["R1"]).under("EASY"))
        .accept(approve("C-1"));
    world
        .reject(reverse("R1"), "Reserved")
        .naming(["R1", "insurer", "C-1", "60.00"]);
    world.accept(paid_out("C-1"));
    world
        .reject(reverse("R1"), "Booked")
        .naming(["insurer", "C-1"]);
}

#[test]
fn an_old_transaction_is_not_replayed() {
    let mut world = with_receipt();
    let booking = world.sign(&book("R1", "insurer", "V1", 1));
    world.block(std::slice::from_ref(&booking));
    world.accept(unbook("R1", "insurer", "V1"));
    world.refuse_bytes(booking.clone(), "Replayed");
    world.wait_ms(HOUR_MS).refuse_bytes(booking, "Expired");
}

#[test]
fn a_booking_by_another_payer_does_not_clear_the_lock() {
    let mut world = with_receipt();
    world.accept(lock("R1", "insurer"));
    world
        .reject(book("R1", "insurer2", "V1", 1), "LockedByAnother")
        .naming(["insurer"]);
    assert_eq!(
        world.receipt("R1").lock.unwrap().owner,
        world.member("insurer").id
    );
}
