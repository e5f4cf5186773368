//! Disclosure: the authorisations of holders, by receipt, grantee, purpose and time.

mod onward;
mod serving_holders;

use piaolian_contracts::{
    Refused,
    chain::Hash,
    disclosure::{DisclosureError, GRANTS, Grant, Live, Purpose, live},
    organisations::Role,
    types::ReceiptNumber,
};
use piaolian_proto::v1 as proto;

use crate::world::{
    DAY_MS, World,
    people::Member,
    reimbursement::{authorise, grant_key, revoke},
    requests::issue,
};

/// A receipt and a row of insurers.
fn with_receipt() -> World {
    let mut world = World::new();
    world.accept(issue("R1"));
    for name in ["insurer2", "insurer3", "insurer4", "insurer5"] {
        world.admit(name, &[Role::MedicalInsurer, Role::CommercialInsurer]);
    }
    world
}

fn held(world: &World, grantee: &str) -> Result<Live, DisclosureError> {
    live(&world.state, &grant_key(world, "R1", grantee), world.time).unwrap()
}

fn record(world: &World, grantee: &str) -> Grant {
    GRANTS
        .get(&world.state, &grant_key(world, "R1", grantee))
        .unwrap()
        .unwrap()
}

fn code(world: &World, grantee: &str) -> u32 {
    held(world, grantee).map_or_else(|error| error.code(), |_| 0)
}

#[test]
fn an_authorisation_is_kept_as_the_holder_gave_it() {
    let mut world = with_receipt();
    let wrapped = |grant: &mut proto::GrantAccess| grant.wrapped_key_hash = vec![7; 32].into();
    world.accept(authorise("R1", "insurer").with(wrapped));
    let Live { grant, depth } = held(&world, "insurer").unwrap();
    assert_eq!((depth, grant.generation, grant.shared_from), (1, 1, None));
    assert_eq!(grant.grantor, world.member("hospital").id);
    assert_eq!((grant.purpose, grant.onward), (Purpose::Claim, false));
    assert_eq!(grant.consent_hash, Hash::new([0xc0; 32]));
    assert_eq!(grant.wrapped_key_hash, Some(Hash::new([7; 32])));
    assert_eq!((grant.height, grant.time), (world.height, world.time));
}

#[test]
fn an_authorisation_for_one_purpose_or_receipt_serves_no_other() {
    let mut world = with_receipt();
    world.accept(issue("R2"));
    let verify = |grant: &mut proto::GrantAccess| grant.purpose = Purpose::Verify.number().into();
    world
        .accept(authorise("R1", "insurer").with(verify))
        .accept(authorise("R2", "insurer"));
    let error = held(&world, "insurer").unwrap_err();
    assert_eq!(error.code(), 1510);
    assert!(error.to_string().contains("for claim"), "{error}");
}

#[test]
fn an_authorisation_ends_when_block_time_reaches_its_end() {
    let mut world = with_receipt();
    world.accept(authorise("R1", "insurer").for_ms(DAY_MS));
    world.wait_ms(DAY_MS - 1_001).accept(issue("R2"));
    assert_eq!(code(&world, "insurer"), 0);
    world.wait_ms(1).accept(issue("R3"));
    assert_eq!(code(&world, "insurer"), 1511);
    world
        .reject(revoke("R1", "insurer"), "GrantExpired")
        .naming(["R1", "insurer", "claim", "2026-11-22 12:00:06"]);
}

#[test]
fn an_authorisation_begins_now_and_lasts_five_years_at_most() {
    let mut world = with_receipt();
    world
        .reject(authorise("R1", "insurer").for_ms(1_000), "GrantWouldBeOver")
        .naming(["R1", "2026-11-21 12:00:07"]);
    // The block comes a second later.
    let most = 1_827 * DAY_MS + 1_000;
    world
        .reject(
            authorise("R1", "insurer").for_ms(most + 1_000),
            "GrantTooLong",
        )
        .naming(["R1", "2031-11-22 12:00:09", "2031-11-22 12:00:08"]);
    world.accept(authorise("R1", "insurer").for_ms(most));
}

#[test]
fn a_receipt_and_a_grantee_must_be_known() {
    let mut world = with_receipt();
    world.know(Member::new("stranger"));
    world
        .reject(authorise("R1", "stranger"), "OrganisationNotAdmitted")
        .naming(["stranger"]);
    let mut forged = world.receipt_id("R1");
    forged.number = ReceiptNumber::parse("", 999).unwrap();
    world.call("forged", forged);
    world
        .reject(authorise("forged", "insurer"), "UnknownReceipt")
        .naming(["forged"]);
    world.reject(revoke("forged", "insurer"), "UnknownReceipt");
}

#[test]
fn granting_again_replaces_and_prolongs() {
    let mut world = with_receipt();
    world
        .accept(authorise("R1", "insurer").for_ms(DAY_MS))
        .accept(authorise("R1", "insurer").for_ms(9 * DAY_MS));
    world
        .wait_ms(5 * DAY_MS)
        .accept(issue("R2").dated(2026_11_26));
    assert_eq!(held(&world, "insurer").unwrap().grant.generation, 1);
    // After it ended a new generation begins.
    world.wait_ms(5 * DAY_MS).accept(authorise("R1", "insurer"));
    assert_eq!(held(&world, "insurer").unwrap().grant.generation, 2);
}

#[test]
fn a_revoked_authorisation_is_kept_and_marked() {
    let mut world = with_receipt();
    world
        .accept(authorise("R1", "insurer"))
        .accept(revoke("R1", "insurer"));
    let revocation = record(&world, "insurer").revocation.unwrap();
    assert_eq!(revocation.organisation, world.member("hospital").id);
    assert_eq!(revocation.reason.as_str(), "consent withdrawn");
    assert_eq!(
        (revocation.height, revocation.time),
        (world.height, world.time)
    );
    assert_eq!(code(&world, "insurer"), 1512);
    let height = world.height.to_string();
    world
        .reject(revoke("R1", "insurer"), "GrantRevoked")
        .naming(["R1", "insurer", "hospital", &height, "consent withdrawn"]);
    world
        .reject(revoke("R1", "insurer2"), "NotAuthorised")
        .naming(["insurer2"]);
    world.accept(authorise("R1", "insurer"));
    assert_eq!(held(&world, "insurer").unwrap().grant.revocation, None);
}

#[test]
fn only_the_grantor_and_those_who_serve_the_holder_revoke() {
    let mut world = with_receipt();
    world.admit("finance2", &[Role::Finance]);
    world
        .accept(authorise("R1", "insurer").onward())
        .accept(authorise("R1", "insurer2").by("insurer"));
    for actor in ["insurer2", "insurer3", "finance2"] {
        world
            .reject(revoke("R1", "insurer2").by(actor), "NotTheGrantor")
            .naming(["R1", "insurer2", "claim", "insurer"]);
    }
    world.accept(revoke("R1", "insurer2").by("insurer"));
    world
        .accept(authorise("R1", "insurer2").by("insurer"))
        .accept(revoke("R1", "insurer2"));
    assert_eq!(code(&world, "insurer2"), 1512);
}

#[test]
fn malformed_authorisations_say_where() {
    let mut world = with_receipt();
    let cases: [(&str, fn(&mut proto::GrantAccess)); 7] = [
        ("receipt", |grant| grant.receipt = None),
        ("grantee", |grant| grant.grantee = "insurer".to_owned()),
        ("purpose", |grant| grant.purpose = 0),
        ("purpose", |grant| grant.purpose = 5),
        ("consent_hash", |grant| grant.consent_hash = vec![].into()),
        ("consent_hash", |grant| {
            grant.consent_hash = vec![1; 31].into()
        }),
        ("wrapped_key_hash", |grant| {
            grant.wrapped_key_hash = vec![1; 33].into()
        }),
    ];
    for (field, alter) in cases {
        let bytes = world.sign(&authorise("R1", "insurer").with(alter));
        match world.check(bytes).unwrap_err() {
            Refused::Malformed { field: found, .. } => {
                assert_eq!(found, format!("body.grant_access.{field}"));
            }
            other => panic!("{other}"),
        }
    }
    let no_reason = revoke("R1", "insurer").with(|revoke| revoke.reason.clear());
    world.refuse(no_reason, "Malformed");
}
