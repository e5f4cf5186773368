//! Taking back: withdrawal, correction, and what an insurer that is gone leaves behind.

use piaolian_contracts::{
    claims::{ClaimEnd, ClaimStatus},
    organisations::KeyPurpose,
    receipts::Status,
};
use piaolian_proto::v1 as proto;

use crate::world::{
    DAY_MS, World, accepted,
    claims::{claim_status, needs_two_persons, status_of, with_claim},
    people::{Member, MemberKey, signing_key},
    receipts::archive,
    reimbursement::{
        approve, authorise, came_back, claim, correct, file, paid_out, publish, recalled, release,
        strike, sums, with_leaving_payer, with_policy, withdraw,
    },
    requests::{book, issue, lock, propose, recovery_of, removal_of, reverse},
};

#[test]
fn a_withdrawn_claim_frees_its_receipts_and_says_why() {
    let mut world = with_claim();
    let outcome = world.submit(withdraw("C-1"));
    assert!(accepted(&outcome) && outcome.items.len() == 2);
    let closing = claim(&world, "insurer", "C-1").unwrap().closing.unwrap();
    assert_eq!(
        (closing.end, closing.reason.as_str()),
        (ClaimEnd::Withdrawn, "filed twice")
    );
    assert_eq!((closing.height, closing.time), (world.height, world.time));
    for name in ["R1", "R2"] {
        assert_eq!(world.status(name), Status::Issued);
    }
    world.accept(file("C-2", &["R1", "R2"]));
}

#[test]
fn a_claim_past_its_time_is_withdrawn_and_others_locks_stay() {
    let mut world = with_claim();
    world
        .wait_ms(10 * DAY_MS)
        .accept(lock("R1", "employer").with(|lock| lock.presented_total_fen = 600_00))
        .accept(withdraw("C-1"));
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Withdrawn);
    assert_eq!(
        world.receipt("R1").lock.unwrap().owner,
        world.member("employer").id
    );
    assert_eq!(world.receipt("R2").lock, None);
}

#[test]
fn taking_a_paid_claim_back_frees_its_receipts_once_the_money_is_back() {
    let mut world = with_claim();
    world.accept(approve("C-1")).accept(paid_out("C-1"));
    let outcome = world.submit(correct("C-1").operated_by("wang.fang"));
    assert!(accepted(&outcome) && outcome.items.len() == 2);
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Corrected);
    for (name, amount) in [("R1", 300_00), ("R2", 80_00)] {
        let receipt = world.receipt(name);
        assert_eq!(receipt.booked().get(), amount);
        assert_eq!(receipt.open_recovery().get(), amount);
    }
    assert_eq!(sums(&world, 2026), [0, 0, 0]);
    world
        .reject(file("C-2", &["R1"]), "BookedBefore")
        .naming(["R1", "C-1", "300.00"]);
    world.reject(reverse("R2"), "Booked");
    world
        .accept(came_back("R1", "insurer", "C-1", 1, 300_00))
        .accept(came_back("R2", "insurer", "C-1", 1, 80_00).with(|back| {
            back.bank_reference = "T-2026/2".to_owned();
        }));
    // The receipts can be claimed again, under a new number, or reversed.
    world.accept(file("C-2", &["R1"])).accept(reverse("R2"));
}

#[test]
fn correcting_a_decided_claim_recalls_its_order() {
    let mut world = with_claim();
    world.accept(approve("C-1")).accept(correct("C-1"));
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Decided);
    world.accept(recalled("C-1"));
    assert_eq!(claim_status(&world, "C-1"), ClaimStatus::Corrected);
    let closing = claim(&world, "insurer", "C-1").unwrap().closing.unwrap();
    assert_eq!(
        (closing.end, closing.reason.as_str()),
        (ClaimEnd::Corrected, "wrong person")
    );
    for name in ["R1", "R2"] {
        assert!(world.receipt(name).reservations.is_empty());
        assert_eq!(world.status(name), Status::Issued);
    }
    assert_eq!(sums(&world, 2026), [0, 0, 0]);
}

#[test]
fn a_correction_is_made_by_two_persons() {
    let mut world = with_claim();
    world.accept(approve("C-1"));
    needs_two_persons(&mut world, correct);
}

#[test]
fn a_payer_that_archived_a_receipt_does_not_take_its_claim_back() {
    let mut world = with_claim();
    world.accept(approve("C-1")).accept(paid_out("C-1"));
    world.accept(archive(&["R2"], "insurer"));
    world
        .reject(correct("C-1"), "ArchivedBooking")
        .naming(["R2", "insurer"]);
    assert_eq!(sums(&world, 2026), [100_00, 600_00, 380_00]);
    // Another's archive is no obstacle.
    let mut world = with_claim();
    world.accept(approve("C-1")).accept(paid_out("C-1"));
    world
        .accept(archive(&["R2"], "hospital"))
        .accept(correct("C-1"));
}

#[test]
fn a_correction_leaves_what_was_claimed_later_as_it_was_decided() {
    let mut world = with_claim();
    world.accept(approve("C-1"));
    world
        .accept(issue("R3").costing(100_00))
        .accept(authorise("R3", "insurer"))
        .accept(file("C-2", &["R3"]))
        .accept(approve("C-2"))
        .accept(correct("C-1"))
        .accept(recalled("C-1"));
    // C-2 was decided above the deductible and stays: 100.00 at 80 % is 80.00. The next
    // claim bears the deductible.
    assert_eq!(sums(&world, 2026), [0, 100_00, 80_00]);
    world.accept(paid_out("C-2")).accept(correct("C-2"));
    assert_eq!(sums(&world, 2026), [0, 0, 0]);
}

/// An insurer `mutual` whose keys end after this number of blocks. It publishes its policy EASY (no deductible) in the
/// first of them.
fn with_mutual(world: &mut World, blocks: u64) {
    let easy = publish("EASY")
        .by("mutual")
        .on_terms(|terms| terms.deductible_fen = 0);
    with_leaving_payer(world, "mutual", blocks).accept(easy);
}

/// A receipt of 100 yuan that the mutual insurer may claim.
fn receipt_for_mutual(world: &mut World, name: &str) {
    world
        .accept(issue(name).costing(100_00))
        .accept(authorise(name, "mutual"));
}

fn mutual_claims(number: &str, receipts: &[&str]) -> impl crate::world::requests::Request {
    file(number, receipts).by("mutual").under("EASY")
}

fn mutual_approves(number: &str, receipts: usize) -> impl crate::world::requests::Request {
    approve(number)
        .by("mutual")
        .on_approval(move |_, approval| {
            approval.assessments = vec![proto::Assessment::default(); receipts];
        })
}

fn mutual_status(world: &World, number: &str) -> ClaimStatus {
    status_of(world, "mutual", number)
}

/// The sum of the mutual insurer's claims.
fn mutual_paid(world: &World) -> i64 {
    use piaolian_contracts::claims::{ACCUMULATORS, AccumulatorKey};
    let claim = claim(world, "mutual", "M-1").unwrap();
    let key = AccumulatorKey::of(&claim, 2026);
    let year = ACCUMULATORS
        .get(&world.state, &key)
        .unwrap()
        .unwrap_or_default();
    year.sums.fund_paid.get()
}

#[test]
fn finance_releases_the_lock_of_an_insurer_that_is_gone() {
    let mut world = with_policy();
    with_mutual(&mut world, 6);
    receipt_for_mutual(&mut world, "R1");
    receipt_for_mutual(&mut world, "R2");
    world.accept(mutual_claims("M-1", &["R1", "R2"]));
    world.refuse(withdraw("M-1").by("mutual"), "KeyNoLongerLive");
    let total = |lock: &mut proto::LockReceipt| lock.presented_total_fen = 100_00;
    world.reject(lock("R1", "employer").with(total), "LockedByAnother");
    world.accept(release("R1", "mutual"));
    assert_eq!(mutual_status(&world, "M-1"), ClaimStatus::Released);
    let closing = claim(&world, "mutual", "M-1").unwrap().closing.unwrap();
    assert_eq!(closing.organisation, world.member("finance").id);
    assert_eq!(closing.reason.as_str(), "dissolved");
    world.accept(lock("R1", "employer").with(total));
    // The other receipt was released with the claim.
    assert_eq!(world.receipt("R2").lock, None);
    world
        .reject(release("R2", "mutual"), "NothingHeld")
        .naming(["R2", "mutual"]);
}

#[test]
fn finance_recalls_the_orders_of_an_insurer_that_is_gone() {
    let mut world = with_mutual_claim();
    // 60.00 and 60.00.
    assert_eq!(mutual_paid(&world), 120_00);
    let outcome = world.submit(release("R1", "mutual"));
    assert!(accepted(&outcome));
    assert_eq!(outcome.items.len(), 2, "both receipts are told");
    for name in ["R1", "R2"] {
        assert_eq!(world.receipt(name).reserved().get(), 60_00);
    }
    assert_eq!(mutual_status(&world, "M-1"), ClaimStatus::Decided);
    world.reject(release("R2", "mutual"), "NothingHeld");
    let stopped = recalled("M-1").with_world(|world, confirm| {
        confirm.insurer = world.member("mutual").id.to_string();
    });
    world.accept(stopped);
    assert_eq!(mutual_status(&world, "M-1"), ClaimStatus::Released);
    for name in ["R1", "R2"] {
        assert!(world.receipt(name).reservations.is_empty());
    }
    assert_eq!(mutual_paid(&world), 0, "it is taken off once");
    crate::invariants::check(&world);
    world.accept(reverse("R2"));
}

/// A world with the mutual insurer's claim M-1 over R1 and R2, decided.
fn with_mutual_claim() -> World {
    let mut world = with_policy();
    with_mutual(&mut world, 7);
    receipt_for_mutual(&mut world, "R1");
    receipt_for_mutual(&mut world, "R2");
    world
        .accept(mutual_claims("M-1", &["R1", "R2"]))
        .accept(mutual_approves("M-1", 2));
    world
}

/// The bank paid the order of the mutual insurer's claim M-1.
fn mutual_is_paid() -> impl crate::world::requests::Request {
    paid_out("M-1").with_world(|world, confirm| {
        let claim = claim(world, "mutual", "M-1").unwrap();
        confirm.insurer = claim.insurer.to_string();
        confirm.payout_number = 1;
        let paid = proto::PayoutPaid {
            amount_fen: claim.payouts[0].amount.get(),
            paid_ms: world.time.as_ms(),
        };
        confirm.result = Some(proto::confirm_payout::Result::Paid(paid));
    })
}

#[test]
fn an_insurer_that_recovers_its_keys_finds_nothing_left_of_a_released_claim() {
    let mut world = with_policy();
    with_mutual(&mut world, 6);
    receipt_for_mutual(&mut world, "R1");
    receipt_for_mutual(&mut world, "R2");
    world
        .accept(mutual_claims("M-1", &["R1", "R2"]))
        .accept(issue("R3"));
    world.accept(release("R1", "mutual"));
    let (admin, sign) = (signing_key("mutual", 90), signing_key("mutual", 91));
    let keys = [(KeyPurpose::Admin, &admin), (KeyPurpose::Sign, &sign)];
    world.accept(propose(recovery_of("mutual", &keys, &[])));
    world.member_mut("mutual").use_key(MemberKey {
        id: 7,
        purpose: KeyPurpose::Sign,
        signing: sign,
    });
    world.reject(release("R2", "mutual"), "NotGone");
    for name in ["R1", "R2"] {
        assert_eq!(world.status(name), Status::Issued);
    }
    crate::invariants::check(&world);
    world
        .accept(mutual_claims("M-2", &["R2"]))
        .accept(reverse("R1"));
}

#[test]
fn the_paid_bookings_of_an_insurer_that_is_gone_are_marked_and_go_on_counting() {
    let mut world = with_policy();
    with_mutual(&mut world, 8);
    receipt_for_mutual(&mut world, "R1");
    let by_hand = book("R1", "mutual", "V1", 10_00).with(|book| {
        book.presented_total_fen = 100_00;
    });
    world
        .accept(mutual_claims("M-1", &["R1"]))
        .accept(mutual_approves("M-1", 1))
        .accept(mutual_is_paid())
        .accept(by_hand)
        .accept(issue("R2"));
    world.reject(strike("R1", "mutual", "V1", 0), "NotMarkedGone");
    world.accept(release("R1", "mutual"));
    assert_eq!(mutual_status(&world, "M-1"), ClaimStatus::Paid);
    let receipt = world.receipt("R1");
    assert_eq!(receipt.booked().get(), 70_00);
    for booking in &receipt.bookings {
        assert_eq!(
            booking.payer_gone.as_ref().unwrap().reason.as_str(),
            "dissolved"
        );
    }
    world.reject(release("R1", "mutual"), "NothingHeld");
    world.reject(reverse("R1"), "Booked");
    world.reject(strike("R1", "mutual", "V2", 0), "NoSuchBooking");
    world
        .accept(strike("R1", "mutual", "V1", 0))
        .accept(strike("R1", "mutual", "M-1", 1));
    assert_eq!(world.receipt("R1").booked().get(), 0);
    assert_eq!(mutual_paid(&world), 0);
    crate::invariants::check(&world);
    world.accept(reverse("R1"));
}

#[test]
fn an_insurer_that_the_governors_removed_is_gone() {
    let mut world = with_policy();
    world.accept(issue("R1")).accept(lock("R1", "insurer2"));
    world
        .reject(release("R1", "insurer2"), "NotGone")
        .naming(["insurer2"]);
    world
        .accept(propose(removal_of("insurer2")))
        .accept(release("R1", "insurer2"));
    assert_eq!(world.receipt("R1").lock, None);
    world
        .reject(authorise("R1", "insurer2"), "Removed")
        .naming(["insurer2"]);
}

#[test]
fn others_are_left_alone_when_an_orphan_is_released() {
    let mut world = with_policy();
    with_mutual(&mut world, 5);
    receipt_for_mutual(&mut world, "R1");
    world
        .accept(book("R1", "mutual", "V1", 10_00).with(|b| b.presented_total_fen = 100_00))
        .accept(book("R1", "insurer2", "V1", 20_00).with(|b| b.presented_total_fen = 100_00))
        .accept(lock("R1", "employer").with(|lock| lock.presented_total_fen = 100_00));
    world.accept(release("R1", "mutual"));
    let receipt = world.receipt("R1");
    let marked = receipt
        .bookings
        .iter()
        .filter(|own| own.payer_gone.is_some());
    let marked: Vec<_> = marked.map(|booking| booking.payer).collect();
    assert_eq!(marked, [world.member("mutual").id]);
    assert_eq!(receipt.lock.unwrap().owner, world.member("employer").id);
}

#[test]
fn nobody_is_released_who_is_still_there() {
    let mut world = with_claim();
    world
        .reject(release("R1", "insurer"), "NotGone")
        .naming(["insurer"]);
    // Whoever was never admitted holds nothing.
    world.know(Member::new("stranger"));
    world
        .reject(release("R1", "stranger"), "NothingHeld")
        .naming(["R1", "stranger"]);
}
