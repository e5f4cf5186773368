//! Policies, as they are published and found.

use piaolian_base::clock;
use piaolian_contracts::types::BeijingDate;
use piaolian_proto::v1::{
    FundKind, GetPolicyRequest, ListPoliciesRequest, ListPoliciesResponse, PolicyBase,
    PolicyRecord, PolicyTerms, PolicyTier, PublishPolicy, PublishPolicyRequest,
    get_policy_request::Which, policy_service_client::PolicyServiceClient,
    policy_terms::YearlyLimit,
};
use tonic::{Code, Status};

use super::POLICY;
use crate::world::{Connection, World, operator, refusal};

fn terms() -> PolicyTerms {
    PolicyTerms {
        fund_kind: FundKind::SeriousIllness.into(),
        plan_code: "BASIC".to_owned(),
        from_date: BeijingDate::at(clock::now()).get(),
        deductible_fen: 100,
        yearly_limit: Some(YearlyLimit::CapFen(100_000_000)),
        tiers: vec![PolicyTier {
            from_fen: 0,
            ratio: 5_000,
        }],
        base: PolicyBase::Remaining.into(),
        ..PolicyTerms::default()
    }
}

async fn publish(world: &World, code: &str, terms: PolicyTerms) -> Result<(), Status> {
    let request = PublishPolicyRequest {
        publish_policy: Some(PublishPolicy {
            policy_code: code.to_owned(),
            terms: Some(terms),
        }),
        options: operator("clerk-1"),
    };
    let mut client = PolicyServiceClient::new(world.clerk());
    client.publish_policy(request).await.map(drop)
}

fn reader(world: &World) -> PolicyServiceClient<Connection> {
    PolicyServiceClient::new(world.reader())
}

async fn get(world: &World, code: &str, which: Option<Which>) -> Result<PolicyRecord, Status> {
    let request = GetPolicyRequest {
        insurer: String::new(),
        policy_code: code.to_owned(),
        which,
    };
    let answer = reader(world).get_policy(request).await?;
    Ok(answer.into_inner().policy.unwrap())
}

async fn list(
    world: &World,
    page_size: u32,
    page_token: &str,
) -> Result<ListPoliciesResponse, Status> {
    let request = ListPoliciesRequest {
        insurer: String::new(),
        page_size,
        page_token: page_token.to_owned(),
    };
    let answer = reader(world).list_policies(request).await?;
    Ok(answer.into_inner())
}

pub(super) async fn are_published_in_versions_and_found_by_date(world: &World) {
    let today = terms().from_date;
    let next_year = today + 10_000;
    publish(world, POLICY, terms()).await.unwrap();
    let from_next_year = PolicyTerms {
        from_date: next_year,
        deductible_fen: 200,
        ..terms()
    };
    publish(world, POLICY, from_next_year).await.unwrap();
    let past = PolicyTerms {
        from_date: today - 10_000,
        ..terms()
    };
    let (code, detail) = refusal(publish(world, POLICY, past).await);
    assert_eq!((code, detail.code), (Code::FailedPrecondition, 1301));

    let by = [
        (None, 1),
        (Some(Which::Version(2)), 2),
        (Some(Which::OnDate(today)), 1),
        (Some(Which::OnDate(next_year)), 2),
    ];
    for (which, version) in by {
        let found = get(world, POLICY, which).await.unwrap();
        assert_eq!(found.version, version, "{which:?}");
    }
    for which in [Which::Version(3), Which::OnDate(today - 10_000)] {
        let (code, detail) = refusal(get(world, POLICY, Some(which)).await);
        assert_eq!((code, detail.code), (Code::NotFound, 9520));
    }
    publish(world, "AID", terms()).await.unwrap();
    let mut listed = Vec::new();
    let mut token = String::new();
    for _ in 0..3 {
        let page = list(world, 1, &token).await.unwrap();
        let [policy] = page.policies.try_into().unwrap();
        listed.push((policy.policy_code, policy.version));
        token = page.next_page_token;
    }
    assert_eq!(token, "");
    let told = [(POLICY, 2), (POLICY, 1), ("AID", 1)];
    assert_eq!(
        listed,
        told.map(|(code, version)| (code.to_owned(), version))
    );
    malformed_ones_name_their_field(world).await;
}

async fn malformed_ones_name_their_field(world: &World) {
    let no_tiers = PolicyTerms {
        tiers: Vec::new(),
        ..terms()
    };
    let above_all = PolicyTerms {
        tiers: vec![PolicyTier {
            from_fen: 0,
            ratio: 10_001,
        }],
        ..terms()
    };
    let no_limit = PolicyTerms {
        yearly_limit: None,
        ..terms()
    };
    let malformed = [
        (no_tiers, "tiers"),
        (above_all, "ratio"),
        (no_limit, "yearly_limit"),
    ];
    for (terms, field) in malformed {
        let (code, detail) = refusal(publish(world, POLICY, terms).await);
        assert_eq!(code, Code::InvalidArgument);
        assert!(detail.arguments[0].contains(field), "{detail:?}");
    }
    let asked = get(world, POLICY, Some(Which::OnDate(1))).await;
    assert_eq!(refusal(asked).1.field, "on_date");
    let asked = get(world, "a b", None).await;
    assert_eq!(refusal(asked).1.field, "policy_code");
    assert_eq!(refusal(list(world, 501, "").await).1.field, "page_size");
    assert_eq!(refusal(list(world, 1, "zz").await).1.field, "page_token");
}
