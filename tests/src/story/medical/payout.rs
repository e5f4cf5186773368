//! The bank pays; in the same block the receipts are booked and finance hears of it.

use std::time::{Duration, Instant};

use piaolian_base::clock;
use piaolian_proto::v1::{
    ClaimStatus, ConfirmPayout, ConfirmPayoutRequest, ConfirmPayoutResponse, PayoutFailed,
    PayoutPaid, ReceiptStatus, SubscribeRequest, confirm_payout::Result as Said,
    subscribe_request::Start, subscribe_response::Message as Told,
};
use tokio::time::timeout;
use tonic::{Response, Status};

use super::{
    CLAIM,
    decision::{SELF_PAID, decide},
    left, view, views,
};
use crate::story::{
    Failed, Stage, Who,
    client::{Client, Presented},
    display::{receipt, standing, yuan},
};

/// How long finance may take to hear of a booking.
const FEEDBACK_TIMEOUT: Duration = Duration::from_secs(20);

pub(super) async fn play(stage: &mut Stage, stays: &[Presented]) -> Result<(), Failed> {
    stage
        .report
        .chapter("Payout, booking, feedback · 支付、入账、反馈");
    let insurer = stage.network.client(Who::Insurer)?;
    let bank = stage.network.client(Who::Bank)?;
    fails(stage, &bank, &insurer, stays).await?;

    stage.report.begin("The insurer decides again");
    let answer = decide(&insurer, CLAIM, stays.len(), SELF_PAID).await;
    let claim = stage.report.accepted(answer)?.claim;
    let total = claim
        .and_then(|claim| claim.record)
        .and_then(|record| record.decision)
        .map_or(0, |decision| decision.total_fen);
    pays(stage, &bank, stays, total).await
}

async fn fails(
    stage: &mut Stage,
    bank: &Client,
    insurer: &Client,
    stays: &[Presented],
) -> Result<(), Failed> {
    stage
        .report
        .begin("The account is closed: the payout fails");
    let failed = Said::Failed(PayoutFailed {
        reason: "account closed".to_owned(),
    });
    let answer = confirm(bank, CLAIM, 1, "ZF-0001", failed).await;
    stage.report.accepted(answer)?;

    stage.report.begin("Its amounts are free again");
    let reserved: i64 = views(bank, stays)
        .await?
        .iter()
        .flat_map(|view| view.record.clone().unwrap_or_default().reservations)
        .map(|reservation| reservation.amount_fen)
        .sum();
    stage.network.level().await?;
    let status = view(insurer, CLAIM).await?.status();
    let happened = format!("reserved {}, claim {}", yuan(reserved), standing(status));
    stage.report.seen(
        "nothing is reserved, the claim may be decided again",
        [happened],
        reserved == 0 && status == ClaimStatus::PayoutFailed,
    )
}

async fn pays(
    stage: &mut Stage,
    bank: &Client,
    stays: &[Presented],
    total: i64,
) -> Result<(), Failed> {
    let finance = stage.network.client(Who::Finance)?;
    let mut events = finance.subscribe("ConfirmPayout").await?;
    stage
        .report
        .begin(format!("The bank pays {} and confirms", yuan(total)));
    let paid = Said::Paid(PayoutPaid {
        amount_fen: total,
        paid_ms: clock::now().as_ms(),
    });
    let began = Instant::now();
    let answer = confirm(bank, CLAIM, 2, "ZF-0002", paid.clone()).await;
    stage.report.accepted(answer)?;

    stage
        .report
        .begin("Finance hears of every booking as it happens");
    let mut heard = Vec::new();
    while heard.len() < stays.len() {
        let next = timeout(FEEDBACK_TIMEOUT, events.message()).await;
        let late = |_| Failed::Otherwise("finance heard nothing".to_owned());
        let told = next.map_err(late)?;
        let told = told.map_err(Failed::unanswered("finance's events"))?;
        if let Some(Told::Event(event)) = told.and_then(|told| told.message) {
            heard.push(event.receipt.unwrap_or_default());
        }
    }
    let all = stays.iter().all(|stay| heard.contains(&stay.receipt));
    let happened = format!(
        "{} bookings, {:.0} ms after the bank's word",
        heard.len(),
        began.elapsed().as_secs_f64() * 1_000.0
    );
    stage
        .report
        .seen("one event for each receipt", [happened], all)?;
    booked(stage, bank, stays, total).await?;

    stage
        .report
        .begin("The bank says it again, as after a lost answer");
    let again = confirm(bank, CLAIM, 2, "ZF-0002", paid).await;
    stage.report.accepted(again)?;
    Ok(())
}

async fn booked(
    stage: &mut Stage,
    bank: &Client,
    stays: &[Presented],
    total: i64,
) -> Result<(), Failed> {
    stage
        .report
        .begin("The receipts are booked, and no longer locked");
    let seen = views(bank, stays).await?;
    let booked: i64 = seen.iter().map(|view| view.booked_fen).sum();
    let unlocked = seen.iter().all(|view| !view.locked);
    let lines = stays.iter().zip(&seen).map(|(stay, view)| {
        format!(
            "{}: booked {}, left {}",
            receipt(&stay.receipt),
            yuan(view.booked_fen),
            yuan(left(view, Who::SecondInsurer)),
        )
    });
    let lines: Vec<String> = lines.collect();
    let status = seen
        .iter()
        .all(|view| view.status() == ReceiptStatus::PartlyReimbursed);
    stage.report.seen(
        "what was paid is booked; the rest is left for the next payer",
        lines,
        booked == total && unlocked && status,
    )
}

/// The bank's word on a payout.
pub(super) async fn confirm(
    bank: &Client,
    claim: &str,
    payout_number: u32,
    reference: &str,
    said: Said,
) -> Result<ConfirmPayoutResponse, Status> {
    confirm_for(bank, Who::Insurer, claim, payout_number, reference, said).await
}

/// The same, for another insurer.
pub(super) async fn confirm_for(
    bank: &Client,
    insurer: Who,
    claim: &str,
    payout_number: u32,
    reference: &str,
    said: Said,
) -> Result<ConfirmPayoutResponse, Status> {
    let request = ConfirmPayoutRequest {
        confirm_payout: Some(ConfirmPayout {
            insurer: insurer.id().to_string(),
            claim_number: claim.to_owned(),
            payout_number,
            bank_reference: reference.to_owned(),
            result: Some(said),
        }),
        options: bank.options(),
    };
    let answer = bank.claims().confirm_payout(request).await;
    answer.map(Response::into_inner)
}

impl Client {
    /// Subscribes to the events of one action from now on.
    async fn subscribe(
        &self,
        action: &str,
    ) -> Result<tonic::Streaming<piaolian_proto::v1::SubscribeResponse>, Failed> {
        let request = SubscribeRequest {
            start: Some(Start::FromNow(true)),
            actions: vec![action.to_owned()],
            ..SubscribeRequest::default()
        };
        let answer = self.events().subscribe(request).await;
        let answer = answer.map_err(Failed::unanswered("finance's events"))?;
        Ok(answer.into_inner())
    }
}
