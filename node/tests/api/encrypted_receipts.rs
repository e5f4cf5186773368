//! Receipts with encrypted details: prepared, attached, issued and opened.

use bytes::Bytes;
use piaolian_contracts::{chain::Hash, organisations::KeyPurpose, types::OrganisationId};
use piaolian_custody::{
    details_store::{ReceiptEncryptor, StoredReceipt},
    keys::{HeldKey, KeyRing},
    vault::{EncryptionKey, Vault},
};
use piaolian_proto::v1::{
    GetReceiptDetailsRequest, GetReceiptDetailsResponse, GrantPurpose, IssueItem,
    IssueReceiptsRequest, NewReceipt, ReceiptId, new_receipt::Form,
    receipt_service_client::ReceiptServiceClient,
};
use tonic::Status;

use crate::{
    details::prepared,
    world::{Connection, ORGANISATION, Shape, World, operator},
};

/// The encrypted path alone: what the node keeps itself is opened without it.
pub(crate) const KEEPS_NOTHING: Shape = Shape {
    keeps_details: false,
    ..Shape::USUAL
};

/// No purpose: the reader needs no authorisation.
pub(crate) const ON_ITS_OWN: GrantPurpose = GrantPurpose::Unspecified;

/// Returns the encryption key in a folder of the world.
pub(crate) fn encryption_key(world: &World, folder: &str, organisation: &str) -> EncryptionKey {
    let ring = KeyRing::open(&world.path(folder)).unwrap();
    key_of(organisation, ring.require(KeyPurpose::Encrypt).unwrap())
}

fn key_of(organisation: &str, held: &HeldKey) -> EncryptionKey {
    EncryptionKey {
        organisation: organisation.parse().unwrap(),
        key_id: held.key_id(),
        public_key: *held.pair().public_key(),
    }
}

/// Returns the encryption key of the node's organisation.
pub(crate) fn own(world: &World) -> EncryptionKey {
    encryption_key(world, "keys", ORGANISATION)
}

/// Opens the vault with the keys in a folder of the world.
pub(crate) fn vault(world: &World, folder: &str, organisation: &str) -> Vault {
    let organisation: OrganisationId = organisation.parse().unwrap();
    let ring = KeyRing::open(&world.path(folder)).unwrap();
    let secrets = ring
        .encryption_keys()
        .map(|key| key.decryption_secret(organisation));
    Vault::new(world.trust.chain_id.clone(), secrets.collect())
}

/// Prepares a receipt as another system does, and encrypts its details for these readers.
pub(crate) fn encrypted(
    world: &World,
    serial: u64,
    readers: &[EncryptionKey],
) -> (IssueItem, StoredReceipt) {
    let encryptor = ReceiptEncryptor {
        vault: &vault(world, "keys", ORGANISATION),
        readers,
    };
    encryptor.issue(prepared(serial)).unwrap()
}

/// Keeps the encrypted details of a receipt as an attachment of this node.
pub(crate) fn attach(world: &World, receipt: &StoredReceipt) {
    let (hash, attached) = (receipt.encrypted.hash(), receipt.encrypted.encode());
    world.attachments().keep_own(hash, attached).unwrap();
}

/// Issues a receipt that was prepared.
pub(crate) async fn issue(world: &World, item: IssueItem) -> ReceiptId {
    let request = IssueReceiptsRequest {
        receipts: vec![NewReceipt {
            form: Some(Form::Item(item)),
            late_reason: String::new(),
        }],
        options: operator("clerk-1"),
    };
    let answer = receipts(world).issue_receipts(request).await.unwrap();
    let [issued] = answer.into_inner().receipts.try_into().unwrap();
    assert_eq!(issued.refusal, None);
    issued.receipt.unwrap()
}

/// Issues a receipt whose details are encrypted for these readers, and attached.
pub(crate) async fn issue_attached(
    world: &World,
    serial: u64,
    readers: &[EncryptionKey],
) -> ReceiptId {
    let (item, kept) = encrypted(world, serial, readers);
    attach(world, &kept);
    issue(world, item).await
}

/// Issues a receipt whose details are encrypted for the node's encryption key, and attached.
pub(crate) async fn issue_encrypted_for_own(world: &World, serial: u64) -> ReceiptId {
    issue_attached(world, serial, &[own(world)]).await
}

/// Issues a receipt whose details are encrypted for another key of the node's organisation, and attached.
pub(crate) async fn issue_encrypted_for(world: &World, serial: u64, key: &HeldKey) -> ReceiptId {
    issue_attached(world, serial, &[key_of(ORGANISATION, key)]).await
}

/// Issues a receipt whose details are encrypted for the node, and another that copies its commitment and attachment.
pub(crate) async fn issue_with_a_copy(world: &World, serial: u64) -> [ReceiptId; 2] {
    let (mut item, kept) = encrypted(world, serial, &[own(world)]);
    attach(world, &kept);
    let first = issue(world, item.clone()).await;
    item.business_number = "another".to_owned();
    [first, issue(world, item).await]
}

/// Issues a receipt whose details are encrypted for the node. Returns also the attachment, which the node does not have
/// yet.
pub(crate) async fn issue_without_attachment(
    world: &World,
    serial: u64,
) -> (ReceiptId, (Hash, Bytes)) {
    let (item, kept) = encrypted(world, serial, &[own(world)]);
    let attached = (kept.encrypted.hash(), kept.encrypted.encode());
    (issue(world, item).await, attached)
}

/// Asks for the details of a receipt.
pub(crate) async fn open(
    world: &World,
    receipt: &ReceiptId,
    purpose: GrantPurpose,
) -> Result<GetReceiptDetailsResponse, Status> {
    let request = GetReceiptDetailsRequest {
        receipt: Some(receipt.clone()),
        with_xml: false,
        purpose: purpose.into(),
        operator: "clerk-1".to_owned(),
    };
    let answer = receipts(world).get_receipt_details(request).await?;
    Ok(answer.into_inner())
}

fn receipts(world: &World) -> ReceiptServiceClient<Connection> {
    ReceiptServiceClient::new(world.clerk())
}
