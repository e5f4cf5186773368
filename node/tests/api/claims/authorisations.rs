//! Authorisations: given, listed, revoked.

use bytes::Bytes;
use piaolian_base::clock;
use piaolian_proto::v1::{
    GrantAccess, GrantAccessRequest, GrantPurpose, ListGrantsRequest, ListGrantsResponse,
    RevokeAccess, RevokeAccessRequest, disclosure_service_client::DisclosureServiceClient,
};
use tonic::{Code, Status};

use super::{DAY_MS, claim, file, id, shown};
use crate::world::{Connection, ORGANISATION, World, operator, refusal};

fn holders(world: &World) -> DisclosureServiceClient<Connection> {
    DisclosureServiceClient::new(world.clerk())
}

fn authorisation(receipt: u64) -> GrantAccess {
    GrantAccess {
        receipt: Some(id(receipt)),
        grantee: ORGANISATION.to_owned(),
        purpose: GrantPurpose::Claim.into(),
        expires_ms: clock::now().after_ms(DAY_MS).as_ms(),
        consent_hash: Bytes::from_static(&[5; 32]),
        ..GrantAccess::default()
    }
}

async fn authorise(world: &World, grant: GrantAccess) -> Result<(), Status> {
    let request = GrantAccessRequest {
        grant_access: Some(grant),
        options: operator("clerk-1"),
        ..Default::default()
    };
    holders(world).grant_access(request).await.map(drop)
}

pub(super) async fn a_claim_needs_the_holders_authorisation(world: &World) {
    let (code, detail) = refusal(file(world, claim("YB-1", [1])).await);
    assert_eq!((code, detail.code), (Code::FailedPrecondition, 1510));
    // It left nothing behind.
    assert_eq!(
        shown(world, "YB-1").await.unwrap_err().code(),
        Code::NotFound
    );
}

async fn grants(
    world: &World,
    page_size: u32,
    page_token: String,
) -> Result<ListGrantsResponse, Status> {
    let request = ListGrantsRequest {
        receipt: Some(id(1)),
        page_size,
        page_token,
    };
    let mut client = DisclosureServiceClient::new(world.reader());
    let answer = client.list_grants(request).await?;
    Ok(answer.into_inner())
}

pub(super) async fn authorisations_are_listed_and_revoked(world: &World) {
    for receipt in [1, 2, 3, 4] {
        authorise(world, authorisation(receipt)).await.unwrap();
    }
    let audit = GrantAccess {
        purpose: GrantPurpose::Audit.into(),
        ..authorisation(1)
    };
    authorise(world, audit).await.unwrap();
    let over = GrantAccess {
        expires_ms: 1,
        ..authorisation(1)
    };
    let (code, detail) = refusal(authorise(world, over).await);
    assert_eq!((code, detail.code), (Code::FailedPrecondition, 1500));

    let revoke = RevokeAccessRequest {
        revoke_access: Some(RevokeAccess {
            receipt: Some(id(1)),
            grantee: ORGANISATION.to_owned(),
            purpose: GrantPurpose::Audit.into(),
            reason: "the audit is over".to_owned(),
        }),
        options: operator("clerk-1"),
    };
    holders(world).revoke_access(revoke.clone()).await.unwrap();
    let (_, detail) = refusal(holders(world).revoke_access(revoke).await);
    assert_eq!(detail.code, 1512);

    let first = grants(world, 1, String::new()).await.unwrap();
    let second = grants(world, 1, first.next_page_token.clone())
        .await
        .unwrap();
    assert_eq!(second.next_page_token, "");
    let live: Vec<_> = [first.grants, second.grants]
        .concat()
        .into_iter()
        .map(|view| (view.grant.unwrap().purpose(), view.live))
        .collect();
    assert_eq!(
        live,
        [(GrantPurpose::Audit, false), (GrantPurpose::Claim, true)]
    );
    for (page_size, token, field) in [(501, "", "page_size"), (1, "zz", "page_token")] {
        let asked = grants(world, page_size, token.to_owned()).await;
        let (code, detail) = refusal(asked);
        assert_eq!(
            (code, detail.field.as_str()),
            (Code::InvalidArgument, field)
        );
    }
}
