//! The holder index while encryption keys come and go.

use std::time::Duration;

use piaolian_contracts::organisations::KeyPurpose;
use piaolian_custody::keys::KeyRing;

use super::{collect, numbers, of, serving, until_collected, until_indexed};
use crate::{
    details::{MEDICAL, prepared},
    encrypted_receipts, encryption_keys,
    world::{Shape, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn what_a_destroyed_encryption_key_opened_is_collected_no_more_and_what_the_next_opens_is() {
    let world = World::shaped(Shape {
        keeps_details: false,
        encryption_keys_destroyed_after: Some(Duration::ZERO),
        ..serving()
    })
    .await;
    world.grant_of(MEDICAL, 1, 100).await;
    let first = encrypted_receipts::issue_encrypted_for_own(&world, 1).await;
    let payer = prepared(1).details.message().payer_party.clone().unwrap();
    let person = (payer.code.as_str(), payer.name.as_str());
    until_indexed(&world).await;
    assert_eq!(until_collected(&world, person, 1).await, [first]);

    let (world, old, new) = encryption_keys::rotate(world).await;
    encryption_keys::until_destroyed(&world, old).await;
    assert_eq!(until_collected(&world, person, 0).await, []);
    let second = encrypted_receipts::issue_encrypted_for(&world, 2, &new).await;
    let payer = prepared(2).details.message().payer_party.clone().unwrap();
    let person = (payer.code.as_str(), payer.name.as_str());
    assert_eq!(until_collected(&world, person, 1).await, [second]);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_encrypted_for_a_key_that_is_not_here_yet_is_collected_once_it_is() {
    let world = World::shaped(Shape {
        keeps_details: false,
        ..serving()
    })
    .await;
    world.grant_of(MEDICAL, 1, 100).await;
    let old = KeyRing::open(&world.path("keys")).unwrap();
    let old = old.require(KeyPurpose::Encrypt).unwrap().key_id();
    let new = encryption_keys::register(&world).await;
    let receipt = encrypted_receipts::issue_encrypted_for(&world, 1, &new).await;
    let payer = prepared(1).details.message().payer_party.clone().unwrap();
    let person = (payer.code.as_str(), payer.name.as_str());
    until_indexed(&world).await;
    assert_eq!(numbers(&collect(&world, of(person)).await.unwrap()), []);
    let world = encryption_keys::exchange(world, old, &new).await;
    assert_eq!(until_collected(&world, person, 1).await, [receipt]);
    world.stop().await;
}
