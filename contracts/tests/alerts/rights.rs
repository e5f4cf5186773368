//! Actions without the right to them, which are rejected and found.

use std::collections::BTreeSet;

use piaolian_contracts::{
    alerts::Alert,
    organisations::{KeyPurpose, Role},
    types::ReceiptId,
};

use super::{none, only, says};
use crate::{
    rights::{rights, world as world_of_rights},
    world::{
        HOUR_MS, World, accepted, name_of,
        payments::{AGENCY, CENTRE, paying_world, receipted},
        receipts::{deliver, exchange, return_paper},
        requests::{
            book, grant, issue, issue_all, item, lock, resume, reverse, set_parameters, suspend,
        },
        verdict,
    },
};

fn with_clinic() -> World {
    let mut world = World::new();
    world
        .admit("clinic", &[Role::Issuer])
        .accept(grant("clinic", 2_001, 3_000))
        .accept(issue("R1"));
    world
}

#[test]
fn issuing_a_number_of_another_issuer_is_found() {
    let mut world = with_clinic();
    world.call(
        "foreign",
        ReceiptId::from_key(b"350601260000002500").unwrap(),
    );
    world.reject(issue("R2").numbered(2_500), "NumberOfAnotherIssuer");
    let alert = only(&world, "ForeignNumber", "hospital");
    says(&world, &alert, ["foreign", "hospital", "clinic"]);
    assert!(alert.concerns(&world.member("clinic").id));
}

#[test]
fn a_batch_of_foreign_numbers_is_one_alert() {
    let mut world = with_clinic();
    let foreign = (0..100).map(|n| {
        let mut item = item(&format!("f{n}"));
        item.receipt_number = Some(2_001 + n);
        item
    });
    let own = std::iter::once(item("own"));
    world.submit(issue_all(foreign.chain(own).collect()));
    assert_eq!(only(&world, "ForeignNumber", "hospital").count, 100);
    world.receipt("own");
}

#[test]
fn numbers_that_nobody_has_or_that_are_used_raise_none() {
    let mut world = with_clinic();
    world.reject(issue("R2").numbered(1_500), "NumberNotGranted");
    world.reject(issue("R2").numbered(1), "NumberUsed");
    none(&world);
}

#[test]
fn reversing_by_a_number_of_another_issuer_is_found() {
    let mut world = with_clinic();
    let foreign = |reverse: &mut piaolian_proto::v1::ReverseReceipt| {
        reverse.receipt_number = Some(2_500);
    };
    world.reject(reverse("R1").with(foreign), "NumberOfAnotherIssuer");
    only(&world, "ForeignNumber", "hospital");
}

#[test]
fn reversing_another_issuers_receipt_is_found() {
    let mut world = with_clinic();
    world.reject(reverse("R1").by("clinic"), "NotTheIssuer");
    let alert = only(&world, "ForeignReceipt", "clinic");
    says(
        &world,
        &alert,
        ["R1", "clinic", "hospital", "ReverseReceipt"],
    );
}

#[test]
fn every_act_of_an_issuer_on_another_issuers_receipt_is_found() {
    let mut world = with_clinic();
    world.accept(issue("R2"));
    world.reject(exchange("R1", "42").by("clinic"), "NotTheIssuer");
    world.reject(return_paper("R1", "42").by("clinic"), "NotTheIssuer");
    world.submit(deliver(&["R1", "R2"]).by("clinic"));
    let alert = only(&world, "ForeignReceipt", "clinic");
    says(
        &world,
        &alert,
        ["R2", "clinic", "hospital", "DeliverReceipts"],
    );
    assert_eq!(alert.count, 4);
}

/// Another issuer tries every action of an issuer. An action that requires the receipt to be the issuer's own must
/// raise the alert, even if the author of the action forgot supervision.
#[test]
fn every_action_that_is_rejected_as_not_the_issuers_is_found() {
    let of_issuers = rights()
        .into_iter()
        .filter(|right| right.purpose == KeyPurpose::Sign && right.roles.contains(&Role::Issuer));
    let mut found = BTreeSet::new();
    for right in of_issuers {
        let mut world = world_of_rights();
        world.admit("school", &[Role::Issuer]);
        let request = (right.request)(&mut world, "school");
        let (code, _) = verdict(&world.submit(request));
        if name_of(code) != "NotTheIssuer" {
            continue;
        }
        let school = world.member("school").id;
        let is_found =
            |alert: &Alert| alert.kind.name == "ForeignReceipt" && alert.subject == school;
        assert!(world.alerts().iter().any(is_found), "{}", right.action);
        found.insert(right.action);
    }
    let known = [
        "DeliverReceipts",
        "ExchangeForPaper",
        "ReturnPaper",
        "ReverseReceipt",
    ];
    assert!(
        known.iter().all(|action| found.contains(action)),
        "{found:?}"
    );
}

#[test]
fn an_issuers_vain_acts_on_its_own_receipts_raise_none() {
    let mut world = with_clinic();
    world
        .accept(deliver(&["R1"]))
        .accept(book("R1", "insurer", "V1", 1));
    world.reject(deliver(&["R1"]), "DeliveredBefore");
    world.reject(exchange("R1", "42"), "Booked");
    world.reject(return_paper("R1", "42"), "NotOnPaper");
    world.reject(reverse("R1"), "Booked");
    none(&world);
}

#[test]
fn an_agency_delivers_its_own_receipts_unseen_and_anothers_not() {
    let mut world = paying_world();
    receipted(&mut world, 1, "fine");
    world
        .admit("harbour", &[Role::CollectingAgency])
        .accept(deliver(&["fine"]).by(AGENCY));
    world.reject(deliver(&["fine"]).by(AGENCY), "DeliveredBefore");
    none(&world);
    world.reject(deliver(&["fine"]).by("harbour"), "NotTheIssuer");
    let alert = only(&world, "ForeignReceipt", "harbour");
    says(
        &world,
        &alert,
        ["fine", "harbour", CENTRE, "DeliverReceipts"],
    );
}

#[test]
fn acting_while_suspended_is_found_once_an_hour() {
    let mut world = with_clinic();
    world.accept(suspend("hospital"));
    world.reject(issue("R2"), "Suspended");
    world.reject(reverse("R1"), "Suspended");
    let alert = only(&world, "ActedWhileSuspended", "hospital");
    says(&world, &alert, ["hospital", "ReverseReceipt", "6"]);
    assert_eq!(alert.count, 2);
    world.wait_ms(HOUR_MS).reject(issue("R2"), "Suspended");
    assert_eq!(world.alerts().len(), 2);
}

#[test]
fn acting_without_a_role_is_found() {
    let mut world = with_clinic();
    world.reject(lock("R1", "hospital"), "RoleMissing");
    let alert = only(&world, "ActedWithoutRole", "hospital");
    says(&world, &alert, ["hospital", "LockReceipt"]);
}

#[test]
fn acting_before_a_suspension_holds_and_after_it_ended_raises_none() {
    let mut world = with_clinic();
    let same_block = [world.sign(&suspend("hospital")), world.sign(&issue("R2"))];
    let outcomes = world.block(&same_block).outcomes;
    assert!(outcomes.iter().all(accepted));
    world.accept(resume("hospital")).accept(issue("R3"));
    none(&world);
}

#[test]
fn acting_in_each_of_its_roles_raises_none() {
    let mut world = with_clinic();
    world
        .admit("mutual", &[Role::Issuer, Role::ReimbursingUnit])
        .accept(grant("mutual", 3_001, 3_002))
        .accept(issue("R2").by("mutual"))
        .accept(lock("R1", "mutual"));
    // Both have the role: they are rejected for another reason.
    world.reject(book("R1", "mutual", "V1", 1), "FundKindNotAllowed");
    let parameters = set_parameters(|_| ()).by("hospital");
    world.reject(parameters, "NotAGovernor");
    none(&world);
}
