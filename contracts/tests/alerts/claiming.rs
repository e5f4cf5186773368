//! Claims of receipts that were presented before, altered, forged, reversed or exchanged.

use piaolian_contracts::types::ReceiptNumber;
use piaolian_proto::v1 as proto;

use super::{none, only, says};
use crate::world::{
    HOUR_MS, World,
    receipts::{exchange, note, return_paper, with_receipt},
    reimbursement::{approve, authorise, file, with_policy},
    requests::{Request, book, issue, lock, reverse, set_parameters, suspend, unbook, unlock},
};

/// Checks that a double claim is rejected by `rule`, and that its alert names the payer that holds the receipt.
#[track_caller]
fn double(
    world: &mut World,
    request: impl Request,
    rule: &str,
    claimant: &str,
    expected: [&str; 3],
) {
    world.reject(request, rule);
    let alert = only(world, "DoubleClaim", claimant);
    let [presented, payer, prior] = expected;
    says(world, &alert, ["R1", claimant, presented, payer, prior]);
    assert_eq!(alert.receipt, Some(world.receipt_id("R1")));
    assert!(alert.concerns(&world.member(payer).id));
}

#[test]
fn a_receipt_that_another_payer_locked_is_claimed_twice() {
    let lock_it = |world: &mut World| {
        world.accept(lock("R1", "insurer"));
    };
    let mut world = with_receipt();
    lock_it(&mut world);
    let other = lock("R1", "employer").with(|l| l.claim_number = "C-9".to_owned());
    let found = ["C-9", "insurer", "C-1"];
    double(&mut world, other, "LockedByAnother", "employer", found);
    let mut world = with_receipt();
    lock_it(&mut world);
    let found = ["V1", "insurer", "C-1"];
    let booking = book("R1", "employer", "V1", 1);
    double(&mut world, booking, "LockedByAnother", "employer", found);
}

#[test]
fn a_receipt_that_is_booked_is_claimed_twice() {
    let booked = |amount| {
        let mut world = with_receipt();
        world.accept(book("R1", "insurer", "V1", amount));
        world
    };
    let found = ["V9", "insurer", "V1"];
    let other = || book("R1", "insurer2", "V9", 60_00);
    double(&mut booked(60_00), other(), "Booked", "insurer2", found);
    double(
        &mut booked(30_00),
        other(),
        "AboveRemaining",
        "insurer2",
        found,
    );
    let mut world = booked(60_00);
    let found = ["C-1", "insurer", "V1"];
    double(
        &mut world,
        lock("R1", "employer"),
        "Booked",
        "employer",
        found,
    );
}

#[test]
fn a_receipt_that_the_same_payer_presents_again_is_claimed_twice() {
    let booked = || {
        let mut world = with_receipt();
        world.accept(book("R1", "insurer", "V1", 10_00));
        world
    };
    let again = book("R1", "insurer", "V2", 10_00);
    let found = ["V2", "insurer", "V1"];
    double(&mut booked(), again, "BookedBefore", "insurer", found);
    let again = book("R1", "insurer", "V1", 10_00);
    let found = ["V1", "insurer", "V1"];
    double(&mut booked(), again, "VoucherUsed", "insurer", found);
    let mut world = with_receipt();
    world.accept(lock("R1", "insurer"));
    let second = lock("R1", "insurer").with(|l| l.claim_number = "C-2".to_owned());
    let found = ["C-2", "insurer", "C-1"];
    double(
        &mut world,
        second,
        "LockedForAnotherClaim",
        "insurer",
        found,
    );
}

#[test]
fn a_voucher_that_comes_again_after_it_was_taken_back_is_claimed_twice() {
    let mut world = with_receipt();
    world
        .accept(book("R1", "insurer", "V1", 10_00))
        .accept(unbook("R1", "insurer", "V1"));
    let entered = only(&world, "EnteredInError", "insurer");
    says(&world, &entered, ["R1", "insurer", "V1"]);
    world.reject(book("R1", "insurer", "V1", 10_00), "VoucherUsed");
    let mut alerts = world.alerts();
    let alert = alerts.pop().unwrap();
    assert_eq!((alerts.len(), alert.kind.name), (1, "DoubleClaim"));
    says(&world, &alert, ["R1", "insurer", "V1", "insurer", "V1"]);
}

#[test]
fn a_payer_that_booked_all_it_may_and_locks_again_claims_twice() {
    let mut world = with_receipt();
    let kinds = |p: &mut proto::Parameters| {
        p.fund_rules
            .retain(|rule| (4..=6).contains(&rule.fund_kind))
    };
    world
        .accept(set_parameters(kinds))
        .accept(book("R1", "insurer", "V1", 10_00));
    let found = ["C-1", "insurer", "V1"];
    double(
        &mut world,
        lock("R1", "insurer"),
        "NothingLeft",
        "insurer",
        found,
    );
}

#[test]
fn what_was_counted_at_nothing_is_claimed_twice_by_the_same_payer_alone() {
    let counted = || {
        let mut world = with_policy();
        world
            .accept(issue("R1").costing(100_00))
            .accept(authorise("R1", "insurer"))
            .accept(file("K-1", &["R1"]))
            .accept(approve("K-1"))
            .accept(book("R1", "insurer2", "V9", 60_00));
        world
    };
    let found = ["C-1", "insurer", "K-1"];
    let again = file("C-1", &["R1"]);
    double(&mut counted(), again, "ReservedBefore", "insurer", found);
    // The booking of the other payer is the reason, not the reservation of 0.
    let found = ["V1", "insurer2", "V9"];
    let booking = book("R1", "employer", "V1", 60_00);
    double(&mut counted(), booking, "AboveRemaining", "employer", found);
}

#[test]
fn payers_that_share_a_receipt_claim_it_once_each() {
    let mut world = with_receipt();
    world
        .accept(lock("R1", "insurer"))
        .accept(lock("R1", "insurer"))
        .accept(book("R1", "insurer", "V1", 30_00))
        .accept(lock("R1", "employer"))
        .accept(unlock("R1", "employer"))
        .accept(book("R1", "employer", "V1", 30_00));
    none(&world);
}

#[test]
fn refusals_that_say_nothing_of_another_claim_raise_none() {
    let mut world = with_receipt();
    world.reject(book("R1", "insurer", "V1", 60_01), "AboveClaimable");
    world.reject(book("R1", "insurer", "V1", 1).operated_by(""), "NoOperator");
    world.reject(unlock("R1", "insurer"), "NotLocked");
    let months = |lock: &mut proto::LockReceipt| lock.lease_ms = 31 * 24 * HOUR_MS;
    world.reject(lock("R1", "insurer").with(months), "LeaseTooLong");
    none(&world);
    world.accept(lock("R1", "insurer"));
    // Taking a lock back is no claim.
    world.reject(unlock("R1", "employer"), "LockedByAnother");
    none(&world);
}

#[test]
fn an_altered_total_is_found_with_both_amounts() {
    let mut world = with_receipt();
    let more = |lock: &mut proto::LockReceipt| lock.presented_total_fen = 1_000_00;
    world.reject(lock("R1", "insurer").with(more), "TotalDiffers");
    let alert = only(&world, "AlteredTotal", "insurer");
    says(&world, &alert, ["R1", "insurer", "1000.00", "100.00"]);
    assert!(alert.concerns(&world.member("hospital").id));
    let more = |book: &mut proto::BookReceipt| book.presented_total_fen = 100_01;
    world.reject(book("R1", "insurer", "V1", 1).with(more), "TotalDiffers");
    let alert = only(&world, "AlteredTotal", "insurer");
    says(&world, &alert, ["R1", "insurer", "100.01", "100.00"]);
    assert_eq!(alert.count, 2);
}

#[test]
fn a_total_or_a_receipt_that_a_payer_finds_wrong_when_it_verifies_is_found() {
    let mut world = with_receipt();
    let more = |note: &mut proto::NoteVerification| note.presented_total_fen = 1_000_00;
    world.reject(note("R1", "insurer").with(more), "VerifiedTotalDiffers");
    let alert = only(&world, "AlteredTotal", "insurer");
    says(&world, &alert, ["R1", "insurer", "1000.00", "100.00"]);
    let mut forged = world.receipt_id("R1");
    forged.number = ReceiptNumber::parse("", 700).unwrap();
    world.call("forged", forged);
    world.reject(note("forged", "employer"), "UnknownReceipt");
    let alert = world.alerts().remove(1);
    says(&world, &alert, ["forged", "employer"]);
    // A verification is not a claim: a booked receipt may be verified.
    world
        .accept(book("R1", "insurer", "V1", 60_00))
        .accept(note("R1", "employer"));
    assert_eq!(world.alerts().len(), 2);
}

#[test]
fn a_forged_receipt_is_found_once_an_hour_however_many_are_tried() {
    let mut world = with_receipt();
    let mut forged = world.receipt_id("R1");
    for number in [700, 701, 702] {
        forged.number = ReceiptNumber::parse("", number).unwrap();
        world.call("forged", forged);
        world.reject(lock("forged", "insurer"), "UnknownReceipt");
        let alert = only(&world, "NeverIssued", "insurer");
        says(&world, &alert, ["forged", "insurer"]);
        assert_eq!(alert.count, number - 699);
    }
    world.wait_ms(HOUR_MS);
    world.reject(book("forged", "insurer", "V1", 1), "UnknownReceipt");
    assert_eq!(world.alerts().len(), 2);
}

#[test]
fn a_number_is_forged_until_a_receipt_is_issued_with_it() {
    let mut world = with_receipt();
    let mut forged = world.receipt_id("R1");
    forged.number = ReceiptNumber::parse("", 700).unwrap();
    world.call("R2", forged);
    // Taking a lock back is no claim.
    world.reject(unlock("R2", "insurer"), "UnknownReceipt");
    none(&world);
    world.reject(lock("R2", "insurer"), "UnknownReceipt");
    world
        .accept(issue("R2").numbered(700))
        .accept(lock("R2", "insurer"));
    assert_eq!(world.receipt_id("R2"), forged);
    assert_eq!(only(&world, "NeverIssued", "insurer").count, 1);
}

#[test]
fn a_reversed_receipt_and_its_reversal_are_found_when_they_are_claimed() {
    let mut world = with_receipt();
    world.accept(reverse("R1")).accept(note("R1", "insurer"));
    none(&world);
    world.reject(lock("R1", "insurer"), "Reversed");
    let alert = only(&world, "ReversedClaimed", "insurer");
    says(&world, &alert, ["R1", "insurer", "-R1"]);
    let red = |book: &mut proto::BookReceipt| book.presented_total_fen = -100_00;
    world.reject(book("-R1", "insurer", "V1", 1).with(red), "IsReversal");
    let alert = world.alerts().remove(1);
    says(&world, &alert, ["-R1", "insurer", "R1"]);
}

#[test]
fn a_receipt_is_found_when_it_is_claimed_beside_its_paper() {
    let mut world = with_receipt();
    world.accept(exchange("R1", "42"));
    world.reject(lock("R1", "insurer"), "OnPaper");
    let alert = only(&world, "PaperOutClaimed", "insurer");
    says(&world, &alert, ["R1", "insurer", "35010126", "42"]);
    // Once the paper is back the receipt counts again.
    world
        .accept(return_paper("R1", "42"))
        .accept(lock("R1", "insurer"));
    assert_eq!(only(&world, "PaperOutClaimed", "insurer").count, 1);
}

#[test]
fn a_claim_on_a_suspended_issuers_receipt_is_accepted_and_found() {
    let mut world = with_receipt();
    let suspended = world.sign(&suspend("hospital"));
    let same_block = world.sign(&lock("R1", "insurer"));
    assert!(
        world
            .block(&[suspended, same_block])
            .outcomes
            .iter()
            .all(crate::world::accepted)
    );
    none(&world);
    world.accept(book("R1", "insurer", "V1", 10_00));
    let alert = only(&world, "SuspendedIssuerClaimed", "hospital");
    let from = world.height.to_string();
    says(&world, &alert, ["R1", "insurer", "hospital", &from]);
    world.accept(lock("R1", "employer"));
    let alert = only(&world, "SuspendedIssuerClaimed", "hospital");
    assert_eq!(alert.count, 2);
    for claimant in ["insurer", "employer"] {
        assert!(alert.concerns(&world.member(claimant).id));
    }
}
