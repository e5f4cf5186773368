//! The insurer publishes on chain how it reimburses before any claim is filed.

use piaolian_base::clock;
use piaolian_contracts::types::BeijingDate;
use piaolian_proto::v1::{
    ConsentPolicy, ConsentPolicyRequest, PolicyBase, PolicyTerms, PolicyTier, PublishPolicy,
    PublishPolicyRequest, policy_terms::YearlyLimit,
};
use tonic::Response;

use super::POLICY;
use crate::demo::{DemoError, Harness, Member};

/// Deductible (起付线) and cap (封顶线) per person and year, fen.
pub(super) const DEDUCTIBLE: i64 = 50_000;
const CAP: i64 = 20_000_000;
/// Tiers: lower bound above the deductible, fen, and share paid from there on, parts per 10,000.
pub(super) const TIERS: [(i64, u32); 3] = [(0, 6_000), (200_000, 7_000), (1_000_000, 8_500)];

pub(super) async fn run(harness: &mut Harness) -> Result<(), DemoError> {
    harness.report.chapter("Policy · 报销政策");
    let insurer = harness.network.client(Member::Insurer)?;
    harness.report.begin(format!(
        "The insurer publishes policy {POLICY}: deductible, cap and three tiers"
    ));
    let tiers = TIERS.map(|(from_fen, ratio)| PolicyTier { from_fen, ratio });
    let terms = PolicyTerms {
        fund_kind: Member::Insurer.fund().into(),
        from_date: BeijingDate::at(clock::now()).get(),
        deductible_fen: DEDUCTIBLE,
        yearly_limit: Some(YearlyLimit::CapFen(CAP)),
        tiers: tiers.to_vec(),
        tiers_accumulate: true,
        base: PolicyBase::Remaining.into(),
        receipt_kinds: vec!["0601".to_owned(), "0602".to_owned()],
        filing_days_max: 365,
        plan_code: POLICY.to_owned(),
        admission_deductibles: Vec::new(),
    };
    let request = PublishPolicyRequest {
        publish_policy: Some(PublishPolicy {
            policy_code: POLICY.to_owned(),
            terms: Some(terms),
        }),
        options: insurer.options(),
    };
    let answer = insurer.policies().publish_policy(request).await;
    harness.report.accepted(answer.map(Response::into_inner))?;
    consent(harness).await
}

/// The policy begins on the day on which it is published, in haste: it applies to nothing before finance consents.
async fn consent(harness: &mut Harness) -> Result<(), DemoError> {
    let finance = harness.network.client(Member::Finance)?;
    harness
        .report
        .begin("It begins today, so it waits for finance's consent".to_owned());
    harness.network.wait_until_level().await?;
    let request = ConsentPolicyRequest {
        consent_policy: Some(ConsentPolicy {
            insurer: Member::Insurer.id().to_string(),
            policy_code: POLICY.to_owned(),
            version: 1,
            reason: "decided for the new year of the plan".to_owned(),
        }),
        options: finance.options(),
    };
    let answer = finance.policies().consent_policy(request).await;
    harness.report.accepted(answer.map(Response::into_inner))?;
    Ok(())
}
