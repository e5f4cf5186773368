//! The story of medical reimbursement (docs/DOMAIN.md §1) as one closed loop: settlement, receipt,
//! authorisation, claim, computation, payout, booking and feedback to finance.
//!
//! ```text
//!   founding ─► issuing ─► policy ─► claim ─► reading ─► decision ─► payout ─► second payer ─► holder ─► ending
//! ```

mod claim;
mod decision;
mod ending;
mod holder;
mod issuing;
mod payout;
mod policy;
mod reading;
mod second_payer;

use std::time::Duration;

use piaolian_proto::v1::{ClaimView, GetClaimRequest, ReceiptStatus, ReceiptView};

use super::{
    Failed, Stage, Who,
    client::{Client, Presented},
    common::founding,
    wait::until,
};

/// How long a node may be behind another.
const FOLLOW_TIMEOUT: Duration = Duration::from_secs(20);
/// The number of the claim that the story follows.
const CLAIM: &str = "YB-2026-000317";
/// The commercial insurer's.
const FAST_CLAIM: &str = "KP-88001";
/// The insurer's policy, and the commercial insurer's.
const POLICY: &str = "DB-2026";
const FAST_POLICY: &str = "SB-KP-2026";

pub(super) async fn play(stage: &mut Stage) -> Result<(), Failed> {
    founding::play(stage, &Who::MEDICAL).await?;
    let stays = issuing::play(stage).await?;
    policy::play(stage).await?;
    claim::play(stage, &stays).await?;
    reading::play(stage, &stays).await?;
    decision::play(stage, &stays).await?;
    payout::play(stage, &stays).await?;
    second_payer::play(stage, &stays).await?;
    holder::play(stage, &stays).await?;
    ending::play(stage, &stays).await
}

/// The claim as an insurer's node has it.
async fn view(insurer: &Client, number: &str) -> Result<ClaimView, Failed> {
    let request = GetClaimRequest {
        insurer: String::new(),
        claim_number: number.to_owned(),
    };
    let answer = insurer.claims().get_claim(request).await;
    let answer = answer.map_err(Failed::unanswered("the claim"))?;
    answer
        .into_inner()
        .claim
        .ok_or_else(|| Failed::absent("claim"))
}

/// What a kind of fund may still reimburse of a receipt.
fn left(view: &ReceiptView, who: Who) -> i64 {
    let of_fund = view
        .claimable
        .iter()
        .find(|claimable| claimable.fund_kind() == who.fund());
    of_fund.map_or(0, |claimable| claimable.amount_fen)
}

/// Waits until an organisation's node has every receipt in a status: it may be a block
/// behind the one that was told. Whether it came to that.
async fn until_status(
    client: &Client,
    stays: &[Presented],
    status: ReceiptStatus,
) -> Result<bool, Failed> {
    until("every node to follow", FOLLOW_TIMEOUT, async || {
        let seen = views(client, stays).await?;
        Ok(seen
            .iter()
            .all(|view| view.status() == status)
            .then_some(true))
    })
    .await
}

/// Every receipt as an organisation's node has it.
async fn views(client: &Client, stays: &[Presented]) -> Result<Vec<ReceiptView>, Failed> {
    let mut views = Vec::with_capacity(stays.len());
    for stay in stays {
        views.push(client.receipt(&stay.receipt).await?);
    }
    Ok(views)
}
