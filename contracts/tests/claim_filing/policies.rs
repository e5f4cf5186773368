//! The receipts that a policy lets be claimed.

use super::with_receipts;
use crate::world::{
    DAY_MS, TODAY,
    reimbursement::{authorise, commercial, file, publish},
    requests::issue,
};

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
    world.accept(publish("THEIRS").by("insurer2").on_terms(commercial));
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
