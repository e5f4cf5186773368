//! A commercial insurer pays of what is left: the same path, its own policy (商保快赔).

use piaolian_base::clock;
use piaolian_contracts::types::BeijingDate;
use piaolian_proto::v1::{
    ClaimStatus, CorrectClaim, CorrectClaimRequest, PayoutPaid, PolicyBase, PolicyTerms,
    PolicyTier, PublishPolicy, PublishPolicyRequest, confirm_payout::Result as Said,
    policy_terms::YearlyLimit,
};
use tonic::Response;

use super::{
    FAST_CLAIM, FAST_POLICY, claim::file, decision::decide, holder, left, payout::confirm_for,
    view, views,
};
use crate::story::{
    Failed, Stage, Who,
    client::{Client, Presented},
    common::joining,
    display::{standing, yuan},
};

/// What the commercial insurer pays of the rest, parts per 10,000.
const RATIO: u32 = 9_000;

pub(super) async fn play(stage: &mut Stage, stays: &[Presented]) -> Result<(), Failed> {
    stage.report.chapter("The second payer · 商保快赔");
    joining::play(stage, Who::SecondInsurer).await?;
    let insurer = stage.network.client(Who::SecondInsurer)?;
    let bank = stage.network.client(Who::Bank)?;
    publish(stage, &insurer).await?;
    holder::authorise(stage, Who::SecondInsurer, stays).await?;
    stage.network.level().await?;
    let rest: i64 = views(&bank, stays)
        .await?
        .iter()
        .map(|view| left(view, Who::SecondInsurer))
        .sum();

    stage
        .report
        .begin("It files and decides: nine tenths of what is left");
    let filed = file(&insurer, FAST_CLAIM, FAST_POLICY, stays).await;
    filed.map_err(Failed::unanswered("filing"))?;
    let decided = decide(&insurer, FAST_CLAIM, stays.len(), 0).await;
    let total = stage
        .report
        .accepted(decided)?
        .claim
        .and_then(|claim| claim.record)
        .and_then(|record| record.decision)
        .map_or(0, |decision| decision.total_fen);

    stage.report.begin(format!(
        "The bank pays {} of {} left",
        yuan(total),
        yuan(rest)
    ));
    let paid = Said::Paid(PayoutPaid {
        amount_fen: total,
        paid_ms: clock::now().as_ms(),
    });
    let who = Who::SecondInsurer;
    let answer = confirm_for(&bank, who, FAST_CLAIM, 1, "ZF-0003", paid).await;
    stage.report.accepted(answer)?;

    stage
        .report
        .begin("Together the payers paid no more than there was");
    let seen = views(&bank, stays).await?;
    let after: i64 = seen.iter().map(|view| left(view, who)).sum();
    // Each receipt is rounded once, so the sum is within a fen of each.
    let tenth = (rest * i64::from(RATIO) + 5_000) / 10_000;
    let near = (total - tenth).abs() <= 1;
    let happened = format!("left {} of {}", yuan(after), yuan(rest));
    stage.report.seen(
        "nine tenths of the rest are booked",
        [happened],
        near && after == rest - total,
    )?;
    correct(stage, &insurer, &bank, stays, rest).await
}

async fn publish(stage: &mut Stage, insurer: &Client) -> Result<(), Failed> {
    stage
        .report
        .begin(format!("It publishes its own policy, {FAST_POLICY}"));
    let terms = PolicyTerms {
        fund_kind: Who::SecondInsurer.fund().into(),
        from_date: BeijingDate::at(clock::now()).get(),
        yearly_limit: Some(YearlyLimit::Uncapped(true)),
        tiers: vec![PolicyTier {
            from_fen: 0,
            ratio: RATIO,
        }],
        base: PolicyBase::Remaining.into(),
        ..PolicyTerms::default()
    };
    let request = PublishPolicyRequest {
        publish_policy: Some(PublishPolicy {
            policy_code: FAST_POLICY.to_owned(),
            terms: Some(terms),
        }),
        options: insurer.options(),
    };
    let answer = insurer.policies().publish_policy(request).await;
    stage.report.accepted(answer.map(Response::into_inner))?;
    Ok(())
}

/// The policy had lapsed: the patient gave the money back.
async fn correct(
    stage: &mut Stage,
    insurer: &Client,
    bank: &Client,
    stays: &[Presented],
    rest: i64,
) -> Result<(), Failed> {
    stage
        .report
        .begin("The commercial insurer corrects its claim: it had been paid by mistake");
    let request = CorrectClaimRequest {
        correct_claim: Some(CorrectClaim {
            claim_number: FAST_CLAIM.to_owned(),
            reason: "policy had lapsed; money returned".to_owned(),
            reviewer: insurer.reviewer().to_owned(),
        }),
        options: insurer.options(),
    };
    let answer = insurer.claims().correct_claim(request).await;
    stage.report.accepted(answer.map(Response::into_inner))?;

    stage
        .report
        .begin("What it had booked may be claimed again");
    stage.network.level().await?;
    let seen = views(bank, stays).await?;
    let free: i64 = seen.iter().map(|view| left(view, Who::SecondInsurer)).sum();
    let status = view(insurer, FAST_CLAIM).await?.status();
    let happened = format!("left {}, claim {}", yuan(free), standing(status));
    stage.report.seen(
        "as before the claim",
        [happened],
        free == rest && status == ClaimStatus::Corrected,
    )
}
