//! Disclosure: the authorisations of holders, by receipt, grantee, purpose and time.

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
    requests::{administer, grant, issue, resume, suspend},
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
fn the_holders_authorisation_is_recorded_by_those_alone_who_serve_the_holder() {
    let mut world = with_receipt();
    world.admit("clinic", &[Role::Issuer]);
    world.admit("finance2", &[Role::Finance]);
    for actor in ["clinic", "insurer", "insurer2", "finance2"] {
        world
            .reject(authorise("R1", "insurer").by(actor), "NotAuthorised")
            .naming(["R1", actor, "claim"]);
    }
    world
        .accept(authorise("R1", "insurer"))
        // An issuer may be its own grantee: a hospital that reimburses its own staff needs consent too.
        .accept(authorise("R1", "hospital"));
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
fn sharing_onward_needs_the_right_to_and_stays_within_the_own() {
    let mut world = with_receipt();
    world.accept(authorise("R1", "insurer"));
    world
        .reject(authorise("R1", "insurer2").by("insurer"), "NotOnward")
        .naming(["R1", "insurer", "claim", "hospital"]);
    world.accept(authorise("R1", "insurer").onward().for_ms(DAY_MS));
    world
        .reject(
            authorise("R1", "insurer2").by("insurer").for_ms(2 * DAY_MS),
            "OutlivesOwn",
        )
        .naming(["R1", "insurer", "2026-11-22 12:00:08"]);
    let audit = |grant: &mut proto::GrantAccess| grant.purpose = Purpose::Audit.number().into();
    world
        .reject(
            authorise("R1", "insurer2")
                .by("insurer")
                .for_ms(1_500)
                .with(audit),
            "NotAuthorised",
        )
        .naming(["insurer", "audit"]);
    world.accept(authorise("R1", "insurer2").by("insurer").for_ms(DAY_MS / 2));
    let Live { grant, depth } = held(&world, "insurer2").unwrap();
    assert_eq!((depth, grant.shared_from), (2, Some(1)));
}

#[test]
fn a_receipt_is_shared_at_most_three_times_over() {
    let mut world = with_receipt();
    world.accept(authorise("R1", "insurer").onward());
    for (from, to) in [
        ("insurer", "insurer2"),
        ("insurer2", "insurer3"),
        ("insurer3", "insurer4"),
    ] {
        world.accept(authorise("R1", to).by(from).onward());
    }
    assert_eq!(held(&world, "insurer4").unwrap().depth, 4);
    world
        .reject(authorise("R1", "insurer5").by("insurer4"), "TooFarOnward")
        .naming(["R1", "insurer4", "4"]);
}

#[test]
fn what_was_shared_ends_with_what_it_came_from_and_never_comes_back() {
    let mut world = with_receipt();
    world
        .accept(authorise("R1", "insurer").onward())
        .accept(
            authorise("R1", "insurer2")
                .by("insurer")
                .onward()
                .for_ms(9 * DAY_MS),
        )
        .accept(authorise("R1", "insurer3").by("insurer2").for_ms(DAY_MS));
    world.accept(revoke("R1", "insurer"));
    for lost in ["insurer2", "insurer3"] {
        assert_eq!(code(&world, lost), 1513, "{lost}");
    }
    world
        .reject(
            authorise("R1", "insurer3").by("insurer2").for_ms(DAY_MS),
            "SharerLostAccess",
        )
        .naming(["R1", "insurer2", "claim", "insurer"]);
    world.accept(authorise("R1", "insurer").onward());
    assert_eq!(
        [code(&world, "insurer2"), code(&world, "insurer3")],
        [1513, 1513]
    );
    // Shared anew, it is a new generation: the one below does not come back by itself either.
    world.accept(
        authorise("R1", "insurer2")
            .by("insurer")
            .onward()
            .for_ms(DAY_MS),
    );
    assert_eq!(
        [code(&world, "insurer2"), code(&world, "insurer3")],
        [0, 1513]
    );
}

#[test]
fn what_was_shared_lives_on_when_its_source_is_prolonged_and_ends_when_it_is_narrowed() {
    let mut world = with_receipt();
    world
        .accept(authorise("R1", "insurer").onward())
        .accept(authorise("R1", "insurer2").by("insurer").for_ms(DAY_MS))
        .accept(authorise("R1", "insurer").onward());
    assert_eq!(code(&world, "insurer2"), 0);
    world.accept(authorise("R1", "insurer"));
    assert_eq!(code(&world, "insurer2"), 1513);
    world.accept(authorise("R1", "insurer").onward());
    assert_eq!(code(&world, "insurer2"), 1513);
}

#[test]
fn what_was_shared_ends_in_time_with_a_source_that_was_shortened() {
    let mut world = with_receipt();
    world
        .accept(authorise("R1", "insurer").onward())
        .accept(
            authorise("R1", "insurer2")
                .by("insurer")
                .for_ms(20 * DAY_MS),
        )
        .accept(authorise("R1", "insurer").onward().for_ms(DAY_MS));
    assert_eq!(code(&world, "insurer2"), 0);
    world.wait_ms(DAY_MS).accept(issue("R2"));
    assert_eq!(code(&world, "insurer2"), 1513);
}

#[test]
fn nobody_replaces_what_another_granted_but_the_issuer() {
    let mut world = with_receipt();
    world
        .accept(authorise("R1", "insurer").onward())
        .accept(authorise("R1", "insurer2").onward());
    world
        .reject(
            authorise("R1", "insurer2").by("insurer").for_ms(DAY_MS),
            "GrantedByAnother",
        )
        .naming(["R1", "insurer2", "claim", "hospital"]);
    // An organisation cannot share with itself, or with one before it in the row.
    world.reject(
        authorise("R1", "insurer").by("insurer").for_ms(DAY_MS),
        "GrantedByAnother",
    );
    world.accept(revoke("R1", "insurer2"));
    world.accept(authorise("R1", "insurer2").by("insurer").for_ms(DAY_MS));
    world.accept(authorise("R1", "insurer2"));
    assert_eq!(held(&world, "insurer2").unwrap().depth, 1);
}

#[test]
fn the_bureau_that_granted_the_number_serves_the_holder() {
    let mut world = with_receipt();
    world.admit("finance2", &[Role::Finance]);
    world.accept(authorise("R1", "insurer").by("finance"));
    let Live { grant, depth } = held(&world, "insurer").unwrap();
    assert_eq!((grant.grantor, depth), (world.member("finance").id, 1));
    // Each organisation that serves the holder may change what the other granted.
    world
        .accept(authorise("R1", "insurer").for_ms(DAY_MS))
        .accept(revoke("R1", "insurer").by("finance"));
    world.accept(authorise("R1", "insurer"));
    // Another bureau supervises other issuers' receipts, and serves their holders.
    world
        .reject(authorise("R1", "insurer2").by("finance2"), "NotAuthorised")
        .naming(["finance2", "R1"]);
    world.reject(revoke("R1", "insurer").by("finance2"), "NotTheGrantor");
}

#[test]
fn any_finance_serves_the_holder_while_the_issuer_is_suspended() {
    let mut world = with_receipt();
    world.admit("finance2", &[Role::Finance]);
    world.accept(authorise("R1", "insurer2"));
    world.accept(suspend("hospital"));
    world
        .reject(authorise("R1", "insurer"), "Suspended")
        .naming(["hospital"]);
    assert_eq!(code(&world, "insurer2"), 0, "what was granted before holds");
    world
        .accept(authorise("R1", "insurer").by("finance2"))
        .accept(revoke("R1", "insurer2").by("finance2"));
    let Live { grant, depth } = held(&world, "insurer").unwrap();
    assert_eq!((grant.grantor, depth), (world.member("finance2").id, 1));
    world.accept(resume("hospital"));
    world.reject(authorise("R1", "insurer2").by("finance2"), "NotAuthorised");
    world.accept(revoke("R1", "insurer"));
    assert_eq!(code(&world, "insurer"), 1512);
}

#[test]
fn any_finance_serves_the_holder_when_the_issuer_is_gone() {
    let mut world = with_receipt();
    world.admit("finance2", &[Role::Finance]);
    world.know(Member::new("clinic"));
    // Every key of the clinic ends with the block that comes second after this.
    let last = world.height.get() + 3;
    let ending = administer("finance", move |world| {
        let mut admission = world.member("clinic").admission(&world.chain_id);
        admission
            .keys
            .iter_mut()
            .for_each(|key| key.last_height = last);
        proto::transaction_body::Action::AdmitOrganisation(admission)
    });
    world
        .accept(ending)
        .accept(grant("clinic", 2_001, 2_010))
        .accept(issue("R9").by("clinic"));
    assert_eq!(world.height.get(), last);
    world.refuse(authorise("R9", "insurer").by("clinic"), "KeyNoLongerLive");
    world.accept(authorise("R9", "insurer").by("finance2"));
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
