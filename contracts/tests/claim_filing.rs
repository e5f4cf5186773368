//! Filing a claim: what it takes, and what it holds.

use piaolian_contracts::{
    Refused,
    claims::{ClaimStatus, list, status},
    disclosure::Purpose,
    organisations::Role,
    receipts::Status,
    types::{BeijingDate, ClaimNumber, Fen},
};
use piaolian_proto::v1 as proto;

use crate::world::{
    DAY_MS, TODAY, World, accepted,
    life::exchange,
    reimbursement::{TAG, approve, authorise, claim, file, publish, revoke, with_policy, withdraw},
    requests::{book, issue, lock, reverse, set_parameters, suspend, unbook, unlock},
};

/// A policy, and receipts R1 and R2 of 100 yuan that the insurer may claim.
fn with_receipts() -> World {
    let mut world = with_policy();
    for name in ["R1", "R2"] {
        world.accept(issue(name)).accept(authorise(name, "insurer"));
    }
    world
}

#[test]
fn a_claim_is_kept_as_it_was_filed_and_holds_its_receipts() {
    let mut world = with_receipts();
    let outcome = world.submit(file("C-1", &["R2", "R1"]));
    assert!(accepted(&outcome));
    let concerned: Vec<_> = outcome
        .items
        .into_iter()
        .map(|item| item.receipt.unwrap())
        .collect();
    let expected = ["R2", "R1"].map(|name| proto::ReceiptId::from(world.receipt_id(name)));
    assert_eq!(concerned, expected);
    let filed = claim(&world, "insurer", "C-1").unwrap();
    assert_eq!(status(&filed, world.time), ClaimStatus::Filed);
    assert_eq!(filed.holder_tag.as_bytes(), &TAG);
    assert_eq!(
        (filed.filed_height, filed.filed_time),
        (world.height, world.time)
    );
    assert_eq!(filed.until, world.time.after_ms(10 * DAY_MS));
    assert_eq!(filed.operator.unwrap().as_str(), "li.wei");
    for name in ["R1", "R2"] {
        assert_eq!(world.status(name), Status::Claimed);
        let lock = world.receipt(name).lock.unwrap();
        assert_eq!(
            (lock.owner, lock.until),
            (world.member("insurer").id, filed.until)
        );
        assert_eq!(lock.claim_number.as_str(), "C-1");
    }
}

#[test]
fn a_claim_locks_all_of_its_receipts_or_none() {
    let mut world = with_receipts();
    world.accept(lock("R2", "employer"));
    world
        .reject(file("C-1", &["R1", "R2"]), "DoubleClaim")
        .naming([
            "R2",
            "insurer",
            "C-1",
            "employer",
            "C-1",
            "2026-11-22 12:00:10",
        ]);
    assert_eq!(world.receipt("R1").lock, None);
    world.accept(file("C-1", &["R1"]));
}

#[test]
fn a_claim_needs_the_holders_live_authorisation_of_every_receipt() {
    let mut world = with_receipts();
    world.accept(issue("R3"));
    let claim = || file("C-1", &["R1", "R3"]);
    world
        .reject(claim(), "NotAuthorised")
        .naming(["R3", "insurer", "claim"]);
    let verify = |grant: &mut proto::GrantAccess| grant.purpose = Purpose::Verify.number().into();
    world.accept(authorise("R3", "insurer").with(verify));
    world.accept(authorise("R3", "insurer2"));
    world.reject(claim(), "NotAuthorised");
    world.accept(authorise("R3", "insurer").for_ms(5_000));
    world
        .wait_ms(5_000)
        .reject(claim(), "GrantExpired")
        .naming(["R3", "insurer", "claim", "2026-11-21 12:00:19"]);
    world
        .accept(authorise("R3", "insurer"))
        .accept(revoke("R3", "insurer"));
    world.reject(claim(), "GrantRevoked").naming([
        "R3",
        "insurer",
        "hospital",
        "consent withdrawn",
    ]);
    world.accept(authorise("R3", "insurer")).accept(claim());
}

#[test]
fn an_authorisation_shared_onward_serves_while_its_source_does() {
    let mut world = with_policy();
    world
        .accept(issue("R1"))
        .accept(authorise("R1", "insurer2").onward())
        .accept(authorise("R1", "insurer").by("insurer2"))
        .accept(revoke("R1", "insurer2"));
    world
        .reject(file("C-1", &["R1"]), "SharerLostAccess")
        .naming(["R1", "insurer", "insurer2"]);
    world
        .accept(authorise("R1", "insurer2").onward())
        .accept(authorise("R1", "insurer").by("insurer2"))
        .accept(file("C-1", &["R1"]));
}

#[test]
fn a_claim_number_is_used_once_for_ever_by_an_insurer() {
    let mut world = with_receipts();
    world.accept(file("C-1", &["R1"]));
    let height = world.height.to_string();
    world
        .reject(file("C-1", &["R2"]), "ClaimNumberUsed")
        .naming(["C-1", &height]);
    world
        .reject(lock("R2", "insurer"), "ClaimNumberUsed")
        .naming(["C-1"]);
    world.accept(withdraw("C-1"));
    world.reject(file("C-1", &["R1"]), "ClaimNumberUsed");
    world.reject(lock("R1", "insurer"), "ClaimNumberUsed");
    // Another insurer counts for itself.
    world
        .accept(publish("BASIC").by("insurer2"))
        .accept(authorise("R1", "insurer2"))
        .accept(file("C-1", &["R1"]).by("insurer2"));
}

#[test]
fn a_claim_number_of_any_length_is_filed_and_listed() {
    let mut world = with_receipts();
    let (shortest, longest) = ("7", "7".repeat(ClaimNumber::BYTES_MAX));
    world
        .accept(file(shortest, &["R1"]))
        .accept(file(&longest, &["R2"]));
    let (insurer, today) = (world.member("insurer").id, BeijingDate::at(world.time));
    let listed = list(&world.state, insurer, today, None, 9).unwrap();
    let numbers: Vec<_> = listed.iter().map(|place| place.number.as_str()).collect();
    assert_eq!(numbers, [&longest, shortest]);
    let after = list(&world.state, insurer, today, listed.first(), 9).unwrap();
    assert_eq!(after, listed[1..]);
}

#[test]
fn a_claim_is_under_a_policy_of_the_insurer_in_force_on_the_issue_date() {
    let mut world = with_receipts();
    world
        .reject(file("C-1", &["R1"]).under("OTHER"), "UnknownPolicy")
        .naming(["insurer", "OTHER"]);
    world.accept(publish("LATER").on_terms(|terms| terms.from_date = TODAY + 1));
    world
        .reject(file("C-1", &["R1"]).under("LATER"), "NotYetInForce")
        .naming(["insurer", "LATER", "2026-11-21"]);
    // Another insurer's policy is not its own.
    world.accept(publish("THEIRS").by("insurer2"));
    world.reject(file("C-1", &["R1"]).under("THEIRS"), "UnknownPolicy");
}

#[test]
fn a_policy_covers_the_kinds_that_it_lists() {
    let mut world = with_receipts();
    let kinds = |kinds: &'static [&'static str]| {
        publish("BASIC").on_terms(move |terms| {
            terms.receipt_kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        })
    };
    // The world's receipts are of code 35060126: kind 0601.
    world.accept(kinds(&["0602", "0101"]));
    world
        .reject(file("C-1", &["R1"]), "KindNotCovered")
        .naming(["R1", "0601", "BASIC", "2"]);
    world
        .accept(kinds(&["0602", "0601"]))
        .accept(file("C-1", &["R1"]));
}

#[test]
fn a_claim_is_filed_within_the_policys_days() {
    let mut world = with_receipts();
    world.accept(publish("BASIC").on_terms(|terms| terms.filing_days_max = 3));
    world
        .accept(issue("R3").dated(TODAY + 1))
        .accept(authorise("R3", "insurer"));
    // A receipt dated tomorrow is not late.
    world.accept(file("C-0", &["R3"]));
    // Issued on the 21st: the 24th is the last day.
    world.wait_ms(3 * DAY_MS).accept(file("C-1", &["R1"]));
    world
        .wait_ms(DAY_MS)
        .reject(file("C-2", &["R2"]), "FiledTooLate")
        .naming(["R2", "2026-11-21", "3", "BASIC", "2"]);
}

#[test]
fn an_altered_total_is_refused() {
    let mut world = with_receipts();
    let altered = |claim: &mut proto::FileClaim| claim.receipts[1].presented_total_fen = 900_00;
    world
        .reject(file("C-1", &["R1", "R2"]).with(altered), "TotalDiffers")
        .naming(["R2", "900.00", "100.00"]);
}

#[test]
fn a_double_claim_names_both_claimants() {
    let mut world = with_receipts();
    world
        .accept(publish("BASIC").by("insurer2"))
        .accept(authorise("R1", "insurer2"))
        .accept(file("C-1", &["R1"]));
    world
        .reject(file("K-9", &["R1"]).by("insurer2"), "DoubleClaim")
        .naming([
            "R1",
            "insurer2",
            "K-9",
            "insurer",
            "C-1",
            "2026-12-01 12:00:12",
        ]);
    world
        .reject(file("C-2", &["R1"]), "LockedForAnotherClaim")
        .naming(["R1", "C-1"]);
    // Past its time it is free.
    world
        .wait_ms(10 * DAY_MS)
        .accept(file("K-9", &["R1"]).by("insurer2"));
}

#[test]
fn nothing_is_claimed_where_nothing_is_left() {
    let mut world = with_receipts();
    world
        .accept(book("R1", "insurer2", "V1", 60_00))
        .reject(file("C-1", &["R1"]), "Booked")
        .naming(["R1", "insurer2", "V1", "60.00"]);
    // What the kind of fund may not have is not there either.
    world.accept(set_parameters(|parameters| {
        let rule = &mut parameters.fund_rules[0];
        (rule.less_personal_account, rule.less_personal_cash) = (true, true);
    }));
    world
        .reject(file("C-1", &["R2"]), "NothingClaimable")
        .naming(["R2", "insurer"]);
    world.accept(set_parameters(|parameters| {
        parameters.fund_rules[0].less_personal_cash = true;
    }));
    world.accept(book("R2", "insurer2", "V1", 15_00));
    world
        .reject(file("C-1", &["R2"]), "NothingLeft")
        .naming(["R2", "insurer", "insurer2", "V1", "15.00"]);
    world.accept(set_parameters(|parameters| {
        parameters.fund_rules.remove(0);
    }));
    world
        .reject(file("C-1", &["R2"]), "NoFundRule")
        .naming(["basic medical insurance"]);
}

#[test]
fn a_kind_of_fund_is_claimed_once() {
    let mut world = with_receipts();
    let basic = |book: &mut proto::BookReceipt| book.fund_kind = 1;
    world.accept(book("R1", "insurer", "V1", 10_00).with(basic));
    world.reject(file("C-1", &["R1"]), "BookedBefore").naming([
        "R1",
        "basic medical insurance",
        "V1",
        "10.00",
    ]);
    world
        .accept(unbook("R1", "insurer", "V1"))
        .accept(file("C-1", &["R1"]));
    // Another kind of fund of the same insurer is another claim, once the first is decided.
    world.accept(publish("SERIOUS").on_terms(|terms| terms.fund_kind = 2));
    world.accept(publish("EASY").on_terms(|terms| terms.deductible_fen = 0));
    world
        .accept(file("C-2", &["R2"]).under("EASY"))
        .accept(approve("C-2"));
    world
        .reject(file("C-3", &["R2"]), "ReservedBefore")
        .naming(["R2", "basic medical insurance", "C-2", "60.00"]);
    world
        .reject(file("C-4", &["R2"]).under("SERIOUS"), "LeftIsReserved")
        .naming(["R2", "insurer", "C-2", "60.00"]);
}

#[test]
fn the_receipts_of_a_suspended_issuer_stay_claimable() {
    let mut world = with_receipts();
    world
        .accept(suspend("hospital"))
        .accept(file("C-1", &["R1"]));
    // Finance serves the holders meanwhile.
    world
        .accept(authorise("R2", "insurer").by("finance"))
        .accept(file("C-2", &["R2"]))
        .accept(approve("C-1"));
}

#[test]
fn a_reversed_or_paper_receipt_is_not_claimed() {
    let mut world = with_receipts();
    world.accept(reverse("R1")).accept(exchange("R2", "1"));
    world
        .reject(file("C-1", &["R1"]), "Reversed")
        .naming(["R1", "-R1"]);
    world.reject(file("C-1", &["R2"]), "OnPaper").naming(["R2"]);
}

#[test]
fn a_voucher_used_on_a_receipt_is_no_number_for_its_claim() {
    let mut world = with_receipts();
    world.accept(book("R1", "insurer", "C-1", 5_00));
    world
        .reject(file("C-1", &["R1"]), "VoucherUsed")
        .naming(["R1", "C-1", "5.00"]);
    // On another receipt it does no harm, and is taken back as what it is.
    world
        .accept(file("C-1", &["R2"]))
        .accept(unbook("R1", "insurer", "C-1"));
}

#[test]
fn a_lock_taken_before_becomes_the_claims() {
    let mut world = with_receipts();
    world
        .accept(lock("R1", "insurer"))
        .accept(file("C-1", &["R1", "R2"]));
    let until = claim(&world, "insurer", "C-1").unwrap().until;
    assert_eq!(world.receipt("R1").lock.unwrap().until, until);
}

#[test]
fn what_a_claim_holds_is_given_back_with_the_claim_alone() {
    let mut world = with_receipts();
    world.accept(file("C-1", &["R1"]));
    world
        .reject(unlock("R1", "insurer"), "HeldByClaim")
        .naming(["R1", "C-1", "2026-12-01 12:00:10"]);
    let serious = |book: &mut proto::BookReceipt| book.fund_kind = 2;
    // A booking for another fund leaves the claim its lock, whatever it says.
    world.accept(book("R1", "insurer", "V1", 10_00));
    assert_eq!(
        world.receipt("R1").lock.unwrap().claim_number.as_str(),
        "C-1"
    );
    world
        .reject(
            book("R1", "insurer", "C-1", 10_00).with(serious),
            "VoucherIsClaim",
        )
        .naming(["R1", "C-1"]);
    world
        .reject(reverse("R1"), "Locked")
        .naming(["R1", "insurer", "C-1"]);
    world.reject(exchange("R1", "1"), "Locked");
    world.accept(withdraw("C-1"));
    assert_eq!(world.receipt("R1").lock, None);
    // An ordinary lock, of a number that was never filed, is given back as before.
    world
        .accept(lock("R1", "insurer").with(|lock| lock.claim_number = "L-1".to_owned()))
        .accept(unlock("R1", "insurer"));
}

#[test]
fn a_claim_lasts_no_longer_than_governed() {
    let mut world = with_receipts();
    let lease = |days: u64| file("C-1", &["R1"]).with(move |claim| claim.lease_ms = days * DAY_MS);
    world
        .reject(lease(31), "LeaseTooLong")
        .naming(["2678400000", "2592000000"]);
    world.accept(lease(30));
}

#[test]
fn malformed_claims_say_where() {
    let mut world = with_receipts();
    let cases: [(&str, fn(&mut proto::FileClaim)); 8] = [
        ("claim_number", |claim| claim.claim_number.clear()),
        ("policy_code", |claim| claim.policy_code = "7".repeat(25)),
        ("holder_tag", |claim| claim.holder_tag = vec![1; 31].into()),
        ("receipts", |claim| claim.receipts.clear()),
        ("receipts", |claim| {
            claim.receipts = vec![claim.receipts[0].clone(); 21]
        }),
        ("receipts[1]", |claim| {
            claim.receipts[1] = claim.receipts[0].clone()
        }),
        ("receipts[1].receipt", |claim| {
            claim.receipts[1].receipt = None
        }),
        ("lease_ms", |claim| claim.lease_ms = 0),
    ];
    for (field, alter) in cases {
        let bytes = world.sign(&file("C-1", &["R1", "R2"]).with(alter));
        match world.check(bytes).unwrap_err() {
            Refused::Malformed { field: found, .. } => {
                assert_eq!(found, format!("body.file_claim.{field}"));
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn a_forged_receipt_is_not_claimed() {
    let mut world = with_receipts();
    let mut forged = world.receipt_id("R1");
    forged.number = piaolian_contracts::types::ReceiptNumber::parse("", 999).unwrap();
    world.call("forged", forged);
    world
        .reject(file("C-1", &["R1", "forged"]), "UnknownReceipt")
        .naming(["forged"]);
    assert_eq!(world.receipt("R1").booked(), Fen::ZERO);
}

#[test]
fn claims_are_listed_by_the_day_of_filing_whatever_became_of_them() {
    let mut world = with_policy();
    world
        .admit("insurer3", &[Role::Insurer])
        .accept(publish("BASIC").by("insurer3"));
    // Several on one day, numbers of which one begins with another, and other insurers'.
    let mut expected = Vec::new();
    for (day, numbers) in [(0, vec!["C-2", "C-10", "C-1", "C"]), (1, vec!["B", "C-1x"])] {
        if day > 0 {
            world.wait_ms(DAY_MS);
        }
        for number in numbers {
            let name = format!("R-{number}");
            world
                .accept(issue(&name).dated(TODAY + day))
                .accept(authorise(&name, "insurer"))
                .accept(file(number, &[&name]));
            expected.push((TODAY + day, number));
        }
    }
    world
        .accept(issue("R9").dated(TODAY + 1))
        .accept(authorise("R9", "insurer3"))
        .accept(file("C-9", &["R9"]).by("insurer3"))
        .accept(withdraw("C-10"));
    expected.sort_unstable();
    expected.reverse();
    let insurer = world.member("insurer").id;
    let pages = |size: usize, last: u32| {
        let last = BeijingDate::parse("", last).unwrap();
        let mut found = Vec::new();
        loop {
            let page = list(&world.state, insurer, last, found.last(), size).unwrap();
            if page.is_empty() {
                break found;
            }
            assert!(page.len() <= size);
            found.extend(page);
        }
    };
    for size in [1, 2, 100] {
        let found = pages(size, 2026_12_31);
        let seen: Vec<_> = found
            .iter()
            .map(|listed| (listed.date.get(), listed.number.as_str()))
            .collect();
        assert_eq!(seen, expected, "pages of {size}");
    }
    let of_first_day = pages(100, TODAY);
    assert_eq!(of_first_day.len(), 4);
    assert!(pages(100, TODAY - 1).is_empty());
}
