//! Details that a node decrypts without having issued them: encrypted for it, or granted to it.

use std::time::Duration;

use bytes::Bytes;
use piaolian_base::clock;
use piaolian_contracts::organisations::KeyPurpose;
use piaolian_encryption::attachment_hash;
use piaolian_proto::v1::{
    GrantAccess, GrantAccessRequest, GrantPurpose, IssueItem, ListGrantsRequest, OpeningGround,
    ReceiptId, RevokeAccess, RevokeAccessRequest,
    disclosure_service_client::DisclosureServiceClient,
};
use prost::Message;
use tonic::{Code, Status};

use crate::{
    details::MEDICAL,
    encrypted_receipts::{
        KEEPS_NOTHING, ON_ITS_OWN, attach, encrypted, encryption_key, issue, issue_attached, open,
        own, vault,
    },
    world::{FINANCE, Finance, ORGANISATION, PATIENCE, Shape, World, operator, refusal},
};

async fn grant(world: &World, grant: GrantAccess, without_details: bool) -> Result<(), Status> {
    let request = GrantAccessRequest {
        grant_access: Some(grant),
        options: operator("clerk-1"),
        without_details,
    };
    let mut client = DisclosureServiceClient::new(world.clerk());
    client.grant_access(request).await.map(|_| ())
}

fn to(grantee: &str, receipt: &ReceiptId, purpose: GrantPurpose) -> GrantAccess {
    GrantAccess {
        receipt: Some(receipt.clone()),
        grantee: grantee.to_owned(),
        purpose: purpose.into(),
        expires_ms: clock::now().after_ms(600_000).as_ms(),
        consent_hash: vec![5; 32].into(),
        wrapped_key_hash: Bytes::new(),
        onward: false,
    }
}

fn code<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, u32) {
    let (status, detail) = refusal(answer);
    assert!(!detail.message_zh.is_empty());
    (status, detail.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn details_open_for_whom_they_are_encrypted_while_they_are_there() {
    let world = World::shaped(KEEPS_NOTHING).await;
    world.grant_of(MEDICAL, 1, 100).await;
    let (item, kept) = encrypted(&world, 1, &[own(&world)]);
    let receipt = issue(&world, item).await;

    // Nobody has it: there is no other node.
    let missing = code(open(&world, &receipt, ON_ITS_OWN).await);
    assert_eq!(missing, (Code::NotFound, 9555));
    attach(&world, &kept);
    let opened = open(&world, &receipt, ON_ITS_OWN).await.unwrap();
    assert_eq!(opened.details, *kept.details.encoded());
    assert_eq!(opened.ground(), OpeningGround::Issuer);

    let (item, _) = encrypted(&world, 2, &[own(&world)]);
    let none = IssueItem {
        attachment_hash: Bytes::new(),
        ..item
    };
    let receipt = issue(&world, none).await;
    let nothing = code(open(&world, &receipt, ON_ITS_OWN).await);
    assert_eq!(nothing, (Code::NotFound, 9554));
    let unknown = ReceiptId {
        code: MEDICAL.to_owned(),
        number: 99,
    };
    let unknown = code(open(&world, &unknown, ON_ITS_OWN).await);
    assert_eq!(unknown, (Code::NotFound, 9520));
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_altered_swapped_or_encrypted_for_others_does_not_open() {
    let world = World::shaped(KEEPS_NOTHING).await;
    world.grant_of(MEDICAL, 1, 100).await;
    let (first, kept) = encrypted(&world, 1, &[own(&world)]);
    attach(&world, &kept);
    let (second, other) = encrypted(&world, 2, &[own(&world)]);
    attach(&world, &other);

    // The attachment of another receipt.
    let swapped = IssueItem {
        attachment_hash: second.attachment_hash.clone(),
        ..first.clone()
    };
    let receipt = issue(&world, swapped).await;
    let swapped = code(open(&world, &receipt, ON_ITS_OWN).await);
    assert_eq!(swapped, (Code::FailedPrecondition, 9558));

    // Its ciphertext is altered by one bit, and its issuer named the altered bytes.
    let mut altered = other.encrypted.encode().to_vec();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    let hash = attachment_hash(&altered);
    world.attachments().keep_own(hash, altered.into()).unwrap();
    let item = IssueItem {
        attachment_hash: hash.into(),
        ..second
    };
    let receipt = issue(&world, item).await;
    let altered = code(open(&world, &receipt, ON_ITS_OWN).await);
    assert_eq!(altered, (Code::FailedPrecondition, 9558));

    // Encrypted by its issuer for finance's key, which is not here; and under a false number.
    let mut stranger = own(&world);
    stranger.organisation = FINANCE.parse().unwrap();
    let receipt = issue_attached(&world, 3, &[stranger]).await;
    let for_others = code(open(&world, &receipt, ON_ITS_OWN).await);
    assert_eq!(for_others, (Code::PermissionDenied, 9556));

    // Other fields in clear than those committed to.
    let (mut item, kept) = encrypted(&world, 4, &[own(&world)]);
    attach(&world, &kept);
    item.business_number = "another".to_owned();
    let receipt = issue(&world, item).await;
    let differs = refusal(open(&world, &receipt, ON_ITS_OWN).await).1;
    assert_eq!(differs.code, 9558);
    assert!(
        differs.message_en.contains("business number"),
        "{differs:?}"
    );
    world.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grantee_reads_for_the_purpose_while_the_authorisation_lives() {
    let world = World::shaped(KEEPS_NOTHING).await;
    world.grant_of(MEDICAL, 1, 100).await;
    let (item, kept) = encrypted(&world, 1, &[own(&world)]);
    attach(&world, &kept);
    let receipt = issue(&world, item).await;
    let (claim, verify) = (GrantPurpose::Claim, GrantPurpose::Verify);

    let never = code(open(&world, &receipt, claim).await);
    assert_eq!(never, (Code::FailedPrecondition, 1510));
    grant(&world, to(ORGANISATION, &receipt, claim), false)
        .await
        .unwrap();
    let opened = open(&world, &receipt, claim).await.unwrap();
    assert_eq!(opened.details, *kept.details.encoded());
    assert_eq!(opened.ground(), OpeningGround::Grant);
    let other_purpose = code(open(&world, &receipt, verify).await);
    assert_eq!(other_purpose, (Code::FailedPrecondition, 1510));

    // Once more: the very same key is attached.
    let first = granted_hash(&world, &receipt, claim).await;
    grant(&world, to(ORGANISATION, &receipt, claim), false)
        .await
        .unwrap();
    assert_eq!(granted_hash(&world, &receipt, claim).await, first);

    let revocation = RevokeAccess {
        receipt: Some(receipt.clone()),
        grantee: ORGANISATION.to_owned(),
        purpose: claim.into(),
        reason: "the holder said so".to_owned(),
    };
    let request = RevokeAccessRequest {
        revoke_access: Some(revocation),
        options: operator("clerk-1"),
    };
    let mut client = DisclosureServiceClient::new(world.clerk());
    client.revoke_access(request).await.unwrap();
    let revoked = code(open(&world, &receipt, claim).await);
    assert_eq!(revoked, (Code::FailedPrecondition, 1512));

    let soon = GrantAccess {
        expires_ms: clock::now().after_ms(6_000).as_ms(),
        ..to(ORGANISATION, &receipt, claim)
    };
    grant(&world, soon, false).await.unwrap();
    open(&world, &receipt, claim).await.unwrap();
    let expired = async {
        loop {
            if let Err(expired) = open(&world, &receipt, claim).await {
                return code::<()>(Err(expired));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let expired = tokio::time::timeout(PATIENCE, expired).await.unwrap();
    assert_eq!(expired, (Code::FailedPrecondition, 1511));
    world.stop().await;
}

async fn granted_hash(world: &World, receipt: &ReceiptId, purpose: GrantPurpose) -> Bytes {
    let request = ListGrantsRequest {
        receipt: Some(receipt.clone()),
        ..Default::default()
    };
    let mut client = DisclosureServiceClient::new(world.reader());
    let grants = client
        .list_grants(request)
        .await
        .unwrap()
        .into_inner()
        .grants;
    let grants = grants.into_iter().filter_map(|view| view.grant);
    let [grant] = grants
        .filter(|grant| grant.purpose() == purpose)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    assert_eq!(grant.wrapped_key_hash.len(), 32);
    grant.wrapped_key_hash
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authorisation_hands_on_what_its_grantor_can_open() {
    let world = World::shaped(Shape {
        finance: Finance::Another,
        ..KEEPS_NOTHING
    })
    .await;
    let range = piaolian_proto::v1::GrantRange {
        issuer: ORGANISATION.to_owned(),
        receipt_code: MEDICAL.to_owned(),
        first_number: 1,
        last_number: 100,
    };
    let range = piaolian_proto::v1::transaction_body::Action::GrantRange(range);
    world.submit(world.signed_by_finance(range, 1)).await;
    let (item, kept) = encrypted(&world, 1, &[own(&world)]);
    attach(&world, &kept);
    let receipt = issue(&world, item).await;
    let purpose = GrantPurpose::Audit;

    // Only finance can decrypt, with its own key, the key that was shared with it.
    grant(&world, to(FINANCE, &receipt, purpose), false)
        .await
        .unwrap();
    let hash = granted_hash(&world, &receipt, purpose).await;
    let hash = hash.as_ref().try_into().unwrap();
    let wrapped = world.attachments().get(&hash).unwrap().unwrap();
    let wrapped = piaolian_proto::v1::WrappedKey::decode(wrapped).unwrap();
    let commitment = kept.details.commitment();
    let finance = vault(&world, "finance", FINANCE);
    let opened = finance.decrypt_granted(&commitment, &kept.encrypted, &wrapped);
    assert_eq!(opened.as_ref(), Ok(&kept.details));
    assert!(finance.decrypt(&commitment, &kept.encrypted).is_err());
    let here = vault(&world, "keys", ORGANISATION);
    assert!(
        here.decrypt_granted(&commitment, &kept.encrypted, &wrapped)
            .is_err()
    );

    // A grant without details shares no key, and the grantee's node reports that.
    grant(&world, to(ORGANISATION, &receipt, purpose), true)
        .await
        .unwrap();
    let nothing = code(open(&world, &receipt, purpose).await);
    assert_eq!(nothing, (Code::PermissionDenied, 9557));

    // A grantor cannot share details that it cannot decrypt.
    let receipt = issue_attached(&world, 2, &[encryption_key(&world, "finance", FINANCE)]).await;
    let refused = code(grant(&world, to(FINANCE, &receipt, purpose), false).await);
    assert_eq!(refused, (Code::PermissionDenied, 9556));
    grant(&world, to(FINANCE, &receipt, purpose), true)
        .await
        .unwrap();

    // Nor can it share with a grantee that has no encryption key any more.
    let receipt = issue_attached(&world, 3, &[own(&world)]).await;
    world.revoke_of_finance(KeyPurpose::Encrypt).await;
    let keyless = code(grant(&world, to(FINANCE, &receipt, purpose), false).await);
    assert_eq!(keyless, (Code::FailedPrecondition, 9553));
    world.stop().await;
}
