//! The bank pays; the same block books the receipts and informs finance.

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
use crate::demo::{
    DemoError, Harness, Member,
    client::{Client, Presented},
    display::{claim_status, receipt, yuan},
};

/// Longest time until finance sees a booking.
const FEEDBACK_TIMEOUT: Duration = Duration::from_secs(20);

pub(super) async fn run(harness: &mut Harness, stays: &[Presented]) -> Result<(), DemoError> {
    harness
        .report
        .chapter("Payout, booking, feedback · 支付、入账、反馈");
    let insurer = harness.network.client(Member::Insurer)?;
    let bank = harness.network.client(Member::Bank)?;
    fails(harness, &bank, &insurer, stays).await?;

    harness.report.begin("The insurer decides again");
    let answer = decide(&insurer, CLAIM, stays.len(), SELF_PAID).await;
    let claim = harness.report.accepted(answer)?.claim;
    let total = claim
        .and_then(|claim| claim.record)
        .and_then(|record| record.decision)
        .map_or(0, |decision| decision.total_fen);
    pays(harness, &bank, stays, total).await
}

async fn fails(
    harness: &mut Harness,
    bank: &Client,
    insurer: &Client,
    stays: &[Presented],
) -> Result<(), DemoError> {
    harness
        .report
        .begin("The account is closed: the payout fails");
    let failed = Said::Failed(PayoutFailed {
        reason: "account closed".to_owned(),
        final_word: true,
    });
    let answer = confirm(bank, CLAIM, 1, "ZF-0001", failed).await;
    harness.report.accepted(answer)?;

    harness.report.begin("Its amounts are free again");
    let reserved: i64 = views(bank, stays)
        .await?
        .iter()
        .flat_map(|view| view.record.clone().unwrap_or_default().reservations)
        .map(|reservation| reservation.amount_fen)
        .sum();
    harness.network.wait_until_level().await?;
    let status = view(insurer, CLAIM).await?.status();
    let happened = format!(
        "reserved {}, claim {}",
        yuan(reserved),
        claim_status(status)
    );
    harness.report.check(
        "nothing is reserved, the claim may be decided again",
        [happened],
        reserved == 0 && status == ClaimStatus::PayoutFailed,
    )
}

async fn pays(
    harness: &mut Harness,
    bank: &Client,
    stays: &[Presented],
    total: i64,
) -> Result<(), DemoError> {
    let finance = harness.network.client(Member::Finance)?;
    let mut events = finance.subscribe("ConfirmPayout").await?;
    harness
        .report
        .begin(format!("The bank pays {} and confirms", yuan(total)));
    let paid = Said::Paid(PayoutPaid {
        amount_fen: total,
        paid_ms: clock::now().as_ms(),
    });
    let began = Instant::now();
    let answer = confirm(bank, CLAIM, 2, "ZF-0002", paid.clone()).await;
    harness.report.accepted(answer)?;

    harness
        .report
        .begin("Finance hears of every booking as it happens");
    let mut heard = Vec::new();
    while heard.len() < stays.len() {
        let next = timeout(FEEDBACK_TIMEOUT, events.message()).await;
        let late = |_| DemoError::Unexpected("finance heard nothing".to_owned());
        let told = next.map_err(late)?;
        let told = told.map_err(DemoError::no_answer("finance's events"))?;
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
    harness
        .report
        .check("one event for each receipt", [happened], all)?;
    booked(harness, bank, stays, total).await?;

    harness
        .report
        .begin("The bank says it again, as after a lost answer");
    let again = confirm(bank, CLAIM, 2, "ZF-0002", paid).await;
    harness.report.accepted(again)?;
    Ok(())
}

async fn booked(
    harness: &mut Harness,
    bank: &Client,
    stays: &[Presented],
    total: i64,
) -> Result<(), DemoError> {
    harness
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
            yuan(left(view, Member::SecondInsurer)),
        )
    });
    let lines: Vec<String> = lines.collect();
    let status = seen
        .iter()
        .all(|view| view.status() == ReceiptStatus::PartlyReimbursed);
    harness.report.check(
        "what was paid is booked; the rest is left for the next payer",
        lines,
        booked == total && unlocked && status,
    )
}

/// Reports the bank's result of a payout.
pub(super) async fn confirm(
    bank: &Client,
    claim: &str,
    payout_number: u32,
    reference: &str,
    said: Said,
) -> Result<ConfirmPayoutResponse, Status> {
    confirm_for(bank, Member::Insurer, claim, payout_number, reference, said).await
}

/// Reports the bank's result of a payout of the given insurer.
pub(super) async fn confirm_for(
    bank: &Client,
    insurer: Member,
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
    ) -> Result<tonic::Streaming<piaolian_proto::v1::SubscribeResponse>, DemoError> {
        let request = SubscribeRequest {
            start: Some(Start::FromNow(true)),
            actions: vec![action.to_owned()],
            ..SubscribeRequest::default()
        };
        let answer = self.events().subscribe(request).await;
        let answer = answer.map_err(DemoError::no_answer("finance's events"))?;
        Ok(answer.into_inner())
    }
}
