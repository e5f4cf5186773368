//! The patient (持票人), who has no node, finds all receipts at finance's portal.

use std::time::Duration;

use piaolian_base::clock;
use piaolian_contracts::chain::Hash;
use piaolian_proto::v1::{
    AuthoriseGranteeRequest, ClaimStatus, CollectReceiptsRequest, CollectReceiptsResponse,
    GrantPurpose, Holder, HolderClaim, ReceiptId,
};
use tokio::time::sleep;

use super::{CLAIM, FAST_CLAIM, claim::CONSENT_MS};
use crate::demo::{
    DemoError, Harness, Member,
    client::{Client, Presented},
    display::{claim_status, receipt, yuan},
};

/// Interval between queries while finance's index may be behind.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// Most queries; finance refuses a person after ten that found nothing.
const QUESTIONS_MAX: usize = 8;

/// Name of the portal's login at finance's node.
const PORTAL: &str = "portal-1";

/// The patient finds every stay and authorises a payer for all of them at once.
pub(super) async fn authorise(
    harness: &mut Harness,
    grantee: Member,
    stays: &[Presented],
) -> Result<(), DemoError> {
    let finance = harness.network.client(Member::Finance)?;
    let patient = patient(harness)?;
    harness
        .report
        .begin("The patient asks finance's portal for all receipts");
    let found = collect_all(&finance, &patient, stays.len()).await?;
    let numbers = receipts(&found);
    let all_stays = stays.iter().all(|stay| numbers.contains(&stay.receipt));
    let lines = numbers.iter().map(receipt).collect::<Vec<_>>();
    harness
        .report
        .check("both stays are among them", lines, all_stays)?;

    harness
        .report
        .begin("Somebody asks with the patient's number under another name");
    let stranger = Holder {
        name: "another".to_owned(),
        ..patient.clone()
    };
    let none = collect(&finance, &stranger).await?.receipts.is_empty();
    harness
        .report
        .check("nothing is shown", ["nothing".to_owned()], none)?;

    harness.report.begin(format!(
        "The patient authorises {} for both; finance records it",
        grantee.title()
    ));
    let request = AuthoriseGranteeRequest {
        holder: Some(patient),
        receipts: stays.iter().map(|stay| stay.receipt.clone()).collect(),
        grantee: grantee.id().to_string(),
        purpose: GrantPurpose::Claim.into(),
        expires_ms: clock::now().after_ms(CONSENT_MS).as_ms(),
        consent_hash: Hash::sha256(&[b"consent given at the portal"]).into(),
        onward: false,
        without_details: false,
        options: finance.options(),
    };
    let answer = finance.holders().authorise_grantee(request).await;
    let answer = answer.map_err(DemoError::no_answer("the authorisation"))?;
    let answers = answer.into_inner().receipts;
    let lines = answers.iter().map(|answer| {
        let told = receipt(answer.receipt.as_ref().unwrap_or(&ReceiptId::default()));
        match &answer.refusal {
            None => format!("{told}: authorised"),
            Some(refusal) => format!("{told}: {}", refusal.message_en),
        }
    });
    let lines = lines.collect::<Vec<_>>();
    let accepted = answers.iter().filter(|answer| answer.refusal.is_none());
    let all = accepted.count() == stays.len();
    harness.report.check("authorised for both", lines, all)
}

/// The patient sees the status of each claim.
pub(super) async fn run(harness: &mut Harness, stays: &[Presented]) -> Result<(), DemoError> {
    harness.report.chapter("The holder · 持票人");
    let finance = harness.network.client(Member::Finance)?;
    let patient = patient(harness)?;
    harness.network.wait_until_level().await?;
    harness
        .report
        .begin("The patient sees at the portal where the claims stand");
    let found = collect(&finance, &patient).await?;
    let mut lines = Vec::new();
    let mut as_told = true;
    for stay in stays {
        let is_it = |id: &ReceiptId| *id == stay.receipt;
        let place = receipts(&found).iter().position(is_it);
        let claims = place.map(|place| found.receipts[place].claims.as_slice());
        let claims = claims.unwrap_or_default();
        lines.extend(claims.iter().map(|claim| line(stay, claim)));
        let told = claims
            .iter()
            .map(|claim| (claim.claim_number.as_str(), claim.status()));
        as_told &= told.eq([
            (CLAIM, ClaimStatus::Paid),
            (FAST_CLAIM, ClaimStatus::Corrected),
        ]);
    }
    harness
        .report
        .check("one is paid, the other was corrected", lines, as_told)
}

fn line(stay: &Presented, claim: &HolderClaim) -> String {
    format!(
        "{}: {} of {}, {}, {}",
        receipt(&stay.receipt),
        claim.claim_number,
        claim.insurer_name,
        claim_status(claim.status()),
        yuan(claim.fund_fen()),
    )
}

fn patient(harness: &Harness) -> Result<Holder, DemoError> {
    let patient = harness.receipts.patient();
    patient.ok_or_else(|| DemoError::missing("patient"))
}

fn receipts(found: &CollectReceiptsResponse) -> Vec<ReceiptId> {
    let views = found.receipts.iter().filter_map(|it| it.receipt.as_ref());
    let records = views.filter_map(|view| view.record.as_ref());
    records
        .filter_map(|record| record.receipt.clone())
        .collect()
}

async fn collect(finance: &Client, holder: &Holder) -> Result<CollectReceiptsResponse, DemoError> {
    let request = CollectReceiptsRequest {
        holder: Some(holder.clone()),
        operator: PORTAL.to_owned(),
        with_claims: true,
        page_size: 0,
        page_token: String::new(),
    };
    let answer = finance.holders().collect_receipts(request).await;
    Ok(answer
        .map_err(DemoError::no_answer("the holder's receipts"))?
        .into_inner())
}

/// Waits for finance's node, which fetches the details named by blocks after those blocks.
async fn collect_all(
    finance: &Client,
    holder: &Holder,
    count: usize,
) -> Result<CollectReceiptsResponse, DemoError> {
    for _ in 0..QUESTIONS_MAX {
        let found = collect(finance, holder).await?;
        if found.receipts.len() >= count {
            return Ok(found);
        }
        sleep(ASK_EVERY).await;
    }
    Err(DemoError::missing("receipts of the patient"))
}
