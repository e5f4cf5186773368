//! The scenario of medical reimbursement (docs/DOMAIN.md §1) as one closed loop: settlement, receipt,
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
    DemoError, Harness, Member,
    client::{Client, Presented},
    common::founding,
    wait::until,
};

/// Longest time a node may be behind another.
const FOLLOW_TIMEOUT: Duration = Duration::from_secs(20);
/// Number of the claim that the scenario follows.
const CLAIM: &str = "YB-2026-000317";
/// Number of the commercial insurer's claim.
const FAST_CLAIM: &str = "KP-88001";
/// Policies of the insurer and of the commercial insurer.
const POLICY: &str = "DB-2026";
const FAST_POLICY: &str = "SB-KP-2026";

pub(super) async fn run(harness: &mut Harness) -> Result<(), DemoError> {
    founding::run(harness, &Member::MEDICAL).await?;
    let stays = issuing::run(harness).await?;
    policy::run(harness).await?;
    claim::run(harness, &stays).await?;
    reading::run(harness, &stays).await?;
    decision::run(harness, &stays).await?;
    payout::run(harness, &stays).await?;
    second_payer::run(harness, &stays).await?;
    holder::run(harness, &stays).await?;
    ending::run(harness, &stays).await
}

/// The claim as read from an insurer's node.
async fn view(insurer: &Client, number: &str) -> Result<ClaimView, DemoError> {
    let request = GetClaimRequest {
        insurer: String::new(),
        claim_number: number.to_owned(),
    };
    let answer = insurer.claims().get_claim(request).await;
    let answer = answer.map_err(DemoError::no_answer("the claim"))?;
    answer
        .into_inner()
        .claim
        .ok_or_else(|| DemoError::missing("claim"))
}

/// Amount of a receipt that a kind of fund may still reimburse.
fn left(view: &ReceiptView, member: Member) -> i64 {
    let of_fund = view
        .claimable
        .iter()
        .find(|claimable| claimable.fund_kind() == member.fund());
    of_fund.map_or(0, |claimable| claimable.amount_fen)
}

/// Waits until an organisation's node has every receipt in a status, as it may be a block behind
/// the node that was told. False if it never does.
async fn until_status(
    client: &Client,
    stays: &[Presented],
    status: ReceiptStatus,
) -> Result<bool, DemoError> {
    until("every node to follow", FOLLOW_TIMEOUT, async || {
        let seen = views(client, stays).await?;
        Ok(seen
            .iter()
            .all(|view| view.status() == status)
            .then_some(true))
    })
    .await
}

/// Every receipt as read from an organisation's node.
async fn views(client: &Client, stays: &[Presented]) -> Result<Vec<ReceiptView>, DemoError> {
    let mut views = Vec::with_capacity(stays.len());
    for stay in stays {
        views.push(client.receipt(&stay.receipt).await?);
    }
    Ok(views)
}
