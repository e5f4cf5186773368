//! Claims on their whole way: filed, decided, paid, released.

use piaolian_proto::v1 as proto;

use super::{none, only, says};
use crate::world::{
    DAY_MS, HOUR_MS, World,
    reimbursement::{
        approve, authorise, came_back, commercial, correct, failed, file, paid_out, publish,
        release, revoke, tier, with_leaving_payer, with_policy,
    },
    requests::{Claim, book, issue, lock, suspend},
};

/// R1 of 600 yuan and R2 of 100, both of which either insurer may claim.
fn with_receipts() -> World {
    let mut world = with_policy();
    world.accept(publish("BASIC").by("insurer2").on_terms(commercial));
    for (name, total) in [("R1", 600_00), ("R2", 100_00)] {
        world
            .accept(issue(name).costing(total))
            .accept(authorise(name, "insurer"))
            .accept(authorise(name, "insurer2"));
    }
    world
}

/// The insurer has approved C-1 over both: the bank is to pay 380 yuan.
fn decided() -> World {
    let mut world = with_receipts();
    world
        .accept(file("C-1", &["R1", "R2"]))
        .accept(approve("C-1"));
    world
}

/// The same for a commercial fund.
fn decided_commercially() -> World {
    let mut world = with_receipts();
    world
        .accept(publish("LIFE").on_terms(commercial))
        .accept(file("C-1", &["R1", "R2"]).under("LIFE"))
        .accept(approve("C-1"));
    world
}

/// The insurer books for the fund for which C-1 was decided.
fn again(voucher: &str) -> Claim<proto::BookReceipt> {
    book("R1", "insurer", voucher, 1)
        .with(|book: &mut proto::BookReceipt| book.presented_total_fen = 600_00)
}

#[test]
fn a_claim_from_filing_to_payout_raises_none() {
    let mut world = decided();
    world.accept(paid_out("C-1"));
    none(&world);
}

#[test]
fn a_receipt_in_two_claims_is_found_with_both_claimants() {
    let mut world = with_receipts();
    world.accept(file("C-1", &["R2"]));
    let second = file("K-9", &["R1", "R2"]).by("insurer2");
    world.reject(second, "InAnotherClaim");
    let alert = only(&world, "DoubleClaim", "insurer2");
    says(&world, &alert, ["R2", "insurer2", "K-9", "insurer", "C-1"]);
    assert!(alert.concerns(&world.member("insurer").id));
}

#[test]
fn a_claim_whose_time_is_over_holds_nothing() {
    let mut world = with_receipts();
    world.accept(file("C-1", &["R2"]));
    let second = || file("K-9", &["R2"]).by("insurer2");
    world.wait_ms(10 * DAY_MS - 1);
    world.reject(second(), "InAnotherClaim");
    only(&world, "DoubleClaim", "insurer2");
    world.wait_ms(1).accept(second());
    assert_eq!(only(&world, "DoubleClaim", "insurer2").count, 1);
}

#[test]
fn a_receipt_that_the_same_insurer_claims_again_is_found() {
    let mut world = with_receipts();
    world.accept(file("C-1", &["R1", "R2"]));
    let stories: [(&str, &str, fn(&mut World)); 3] = [
        ("C-2", "LockedForAnotherClaim", |_| ()),
        ("C-3", "ReservedBefore", |world| {
            world.accept(approve("C-1"));
        }),
        ("C-4", "BookedBefore", |world| {
            world.accept(paid_out("C-1"));
        }),
    ];
    for (place, (again, rule, goes_on)) in stories.into_iter().enumerate() {
        goes_on(&mut world);
        world.reject(file(again, &["R2"]), rule);
        let alert = only(&world, "DoubleClaim", "insurer");
        says(&world, &alert, ["R2", "insurer", again, "insurer", "C-1"]);
        assert_eq!(alert.count, place as u64 + 1);
    }
}

#[test]
fn what_a_decided_claim_leaves_is_anybodys_and_more_is_found() {
    let mut world = decided();
    // Of the 600 yuan of R1 300 are reserved.
    let booking = |amount| {
        book("R1", "insurer2", "V1", amount)
            .with(|book: &mut proto::BookReceipt| book.presented_total_fen = 600_00)
    };
    world.reject(booking(300_01), "AboveReserved");
    let alert = only(&world, "DoubleClaim", "insurer2");
    says(&world, &alert, ["R1", "insurer2", "V1", "insurer", "C-1"]);
    world.accept(booking(300_00));
    assert_eq!(only(&world, "DoubleClaim", "insurer2").count, 1);
}

#[test]
fn a_receipt_of_which_a_decided_claim_leaves_nothing_is_found() {
    let mut world = with_receipts();
    let whole = publish("WHOLE").on_terms(|terms| {
        (terms.deductible_fen, terms.tiers) = (0, vec![tier(0, 10_000)]);
    });
    world
        .accept(whole)
        .accept(file("C-1", &["R2"]).under("WHOLE"))
        .accept(approve("C-1"));
    world.reject(lock("R2", "insurer2"), "LeftIsReserved");
    let alert = only(&world, "DoubleClaim", "insurer2");
    says(&world, &alert, ["R2", "insurer2", "C-1", "insurer", "C-1"]);
}

#[test]
fn a_booking_of_what_the_same_payer_decided_is_found_with_its_own_claim() {
    let mut world = decided_commercially();
    world.reject(again("V1"), "ReservedBefore");
    let alert = only(&world, "DoubleClaim", "insurer");
    says(&world, &alert, ["R1", "insurer", "V1", "insurer", "C-1"]);
}

#[test]
fn of_two_reservations_the_claimants_own_is_named() {
    let mut world = decided_commercially();
    world
        .accept(file("K-1", &["R1"]).by("insurer2"))
        .accept(approve("K-1").by("insurer2"));
    world.reject(again("V1"), "ReservedBefore");
    let alert = only(&world, "DoubleClaim", "insurer");
    says(&world, &alert, ["R1", "insurer", "V1", "insurer", "C-1"]);
}

#[test]
fn an_altered_total_in_a_claim_is_found() {
    let mut world = with_receipts();
    let altered = |claim: &mut proto::FileClaim| {
        claim.receipts[1].presented_total_fen = 1_000_00;
    };
    world.reject(file("C-1", &["R1", "R2"]).with(altered), "TotalDiffers");
    let alert = only(&world, "AlteredTotal", "insurer");
    says(&world, &alert, ["R2", "insurer", "1000.00", "100.00"]);
}

#[test]
fn a_claim_without_a_live_authorisation_is_found() {
    let mut world = with_receipts();
    world.accept(issue("R3"));
    world.reject(file("C-1", &["R1", "R3"]), "NotAuthorised");
    let alert = only(&world, "ClaimedUnauthorised", "insurer");
    says(&world, &alert, ["R3", "insurer", "C-1"]);
    world.accept(revoke("R2", "insurer"));
    world.reject(file("C-1", &["R2"]), "GrantRevoked");
    let alert = world.alerts().remove(1);
    says(&world, &alert, ["R2", "insurer", "C-1"]);
}

#[test]
fn a_claim_is_authorised_until_its_authorisation_ends() {
    let filed_before_the_end = |ms: u64| {
        let mut world = with_receipts();
        world.accept(issue("R3"));
        let end = world.time.after_ms(HOUR_MS).as_ms();
        world.accept(authorise("R3", "insurer").for_ms(HOUR_MS));
        let left = end - world.time.as_ms();
        world.wait_ms(left - ms).submit(file("C-1", &["R3"]));
        world
    };
    none(&filed_before_the_end(1));
    let world = filed_before_the_end(0);
    let alert = only(&world, "ClaimedUnauthorised", "insurer");
    says(&world, &alert, ["R3", "insurer", "C-1"]);
}

#[test]
fn a_decision_after_the_authorisation_was_withdrawn_is_found() {
    let mut world = with_receipts();
    world
        .accept(file("C-1", &["R1", "R2"]))
        .accept(revoke("R2", "insurer"));
    none(&world);
    world.reject(approve("C-1"), "GrantRevoked");
    let alert = only(&world, "ClaimedUnauthorised", "insurer");
    says(&world, &alert, ["R2", "insurer", "C-1"]);
}

#[test]
fn a_decision_over_what_another_payer_took_meanwhile_is_found() {
    let mut world = decided();
    world
        .accept(file("K-1", &["R1"]).by("insurer2"))
        .accept(failed("C-1"));
    none(&world);
    world.reject(approve("C-1"), "InAnotherClaim");
    let alert = only(&world, "DoubleClaim", "insurer");
    says(&world, &alert, ["R1", "insurer", "C-1", "insurer2", "K-1"]);
}

#[test]
fn refusals_of_a_claim_that_say_nothing_of_its_receipts_raise_none() {
    let mut world = with_receipts();
    world.accept(file("C-1", &["R2"]));
    world.reject(file("C-1", &["R1"]), "ClaimNumberUsed");
    world.reject(file("C-2", &["R1"]).under("NONE"), "UnknownPolicy");
    world.reject(approve("C-9"), "UnknownClaim");
    let too_much = approve("C-1").assessing(0, [100_01, 0, 0, 0]);
    world.reject(too_much, "SelfPaidAboveBase");
    none(&world);
}

#[test]
fn a_claim_on_a_suspended_issuers_receipts_is_found() {
    let mut world = with_receipts();
    world
        .accept(suspend("hospital"))
        .accept(file("C-1", &["R1", "R2"]));
    let alert = only(&world, "SuspendedIssuerClaimed", "hospital");
    assert_eq!(alert.count, 2);
    assert!(alert.concerns(&world.member("insurer").id));
}

#[test]
fn money_paid_for_a_recalled_order_is_found() {
    let mut world = decided();
    world.accept(correct("C-1"));
    none(&world);
    world.accept(paid_out("C-1"));
    let alert = only(&world, "PaidAfterRecall", "bank");
    says(&world, &alert, ["bank", "insurer", "C-1", "B-C-1/1"]);
    assert!(alert.concerns(&world.member("insurer").id));
}

#[test]
fn another_amount_paid_than_ordered_is_found() {
    let paying = |fen: i64| paid_out("C-1").on_paid(move |paid| paid.amount_fen = fen);
    for (fen, yuan) in [(379_99, "379.99"), (380_01, "380.01")] {
        let mut world = decided();
        // The order is not this bank's.
        world.reject(paying(fen).by("bank2"), "NotTheBank");
        none(&world);
        world.accept(paying(fen));
        let alert = only(&world, "PaidAmountDiffers", "bank");
        let named = ["bank", "insurer", "C-1", "B-C-1/1", yuan, "380.00"];
        says(&world, &alert, named);
        assert!(alert.concerns(&world.member("insurer").id));
    }
    let mut world = decided();
    world.accept(paying(380_00));
    none(&world);
}

#[test]
fn an_order_that_is_paid_twice_is_found() {
    let mut world = decided();
    let at = world.time.as_ms();
    let paying = |reference: &str| {
        let reference = reference.to_owned();
        paid_out("C-1")
            .with(move |confirm| confirm.bank_reference = reference.clone())
            .on_paid(move |paid| paid.paid_ms = at)
    };
    world.accept(paying("B1"));
    none(&world);
    world.accept(paying("B2"));
    let alert = only(&world, "PaidTwice", "bank");
    says(
        &world,
        &alert,
        ["bank", "insurer", "C-1", "B2", "1", "380.00"],
    );
    assert!(alert.concerns(&world.member("insurer").id));
    // Either word again.
    world.accept(paying("B1")).accept(paying("B2"));
    assert_eq!(only(&world, "PaidTwice", "bank").count, 1);
}

#[test]
fn money_of_a_claim_that_came_back_unasked_is_found() {
    let mut world = decided();
    world.accept(paid_out("C-1"));
    world.accept(came_back("R1", "insurer", "C-1", 1, 100_00));
    let alert = only(&world, "ReturnedUnasked", "insurer");
    says(&world, &alert, ["R1", "insurer", "C-1", "bank", "T-2026/1"]);
    assert!(alert.concerns(&world.member("bank").id));
}

#[test]
fn what_an_owner_that_is_gone_held_is_found_when_it_is_released() {
    let mut world = World::new();
    world.accept(issue("R1")).accept(issue("R2"));
    with_leaving_payer(&mut world, "mutual", 2)
        .accept(lock("R1", "mutual"))
        .accept(book("R2", "mutual", "V1", 1));
    world.reject(release("R1", "insurer"), "NotGone");
    none(&world);
    world.accept(release("R1", "mutual"));
    let alert = only(&world, "OrphanReleased", "mutual");
    says(&world, &alert, ["R1", "mutual", "finance"]);
    world.accept(release("R2", "mutual"));
    world.reject(release("R2", "mutual"), "NothingHeld");
    assert_eq!(world.alerts().len(), 2);
}
