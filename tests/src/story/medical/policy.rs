//! The insurer says on chain how it reimburses, before anybody claims.

use piaolian_base::clock;
use piaolian_contracts::types::BeijingDate;
use piaolian_proto::v1::{
    PolicyBase, PolicyTerms, PolicyTier, PublishPolicy, PublishPolicyRequest,
    policy_terms::YearlyLimit,
};
use tonic::Response;

use super::POLICY;
use crate::story::{Failed, Stage, Who};

/// 起付线 and 封顶线 of a person and year, fen.
pub(super) const DEDUCTIBLE: i64 = 50_000;
const CAP: i64 = 20_000_000;
/// From this much above the deductible on, fen, so many parts per 10,000 are paid.
pub(super) const TIERS: [(i64, u32); 3] = [(0, 6_000), (200_000, 7_000), (1_000_000, 8_500)];

pub(super) async fn play(stage: &mut Stage) -> Result<(), Failed> {
    stage.report.chapter("Policy · 报销政策");
    let insurer = stage.network.client(Who::Insurer)?;
    stage.report.begin(format!(
        "The insurer publishes policy {POLICY}: deductible, cap and three tiers"
    ));
    let tiers = TIERS.map(|(from_fen, ratio)| PolicyTier { from_fen, ratio });
    let terms = PolicyTerms {
        fund_kind: Who::Insurer.fund().into(),
        from_date: BeijingDate::at(clock::now()).get(),
        deductible_fen: DEDUCTIBLE,
        yearly_limit: Some(YearlyLimit::CapFen(CAP)),
        tiers: tiers.to_vec(),
        tiers_accumulate: true,
        base: PolicyBase::Remaining.into(),
        receipt_kinds: vec!["0601".to_owned(), "0602".to_owned()],
        filing_days_max: 365,
    };
    let request = PublishPolicyRequest {
        publish_policy: Some(PublishPolicy {
            policy_code: POLICY.to_owned(),
            terms: Some(terms),
        }),
        options: insurer.options(),
    };
    let answer = insurer.policies().publish_policy(request).await;
    stage.report.accepted(answer.map(Response::into_inner))?;
    Ok(())
}
