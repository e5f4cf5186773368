//! Admission: who may ask, with which key, and until when.

use piaolian_contracts::{
    AdmitError, BlockContext, Transaction, admit, chain::Height, organisations::KeyPurpose,
    state::Table,
};

use crate::world::{
    DAY_MS, World, altered,
    memory::Broken,
    name_of, people,
    requests::{issue, set_parameters},
};

#[test]
fn a_transaction_of_another_chain_is_refused() {
    let mut world = World::new();
    let bytes = altered(&mut world, |body| {
        body.chain_id = "another-chain".to_owned()
    });
    world.refuse_bytes(bytes, "WrongChain");
    // A signature made for another chain does not hold here.
    let body = world.body(&issue("R1"));
    let key = world.member("hospital").key(KeyPurpose::Sign);
    let bytes = people::sign(&"another-chain".parse().unwrap(), &key.signing, &body);
    world.refuse_bytes(bytes, "BadSignature");
}

#[test]
fn strangers_and_unknown_keys_are_refused() {
    let mut world = World::new();
    let stranger = world.member("hospital").id;
    world.know(people::Member::new("clinic"));
    let clinic = world.member("clinic").id.to_string();
    let bytes = altered(&mut world, |body| body.organisation = clinic);
    world.refuse_bytes(bytes, "UnknownOrganisation");
    let bytes = altered(&mut world, |body| body.key_id = 99);
    world.refuse_bytes(bytes, "UnknownKey");
    let body = world.body(&issue("R1"));
    assert_eq!(body.organisation, stranger.to_string());
    let bytes = world.sign_body("insurer", &body);
    world.refuse_bytes(bytes, "BadSignature");
}

#[test]
fn keys_of_every_other_purpose_are_refused() {
    let mut world = World::new();
    for (key_id, purpose) in [(1, "admin"), (3, "validate"), (4, "peer"), (5, "supervise")] {
        let bytes = altered(&mut world, |body| body.key_id = key_id);
        let refused = world.check(bytes).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("key {key_id} has the purpose {purpose}; this needs sign")
        );
    }
}

#[test]
fn a_key_is_refused_below_its_first_height() {
    // For the next block this rule cannot be met: see `Refused::KeyNotYetLive`.
    let mut world = World::new();
    let bytes = world.sign(&issue("R1"));
    let transaction = Transaction::decode(bytes, &world.chain_id).unwrap();
    let first = world.organisation("hospital").keys[1].first_height;
    let at = |height: u64| BlockContext {
        height: Height::new(height),
        ..world.next_moment()
    };
    assert!(admit(&world.state, &at(first.get()), &transaction).is_ok());
    let refused = admit(&world.state, &at(first.get() - 1), &transaction);
    let Err(AdmitError::Refused(refused)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(name_of(refused.code()), "KeyNotYetLive");
}

#[test]
fn a_transaction_enters_before_its_end_alone() {
    let mut world = World::new();
    let now = world.next_moment().time.as_ms();
    for (valid_until, rule) in [
        (0, "Expired"),
        (now - 1, "Expired"),
        (now, "Expired"),
        (now + DAY_MS + 1, "ValidTooLong"),
        (u64::MAX, "ValidTooLong"),
    ] {
        let bytes = altered(&mut world, |body| body.valid_until_ms = valid_until);
        world.refuse_bytes(bytes, rule);
    }
    for valid_until in [now + 1, now + DAY_MS] {
        let bytes = altered(&mut world, |body| body.valid_until_ms = valid_until);
        assert!(world.check(bytes).is_ok());
    }
    world.accept(set_parameters(|p| p.validity_ms_max = 60_000));
    let now = world.next_moment().time.as_ms();
    let bytes = altered(&mut world, |body| body.valid_until_ms = now + 60_001);
    world.refuse_bytes(bytes, "ValidTooLong");
}

#[test]
fn trouble_with_the_store_is_a_fault_and_no_verdict() {
    let mut world = World::new();
    let bytes = world.sign(&issue("R1"));
    let transaction = Transaction::decode(bytes, &world.chain_id).unwrap();
    for table in [Table::Organisations, Table::Parameters, Table::ClientIds] {
        let broken = Broken {
            state: &world.state,
            table,
        };
        let error = admit(&broken, &world.next_moment(), &transaction).unwrap_err();
        assert!(matches!(error, AdmitError::Fault(_)), "{table:?}");
    }
}
