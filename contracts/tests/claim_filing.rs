//! Filing a claim: its requirements, and its locks.

mod policies;
mod receipts;

use piaolian_contracts::{
    Refused,
    claims::{ClaimStatus, list, status},
    disclosure::Purpose,
    organisations::Role,
    receipts::Status,
    types::{BeijingDate, ClaimNumber},
};
use piaolian_proto::v1 as proto;

use crate::world::{
    DAY_MS, TODAY, World, accepted,
    reimbursement::{
        TAG, authorise, claim, commercial, file, publish, revoke, with_policy, withdraw,
    },
    requests::{issue, lock},
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
        assert_eq!(world.status(name), Status::Held);
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
        .reject(file("C-1", &["R1", "R2"]), "InAnotherClaim")
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
        .accept(publish("BASIC").by("insurer2").on_terms(commercial))
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
fn claims_are_listed_by_the_day_of_filing_whatever_became_of_them() {
    let mut world = with_policy();
    world
        .admit("insurer3", &[Role::MedicalInsurer, Role::CommercialInsurer])
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
