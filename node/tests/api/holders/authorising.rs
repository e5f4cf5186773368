//! Payers authorised for a holder's receipts, and where their claims stand.

use bytes::Bytes;
use piaolian_base::clock;
use piaolian_contracts::types::BeijingDate;
use piaolian_proto::v1::{
    AuthoriseGranteeRequest, AuthorisedReceipt, CallOptions, ClaimRejection, ClaimStatus,
    CollectReceiptsRequest, CollectReceiptsResponse, DecideClaim, DecideClaimRequest, FileClaim,
    FileClaimRequest, FundKind, GrantPurpose, HolderClaim, HolderReceipt, PolicyBase, PolicyTerms,
    PolicyTier, PresentedReceipt, PublishPolicy, PublishPolicyRequest, ReceiptId,
    claim_service_client::ClaimServiceClient, decide_claim::Verdict,
    policy_service_client::PolicyServiceClient, policy_terms::YearlyLimit,
};

use super::{WANG, client, collect, holder, logged, of, serving, three_receipts};
use crate::{
    details::MEDICAL,
    world::{ORGANISATION, World, operator},
};

pub(super) fn authorising(
    person: (&str, &str),
    receipts: impl IntoIterator<Item = ReceiptId>,
) -> AuthoriseGranteeRequest {
    AuthoriseGranteeRequest {
        holder: Some(holder(person)),
        receipts: receipts.into_iter().collect(),
        grantee: ORGANISATION.to_owned(),
        purpose: GrantPurpose::Claim.into(),
        expires_ms: clock::now().after_ms(600_000).as_ms(),
        consent_hash: vec![5; 32].into(),
        onward: false,
        without_details: false,
        options: operator("window-3"),
    }
}

async fn authorise(world: &World, request: AuthoriseGranteeRequest) -> Vec<AuthorisedReceipt> {
    let answer = client(world).authorise_grantee(request).await.unwrap();
    answer.into_inner().receipts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_holder_authorises_several_receipts_and_sees_where_their_claims_stand() {
    let world = World::shaped(serving()).await;
    let [first, of_li, second] = three_receipts(&world).await;
    let unknown = ReceiptId {
        code: MEDICAL.to_owned(),
        number: 99,
    };
    let receipts = [first.clone(), of_li, unknown, second.clone()];
    let request = AuthoriseGranteeRequest {
        options: Some(CallOptions {
            client_id: Bytes::from_static(&[7; 16]),
            operator: "window-3".to_owned(),
            ..CallOptions::default()
        }),
        ..authorising(WANG, receipts.clone())
    };
    let answers = authorise(&world, request.clone()).await;
    let asked = answers.iter().map(|answer| answer.receipt.clone().unwrap());
    assert_eq!(asked.collect::<Vec<_>>(), receipts);
    let codes = answers
        .iter()
        .map(|answer| answer.refusal.as_ref().map(|it| it.code));
    // Another person's receipt and one that does not exist get the same answer.
    assert_eq!(
        codes.collect::<Vec<_>>(),
        [None, Some(9520), Some(9520), None]
    );
    assert_eq!(logged(&world, "authorising"), 2);
    // A repeated request is executed once.
    assert_eq!(authorise(&world, request).await, answers);
    let refused = AuthoriseGranteeRequest {
        expires_ms: 1,
        ..authorising(WANG, [first.clone()])
    };
    let refused = authorise(&world, refused).await.remove(0);
    assert!((1500..1600).contains(&refused.refusal.unwrap().code));

    let collected = collect(&world, of(WANG)).await.unwrap();
    for HolderReceipt { grants, claims, .. } in &collected.receipts {
        let grant = grants[0].grant.as_ref().unwrap();
        assert_eq!((grants.len(), grant.grantee.as_str()), (1, ORGANISATION));
        assert_eq!(grant.wrapped_key_hash.len(), 32);
        assert_eq!(claims.len(), 0);
    }
    claim_and_reject(&world, &collected).await;
    let collected = collect(&world, of(WANG)).await.unwrap();
    for HolderReceipt {
        claims,
        more_claims,
        ..
    } in &collected.receipts
    {
        let told: Vec<_> = claims.iter().map(told).collect();
        let expected = [
            ("YB-1", ClaimStatus::Rejected, "not covered"),
            ("YB-2", ClaimStatus::Filed, ""),
        ];
        assert_eq!(told, expected);
        assert_eq!((claims[0].fund_fen, *more_claims), (None, false));
        assert_eq!(claims[0].insurer, ORGANISATION);
        assert!(!claims[0].insurer_name.is_empty());
    }
    let without = CollectReceiptsRequest {
        with_claims: false,
        ..of(WANG)
    };
    let collected = collect(&world, without).await.unwrap();
    assert!(collected.receipts.iter().all(|it| it.claims.is_empty()));
    world.stop().await;
}

fn told(claim: &HolderClaim) -> (&str, ClaimStatus, &str) {
    (&claim.claim_number, claim.status(), &claim.end_reason)
}

/// Files a claim over all that was collected, rejects it, and files another.
async fn claim_and_reject(world: &World, collected: &CollectReceiptsResponse) {
    let policy = PublishPolicy {
        policy_code: "BASIC".to_owned(),
        terms: Some(PolicyTerms {
            fund_kind: FundKind::SeriousIllness.into(),
            plan_code: "BASIC".to_owned(),
            from_date: BeijingDate::at(clock::now()).get(),
            base: PolicyBase::Remaining.into(),
            tiers: vec![PolicyTier {
                from_fen: 0,
                ratio: 5_000,
            }],
            yearly_limit: Some(YearlyLimit::CapFen(100_000_000)),
            ..PolicyTerms::default()
        }),
    };
    let request = PublishPolicyRequest {
        publish_policy: Some(policy),
        options: operator("clerk-1"),
    };
    let mut policies = PolicyServiceClient::new(world.clerk());
    policies.publish_policy(request).await.unwrap();
    file(world, "YB-1", collected).await;
    let rejection = DecideClaim {
        claim_number: "YB-1".to_owned(),
        reviewer: "clerk-2".to_owned(),
        verdict: Some(Verdict::Reject(ClaimRejection {
            reason: "not covered".to_owned(),
        })),
    };
    let request = DecideClaimRequest {
        decide_claim: Some(rejection),
        options: operator("clerk-1"),
    };
    let mut claims = ClaimServiceClient::new(world.clerk());
    claims.decide_claim(request).await.unwrap();
    file(world, "YB-2", collected).await;
}

async fn file(world: &World, number: &str, collected: &CollectReceiptsResponse) {
    let records = collected.receipts.iter();
    let records = records.map(|it| it.receipt.clone().unwrap().record.unwrap());
    let presented = records.map(|record| PresentedReceipt {
        receipt: record.receipt,
        presented_total_fen: record.total_fen,
    });
    let request = FileClaimRequest {
        file_claim: Some(FileClaim {
            claim_number: number.to_owned(),
            policy_code: "BASIC".to_owned(),
            holder_tag: Bytes::new(),
            receipts: presented.collect(),
            lease_ms: 3_600_000,
        }),
        options: operator("clerk-1"),
    };
    let mut claims = ClaimServiceClient::new(world.clerk());
    claims.file_claim(request).await.unwrap();
}
