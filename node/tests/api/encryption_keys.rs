//! Encryption keys that are rotated and, once out of force, destroyed.

use std::{fs, path::Path, time::Duration};

use piaolian_contracts::{
    chain::Hash,
    organisations::{KeyId, KeyPurpose},
};
use piaolian_custody::{
    keys::{self, HeldKey, KeyRing},
    vault::{DecryptionError, Vault},
};
use piaolian_encryption::EncryptedDetails;
use piaolian_proto::v1::{
    AddKey, GetReceiptDetailsRequest, GetReceiptDetailsResponse, GetStatusRequest,
    GetStatusResponse, ReceiptId, RevokeKey, ledger_service_client::LedgerServiceClient,
    receipt_service_client::ReceiptServiceClient, transaction_body::Action,
};
use tonic::{Code, Status};

use crate::{
    details::{MEDICAL, details, issue, shown},
    encrypted_receipts,
    world::{ORGANISATION, PATIENCE, Shape, World, refusal},
};

/// Destroyed as soon as it is out of force.
fn destroying(keeps_details: bool) -> Shape {
    Shape {
        keeps_details,
        encryption_keys_destroyed_after: Some(Duration::ZERO),
        ..Shape::default()
    }
}

/// Registers another encryption key, ends the one in use, and starts the node with both.
pub(crate) async fn rotate(world: World) -> (World, KeyId, HeldKey) {
    let new = register(&world).await;
    let ring = KeyRing::open(&world.path("keys")).unwrap();
    let old = ring.require(KeyPurpose::Encrypt).unwrap().key_id();
    let revoke = Action::RevokeKey(RevokeKey {
        key_id: old.get(),
        reason: "its period is over".to_owned(),
    });
    world.administer((ORGANISATION, "admin"), revoke, 102).await;
    (exchange(world, old, &new).await, old, new)
}

/// Registers another encryption key, which the node does not have yet.
pub(crate) async fn register(world: &World) -> HeldKey {
    // Beside the admin key and five of the node's.
    let new = KeyId::parse("key_id", 7).unwrap();
    let new = HeldKey::generate(KeyPurpose::Encrypt, new).unwrap();
    let organisation = ORGANISATION.parse().unwrap();
    let key = new
        .pair()
        .registration(&world.trust.chain_id, &organisation);
    let add = Action::AddKey(AddKey { key: Some(key) });
    world.administer((ORGANISATION, "admin"), add, 101).await;
    new
}

/// Starts the node with the new key, and the old one beside it.
pub(crate) async fn exchange(world: World, old: KeyId, new: &HeldKey) -> World {
    let exchange = |folder: &Path| {
        let keys = folder.join("keys");
        let earlier = keys.join(keys::earlier_encryption_key_name(old));
        fs::rename(keys.join(keys::file_name(KeyPurpose::Encrypt)), earlier).unwrap();
        keys::write(&keys, new).unwrap();
    };
    world.restart_after(exchange).await
}

pub(crate) async fn until_destroyed(world: &World, key: KeyId) {
    let file = world
        .path("keys")
        .join(keys::earlier_encryption_key_name(key));
    let gone = async {
        while file.exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.unwrap();
}

/// Issues one receipt, with its details.
async fn issue_one(world: &World) -> ReceiptId {
    let issued = issue(world, vec![details(1)]).await.remove(0);
    issued.receipt.unwrap()
}

async fn read(world: &World, receipt: &ReceiptId) -> Result<GetReceiptDetailsResponse, Status> {
    let request = GetReceiptDetailsRequest {
        receipt: Some(receipt.clone()),
        ..Default::default()
    };
    let mut client = ReceiptServiceClient::new(world.clerk());
    Ok(client.get_receipt_details(request).await?.into_inner())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_reads_its_own_with_the_newest_key_when_the_old_one_is_destroyed() {
    let world = World::shaped(destroying(true)).await;
    world.grant_of(MEDICAL, 1, 100).await;
    let receipt = issue_one(&world).await;
    let before = read(&world, &receipt).await.unwrap();
    let record = shown(
        &world,
        piaolian_proto::v1::get_receipt_request::By::Receipt(receipt.clone()),
    )
    .await
    .unwrap()
    .record
    .unwrap();
    let hash: Hash = record.attachment_hash.as_ref().try_into().unwrap();
    let attached = world.attachments().get(&hash).unwrap().unwrap();

    let (world, old, new) = rotate(world).await;
    until_destroyed(&world, old).await;
    assert_eq!(
        read(&world, &receipt).await.unwrap().details,
        before.details
    );
    // The copies of other nodes are unchanged, and this organisation can no longer decrypt them.
    assert_eq!(
        world.attachments().get(&hash).unwrap(),
        Some(attached.clone())
    );
    let secret = new.decryption_secret(ORGANISATION.parse().unwrap());
    let vault = Vault::new(world.trust.chain_id.clone(), vec![secret]);
    let commitment: Hash = before.details_commitment.as_ref().try_into().unwrap();
    let encrypted = EncryptedDetails::decode(attached).unwrap();
    assert_eq!(
        vault.decrypt(&commitment, &encrypted),
        Err(DecryptionError::NoKey)
    );

    // The same details again are the same receipt, and new ones are encrypted for the new key.
    let world = world.restart_after(|_| {}).await;
    let again = issue(&world, vec![details(1), details(2)]).await;
    assert_eq!(again[0].receipt, Some(receipt));
    read(&world, again[1].receipt.as_ref().unwrap())
        .await
        .unwrap();
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_is_destroyed_over_own_details_that_are_not_in_use() {
    let world = World::shaped(destroying(true)).await;
    world.grant_of(MEDICAL, 1, 100).await;
    let receipt = issue_one(&world).await;
    let before = read(&world, &receipt).await.unwrap();

    // The node is configured not to issue any more, and its keys change. Only the old key decrypts its store.
    let world = world.restart_as(destroying(false)).await;
    let (world, old, _) = rotate(world).await;
    let earlier = world
        .path("keys")
        .join(keys::earlier_encryption_key_name(old));
    let by = piaolian_proto::v1::get_receipt_request::By::Receipt(receipt.clone());
    shown(&world, by).await.unwrap();
    let world = world.restart_after(|_| {}).await;
    assert!(earlier.exists());

    // When the store is in use again, it is rotated to the newest key, and then the old key is destroyed.
    let world = world.restart_as(destroying(true)).await;
    until_destroyed(&world, old).await;
    let after = read(&world, &receipt).await.unwrap();
    assert_eq!(after.details, before.details);
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_encrypted_for_a_destroyed_key_is_unreadable_wherever_it_still_is() {
    let world = World::shaped(destroying(false)).await;
    world.grant_of(MEDICAL, 1, 100).await;
    let receipt = encrypted_receipts::issue_encrypted_for_own(&world, 1).await;
    read(&world, &receipt).await.unwrap();
    let (world, old, _) = rotate(world).await;
    until_destroyed(&world, old).await;
    let (status, detail) = refusal(read(&world, &receipt).await);
    assert_eq!((status, detail.code), (Code::PermissionDenied, 9556));
    // A receipt encrypted from now on is read.
    let receipt = encrypted_receipts::issue_encrypted_for_own(&world, 2).await;
    read(&world, &receipt).await.unwrap();
    world.stop().await;
}

async fn status(world: &World) -> GetStatusResponse {
    let mut ledger = LedgerServiceClient::new(world.reader());
    let status = ledger.get_status(GetStatusRequest {}).await.unwrap();
    status.into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_in_force_for_longer_than_its_period_is_told_of() {
    let period = |period| Shape {
        encryption_key_period: period,
        ..Shape::default()
    };
    for (shape, is_overdue) in [
        (period(None), false),
        (period(Some(Duration::from_secs(3_600))), false),
        (period(Some(Duration::ZERO)), true),
    ] {
        let world = World::shaped(shape).await;
        world.grant_of(MEDICAL, 1, 100).await;
        let told = status(&world).await;
        assert!(told.encryption_key_since_ms > 0);
        assert_eq!(told.encryption_key_overdue, is_overdue);
        let (world, ..) = rotate(world).await;
        let next = status(&world).await;
        assert!(next.encryption_key_since_ms > told.encryption_key_since_ms);
        world.stop().await;
    }
}
