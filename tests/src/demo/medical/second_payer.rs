//! A commercial insurer pays part of the rest in the same way with its own policy (商保快赔).

use piaolian_base::clock;
use piaolian_contracts::types::BeijingDate;
use piaolian_proto::v1::{
    ClaimStatus, ConfirmReturn, ConfirmReturnRequest, CorrectClaim, CorrectClaimRequest,
    PayoutPaid, PolicyBase, PolicyTerms, PolicyTier, PublishPolicy, PublishPolicyRequest,
    confirm_payout::Result as Said, policy_terms::YearlyLimit,
};
use tonic::Response;

use super::{
    FAST_CLAIM, FAST_POLICY, claim::file, decision::decide, holder, left, payout::confirm_for,
    view, views,
};
use crate::demo::{
    DemoError, Harness, Member,
    client::{Client, Presented},
    common::joining,
    display::{capital, claim_status, yuan},
};

/// Share of the rest that the commercial insurer pays, parts per 10,000.
const RATIO: u32 = 9_000;

pub(super) async fn run(harness: &mut Harness, stays: &[Presented]) -> Result<(), DemoError> {
    harness.report.chapter("The second payer · 商保快赔");
    joining::run(harness, Member::SecondInsurer).await?;
    let insurer = harness.network.client(Member::SecondInsurer)?;
    let bank = harness.network.client(Member::Bank)?;
    publish(harness, &insurer).await?;
    holder::authorise(harness, Member::SecondInsurer, stays).await?;
    harness.network.wait_until_level().await?;
    let rest: i64 = views(&bank, stays)
        .await?
        .iter()
        .map(|view| left(view, Member::SecondInsurer))
        .sum();

    harness
        .report
        .begin("It files and decides: nine tenths of what is left");
    let filed = file(&insurer, FAST_CLAIM, FAST_POLICY, stays).await;
    filed.map_err(DemoError::no_answer("filing"))?;
    let decided = decide(&insurer, FAST_CLAIM, stays.len(), 0).await;
    let total = harness
        .report
        .accepted(decided)?
        .claim
        .and_then(|claim| claim.record)
        .and_then(|record| record.decision)
        .map_or(0, |decision| decision.total_fen);

    harness.report.begin(format!(
        "The bank pays {} of {} left",
        yuan(total),
        yuan(rest)
    ));
    let paid = Said::Paid(PayoutPaid {
        amount_fen: total,
        paid_ms: clock::now().as_ms(),
    });
    let member = Member::SecondInsurer;
    let answer = confirm_for(&bank, member, FAST_CLAIM, 1, "ZF-0003", paid).await;
    harness.report.accepted(answer)?;

    harness
        .report
        .begin("Together the payers paid no more than there was");
    let seen = views(&bank, stays).await?;
    let after: i64 = seen.iter().map(|view| left(view, member)).sum();
    // Each receipt is rounded once, so the sum differs by at most a fen per receipt.
    let tenth = (rest * i64::from(RATIO) + 5_000) / 10_000;
    let near = (total - tenth).abs() <= 1;
    let happened = format!("left {} of {}", yuan(after), yuan(rest));
    harness.report.check(
        "nine tenths of the rest are booked",
        [happened],
        near && after == rest - total,
    )?;
    correct(harness, &insurer, &bank, stays, rest).await
}

async fn publish(harness: &mut Harness, insurer: &Client) -> Result<(), DemoError> {
    harness
        .report
        .begin(format!("It publishes its own policy, {FAST_POLICY}"));
    let terms = PolicyTerms {
        fund_kind: Member::SecondInsurer.fund().into(),
        from_date: BeijingDate::at(clock::now()).get(),
        yearly_limit: Some(YearlyLimit::Uncapped(true)),
        tiers: vec![PolicyTier {
            from_fen: 0,
            ratio: RATIO,
        }],
        base: PolicyBase::Remaining.into(),
        plan_code: FAST_POLICY.to_owned(),
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
    harness.report.accepted(answer.map(Response::into_inner))?;
    Ok(())
}

/// The policy had lapsed, so the patient repays the money.
async fn correct(
    harness: &mut Harness,
    insurer: &Client,
    bank: &Client,
    stays: &[Presented],
    rest: i64,
) -> Result<(), DemoError> {
    harness
        .report
        .begin("The commercial insurer corrects its claim: it had been paid by mistake");
    let request = CorrectClaimRequest {
        correct_claim: Some(CorrectClaim {
            claim_number: FAST_CLAIM.to_owned(),
            reason: "policy had lapsed".to_owned(),
            reviewer: insurer.reviewer().to_owned(),
            ..CorrectClaim::default()
        }),
        options: insurer.options(),
    };
    let answer = insurer.claims().correct_claim(request).await;
    harness.report.accepted(answer.map(Response::into_inner))?;

    harness.network.wait_until_level().await?;
    for (place, view) in views(bank, stays).await?.into_iter().enumerate() {
        let record = view.record.unwrap_or_default();
        let own = record.bookings.into_iter();
        for booking in own.filter(|own| own.voucher_number == FAST_CLAIM) {
            let repaid = capital(&format!(
                "the patient repays {}: the bank confirms the return, which closes the recovery",
                yuan(booking.amount_fen)
            ));
            harness.report.begin(repaid);
            let request = ConfirmReturnRequest {
                confirm_return: Some(ConfirmReturn {
                    bank_reference: format!("TH-{place:04}"),
                    receipt: record.receipt.clone(),
                    payer: booking.payer,
                    voucher_number: booking.voucher_number,
                    payout_number: booking.payout_number,
                    amount_fen: booking.amount_fen,
                    returned_ms: booking.time_ms,
                }),
                options: bank.options(),
            };
            let answer = bank.claims().confirm_return(request).await;
            harness.report.accepted(answer.map(Response::into_inner))?;
        }
    }

    harness
        .report
        .begin("What it had booked may be claimed again");
    harness.network.wait_until_level().await?;
    let seen = views(bank, stays).await?;
    let free: i64 = seen
        .iter()
        .map(|view| left(view, Member::SecondInsurer))
        .sum();
    let status = view(insurer, FAST_CLAIM).await?.status();
    let happened = format!("left {}, claim {}", yuan(free), claim_status(status));
    harness.report.check(
        "as before the claim",
        [happened],
        free == rest && status == ClaimStatus::Corrected,
    )
}
