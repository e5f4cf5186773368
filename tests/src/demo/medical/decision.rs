//! The ledger computes the reimbursement; the scenario computes the same independently.

use piaolian_contracts::chain::Hash;
use piaolian_proto::v1::{
    Assessment, ClaimApproval, ClaimStatus, DecideClaim, DecideClaimRequest, DecideClaimResponse,
    Reimbursement, decide_claim::Verdict,
};
use tonic::{Response, Status};

use super::{
    CLAIM, left,
    policy::{DEDUCTIBLE, TIERS},
    views,
};
use crate::demo::{
    DemoError, Harness, Member,
    client::{Client, Presented},
    display::{receipt, yuan},
    rules,
};

/// Amount of each receipt that the clerk assesses as fully self-paid, fen.
pub(super) const SELF_PAID: i64 = 10_000;

pub(super) async fn run(harness: &mut Harness, stays: &[Presented]) -> Result<(), DemoError> {
    harness.report.chapter("Decision · 审核与计算");
    let insurer = harness.network.client(Member::Insurer)?;
    harness.network.wait_until_level().await?;
    let before = views(&insurer, stays).await?;
    let lefts: Vec<i64> = before
        .iter()
        .map(|view| left(view, Member::Insurer))
        .collect();

    harness
        .report
        .begin("The clerk assesses, the reviewer confirms; the ledger computes");
    let answer = decide(&insurer, CLAIM, stays.len(), SELF_PAID).await;
    let answer = harness.report.accepted(answer)?;
    let claim = answer.claim.ok_or_else(|| DemoError::missing("claim"))?;
    let decision = claim.record.clone().unwrap_or_default().decision;
    let decision = decision.ok_or_else(|| DemoError::missing("decision"))?;

    harness
        .report
        .begin("Every step can be explained, and comes to the same by hand");
    let lines: Vec<String> = decision.lines.iter().flat_map(explained).collect();
    let expected = by_hand(&lefts, SELF_PAID);
    let computed: Vec<i64> = decision.lines.iter().map(|line| line.fund_fen).collect();
    let mut sorted = (expected.clone(), computed.clone());
    sorted.0.sort_unstable();
    sorted.1.sort_unstable();
    let sum: i64 = computed.iter().sum();
    harness.report.check(
        "the same amounts, and their sum is the payout order",
        lines,
        expected.iter().sum::<i64>() == sum
            && decision.total_fen == sum
            && sum > 0
            && claim.status() == ClaimStatus::Decided,
    )?;

    harness
        .report
        .begin("While the bank has not paid, the hospital tries to reverse a receipt");
    let hospital = harness.network.client(Member::Hospital)?;
    let answer = hospital
        .reverse(&stays[0].receipt, "CH-ZY-1", "settled again")
        .await;
    let naming = [receipt(&stays[0].receipt), CLAIM.to_owned()];
    harness
        .report
        .rejected(&hospital, rules::RESERVED, &naming, answer)
        .await
}

/// Approves a claim with the same assessment for every receipt.
pub(super) async fn decide(
    insurer: &Client,
    number: &str,
    receipts: usize,
    self_paid_fen: i64,
) -> Result<DecideClaimResponse, Status> {
    let assessment = Assessment {
        fully_self_paid_fen: self_paid_fen,
        ..Assessment::default()
    };
    let approval = ClaimApproval {
        assessments: vec![assessment; receipts],
        bank: Member::Bank.id().to_string(),
        payee_reference: Hash::sha256(&[b"the patient's account, as the bank knows it"]).into(),
        settled_receipts: Vec::new(),
    };
    let request = DecideClaimRequest {
        decide_claim: Some(DecideClaim {
            claim_number: number.to_owned(),
            reviewer: insurer.reviewer().to_owned(),
            verdict: Some(Verdict::Approve(approval)),
        }),
        options: insurer.options(),
    };
    let answer = insurer.claims().decide_claim(request).await;
    answer.map(Response::into_inner)
}

/// Applies the rule of docs/DOMAIN.md §6 to receipts in order, with a yearly deductible and tiers
/// that continue from one receipt to the next.
fn by_hand(lefts: &[i64], self_paid: i64) -> Vec<i64> {
    let (mut met, mut above_before) = (0, 0);
    let mut funds = Vec::new();
    for left in lefts {
        let in_scope = left - self_paid;
        let taken = in_scope.min(DEDUCTIBLE - met);
        met += taken;
        let above = in_scope - taken;
        let mut fund = 0;
        for (place, (from, ratio)) in TIERS.iter().enumerate() {
            let to = TIERS.get(place + 1).map_or(i64::MAX, |(to, _)| *to);
            let begin = above_before.max(*from);
            let end = (above_before + above).min(to);
            if end > begin {
                fund += ((end - begin) * i64::from(*ratio) + 5_000) / 10_000;
            }
        }
        above_before += above;
        funds.push(fund.min(*left));
    }
    funds
}

/// The steps of a receipt's computation as text.
pub(super) fn explained(line: &Reimbursement) -> Vec<String> {
    let id = line.receipt.clone().unwrap_or_default();
    let mut lines = vec![format!(
        "{}: base {}, in scope {}, deductible {} (met before {}), above it {}",
        receipt(&id),
        yuan(line.base_fen),
        yuan(line.in_scope_fen),
        yuan(line.deductible_taken_fen),
        yuan(line.deductible_before_fen),
        yuan(line.above_fen),
    )];
    for tier in &line.tiers {
        lines.push(format!(
            "  {} from {} on at {}.{:02} %: {}",
            yuan(tier.amount_fen),
            yuan(tier.from_fen),
            tier.ratio / 100,
            tier.ratio % 100,
            yuan(tier.fund_fen),
        ));
    }
    lines.push(format!(
        "  fund pays {}, the patient {}",
        yuan(line.fund_fen),
        yuan(line.personal_fen)
    ));
    lines
}
