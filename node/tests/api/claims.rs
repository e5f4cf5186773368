//! Reimbursement: policies, authorisations, and claims from filing to correction.

mod authorisations;
mod decisions;
mod policies;

use bytes::Bytes;
use piaolian_base::clock;
use piaolian_client::CallError;
use piaolian_contracts::types::BeijingDate;
use piaolian_proto::v1::{
    CallOptions, ClaimStatus, FileClaim, FileClaimRequest, FileClaimResponse, GetClaimRequest,
    GetClaimResponse, ListClaimsRequest, ListClaimsResponse, PresentedReceipt, ReceiptId, Wait,
    claim_service_client::ClaimServiceClient,
};
use tonic::{Code, Status};

use self::{
    authorisations::{
        a_claim_needs_the_holders_authorisation, authorisations_are_listed_and_revoked,
    },
    decisions::{
        a_decision_needs_two_persons_and_tells_every_step, a_paid_claim_is_corrected,
        a_payout_that_failed_is_ordered_again, claims_are_rejected_and_withdrawn,
    },
};
use crate::{
    details::{self, MEDICAL, details_in_cash},
    world::{Connection, World, codes, operator, refusal},
};

const WANG: (&str, &str) = ("35010219800101123X", "王小明");
const LI: (&str, &str) = ("350102199002020045", "李思");
const POLICY: &str = "BASIC";
/// Of every receipt here, fen.
const TOTAL: i64 = 10_000;
/// Half of what is above the deductible of one yuan.
const FUND: i64 = 4_950;
const DAY_MS: u64 = 86_400_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_goes_from_its_policy_to_its_correction() {
    let world = World::start().await;
    issue(&world).await;
    policies::are_published_in_versions_and_found_by_date(&world).await;
    a_claim_needs_the_holders_authorisation(&world).await;
    authorisations_are_listed_and_revoked(&world).await;
    a_claim_is_of_one_person(&world).await;
    a_claim_is_filed_once_however_often_it_is_sent(&world).await;
    a_decision_needs_two_persons_and_tells_every_step(&world).await;
    a_payout_that_failed_is_ordered_again(&world).await;
    a_paid_claim_is_corrected(&world).await;
    claims_are_rejected_and_withdrawn(&world).await;
    claims_come_in_pages_newest_first(&world).await;
    who_does_not_wait_has_no_claim_to_see(&world).await;
    malformed_calls_name_their_field(&world).await;
    world.stop().await;
}

fn clerk(world: &World) -> ClaimServiceClient<Connection> {
    ClaimServiceClient::new(world.clerk())
}

fn reader(world: &World) -> ClaimServiceClient<Connection> {
    ClaimServiceClient::new(world.reader())
}

/// Three receipts of one person, and the fourth of another.
async fn issue(world: &World) {
    world.grant_of(MEDICAL, 1, 100).await;
    for (serial, person) in [(1, WANG), (2, WANG), (3, WANG), (4, LI)] {
        let issued = details::issue(world, vec![details_in_cash(serial, person, TOTAL)]).await;
        assert_eq!(issued[0].receipt, Some(id(serial)), "{issued:?}");
    }
}

fn id(number: u64) -> ReceiptId {
    ReceiptId {
        code: MEDICAL.to_owned(),
        number,
    }
}

fn claim(number: &str, receipts: impl IntoIterator<Item = u64>) -> FileClaim {
    let presented = |number| PresentedReceipt {
        receipt: Some(id(number)),
        presented_total_fen: TOTAL,
    };
    FileClaim {
        claim_number: number.to_owned(),
        policy_code: POLICY.to_owned(),
        holder_tag: Bytes::new(),
        receipts: receipts.into_iter().map(presented).collect(),
        lease_ms: 3_600_000,
    }
}

async fn file(world: &World, claim: FileClaim) -> Result<FileClaimResponse, Status> {
    file_as(world, claim, operator("clerk-1")).await
}

async fn file_as(
    world: &World,
    claim: FileClaim,
    options: Option<CallOptions>,
) -> Result<FileClaimResponse, Status> {
    let request = FileClaimRequest {
        file_claim: Some(claim),
        options,
    };
    let answer = clerk(world).file_claim(request).await?;
    Ok(answer.into_inner())
}

async fn shown(world: &World, number: &str) -> Result<GetClaimResponse, Status> {
    let request = GetClaimRequest {
        insurer: String::new(),
        claim_number: number.to_owned(),
    };
    let answer = reader(world).get_claim(request).await?;
    Ok(answer.into_inner())
}

async fn status(world: &World, number: &str) -> ClaimStatus {
    shown(world, number).await.unwrap().claim.unwrap().status()
}

async fn a_claim_is_of_one_person(world: &World) {
    let (code, detail) = refusal(file(world, claim("YB-1", [1, 4])).await);
    assert_eq!(
        (code, detail.field.as_str()),
        (Code::InvalidArgument, "receipts")
    );
}

async fn a_claim_is_filed_once_however_often_it_is_sent(world: &World) {
    let named = || {
        Some(CallOptions {
            client_id: Bytes::from_static(&[2; 16]),
            operator: "clerk-1".to_owned(),
            ..CallOptions::default()
        })
    };
    let filed = file_as(world, claim("YB-1", [1, 2]), named())
        .await
        .unwrap();
    let again = file_as(world, claim("YB-1", [1, 2]), named())
        .await
        .unwrap();
    assert_eq!(filed, again);
    assert_eq!(filed.claim.unwrap().status(), ClaimStatus::Filed);
    let (code, detail) = refusal(file_as(world, claim("YB-1", [3]), named()).await);
    assert_eq!((code, detail.code), (Code::AlreadyExists, 9540));
    let (_, detail) = refusal(file(world, claim("YB-1", [3])).await);
    assert_eq!(detail.code, 1630);
    let mut unknown = claim("YB-2", [3]);
    unknown.policy_code = "NONE".to_owned();
    let (_, detail) = refusal(file(world, unknown).await);
    assert_eq!(detail.code, 1304);
    // All or none: receipt 3 is not locked by a claim that receipt 1 rules out.
    let (_, detail) = refusal(file(world, claim("YB-2", [3, 1])).await);
    assert!([1602, 1632].contains(&detail.code), "{detail:?}");
    file(world, claim("YB-3", [3])).await.unwrap();
}

async fn list(world: &World, request: ListClaimsRequest) -> Result<ListClaimsResponse, Status> {
    let answer = reader(world).list_claims(request).await?;
    Ok(answer.into_inner())
}

async fn claims_come_in_pages_newest_first(world: &World) {
    let first = ListClaimsRequest {
        page_size: 2,
        ..ListClaimsRequest::default()
    };
    let page = list(world, first.clone()).await.unwrap();
    let rest = ListClaimsRequest {
        page_token: page.next_page_token,
        ..first
    };
    let last = list(world, rest).await.unwrap();
    assert_eq!(last.next_page_token, "");
    let numbers: Vec<_> = [page.claims, last.claims]
        .concat()
        .into_iter()
        .map(|claim| claim.record.unwrap().claim_number)
        .collect();
    assert_eq!(numbers, ["YB-4", "YB-3", "YB-1"]);
    let before = ListClaimsRequest {
        to_date: BeijingDate::at(clock::now()).get() - 10_000,
        ..ListClaimsRequest::default()
    };
    assert!(list(world, before).await.unwrap().claims.is_empty());
}

async fn who_does_not_wait_has_no_claim_to_see(world: &World) {
    let no_wait = CallOptions {
        wait: Wait::ForAdmission.into(),
        ..CallOptions::default()
    };
    let answer = file_as(world, claim("YB-5", [1]), Some(no_wait)).await;
    let answer = answer.unwrap();
    assert!(answer.claim.is_none() && answer.submitted.is_some());
}

async fn malformed_calls_name_their_field(world: &World) {
    let none = claim("YB-6", []);
    let many = claim("YB-6", 1..=21);
    // A client never names the holder's tag: the node derives it.
    let mut own_tag = claim("YB-6", [1]);
    own_tag.holder_tag = Bytes::from_static(&[3; 32]);
    let mut bad_number = claim("YB-6", [1]);
    bad_number.claim_number = "Y B".to_owned();
    let malformed = [
        (none, "receipts"),
        (many, "receipts"),
        (own_tag, "holder_tag"),
        (bad_number, "claim_number"),
    ];
    for (claim, field) in malformed {
        let status = file(world, claim).await.unwrap_err();
        assert_eq!(
            (status.code(), codes(&status).len()),
            (Code::InvalidArgument, 1)
        );
        let error = CallError::from(status);
        assert!(error.details()[0].arguments[0].contains(field), "{error}");
    }
    let (code, detail) = refusal(shown(world, "Y B").await);
    assert_eq!(
        (code, detail.field.as_str()),
        (Code::InvalidArgument, "claim_number")
    );
    let request = ListClaimsRequest {
        page_token: "zz".to_owned(),
        ..ListClaimsRequest::default()
    };
    let (code, detail) = refusal(list(world, request).await);
    assert_eq!(
        (code, detail.field.as_str()),
        (Code::InvalidArgument, "page_token")
    );
    let empty = clerk(world).file_claim(FileClaimRequest::default()).await;
    let (code, detail) = refusal(empty);
    assert_eq!(
        (code, detail.field.as_str()),
        (Code::InvalidArgument, "file_claim")
    );
}
