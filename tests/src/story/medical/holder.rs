//! The patient, who has no node, at finance's portal: all receipts in one place (持票人).

use std::time::Duration;

use piaolian_base::clock;
use piaolian_contracts::chain::Hash;
use piaolian_proto::v1::{
    AuthorisePayerRequest, ClaimStatus, CollectReceiptsRequest, CollectReceiptsResponse,
    GrantPurpose, Holder, HolderClaim, ReceiptId,
};
use tokio::time::sleep;

use super::{CLAIM, FAST_CLAIM, claim::CONSENT_MS};
use crate::story::{
    Failed, Stage, Who,
    client::{Client, Presented},
    display::{receipt, standing, yuan},
};

/// How often finance is asked while its index may be behind; the tenth question without an
/// answer would be the last that it takes.
const ASK_EVERY: Duration = Duration::from_secs(1);
const QUESTIONS_MAX: usize = 8;

/// The portal's login at finance's node.
const PORTAL: &str = "portal-1";

/// The patient finds every stay, and authorises a payer for all of them at once.
pub(super) async fn authorise(
    stage: &mut Stage,
    grantee: Who,
    stays: &[Presented],
) -> Result<(), Failed> {
    let finance = stage.network.client(Who::Finance)?;
    let patient = patient(stage)?;
    stage
        .report
        .begin("The patient asks finance's portal for all receipts");
    let found = collect_all(&finance, &patient, stays.len()).await?;
    let numbers = receipts(&found);
    let all_stays = stays.iter().all(|stay| numbers.contains(&stay.receipt));
    let lines = numbers.iter().map(receipt).collect::<Vec<_>>();
    stage
        .report
        .seen("both stays are among them", lines, all_stays)?;

    stage
        .report
        .begin("Somebody asks with the patient's number under another name");
    let stranger = Holder {
        name: "another".to_owned(),
        ..patient.clone()
    };
    let none = collect(&finance, &stranger).await?.receipts.is_empty();
    stage
        .report
        .seen("nothing is shown", ["nothing".to_owned()], none)?;

    stage.report.begin(format!(
        "The patient authorises {} for both; finance records it",
        grantee.title()
    ));
    let request = AuthorisePayerRequest {
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
    let answer = finance.holders().authorise_payer(request).await;
    let answer = answer.map_err(Failed::unanswered("the authorisation"))?;
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
    stage.report.seen("authorised for both", lines, all)
}

/// The patient sees where each claim stands.
pub(super) async fn play(stage: &mut Stage, stays: &[Presented]) -> Result<(), Failed> {
    stage.report.chapter("The holder · 持票人");
    let finance = stage.network.client(Who::Finance)?;
    let patient = patient(stage)?;
    stage.network.level().await?;
    stage
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
    stage
        .report
        .seen("one is paid, the other was corrected", lines, as_told)
}

fn line(stay: &Presented, claim: &HolderClaim) -> String {
    format!(
        "{}: {} of {}, {}, {}",
        receipt(&stay.receipt),
        claim.claim_number,
        claim.insurer_name,
        standing(claim.status()),
        yuan(claim.fund_fen()),
    )
}

fn patient(stage: &Stage) -> Result<Holder, Failed> {
    let patient = stage.receipts.patient();
    patient.ok_or_else(|| Failed::absent("patient"))
}

fn receipts(found: &CollectReceiptsResponse) -> Vec<ReceiptId> {
    let views = found.receipts.iter().filter_map(|it| it.receipt.as_ref());
    let records = views.filter_map(|view| view.record.as_ref());
    records
        .filter_map(|record| record.receipt.clone())
        .collect()
}

async fn collect(finance: &Client, holder: &Holder) -> Result<CollectReceiptsResponse, Failed> {
    let request = CollectReceiptsRequest {
        holder: Some(holder.clone()),
        operator: PORTAL.to_owned(),
        with_claims: true,
        page_size: 0,
        page_token: String::new(),
    };
    let answer = finance.holders().collect_receipts(request).await;
    Ok(answer
        .map_err(Failed::unanswered("the holder's receipts"))?
        .into_inner())
}

/// What blocks name comes to finance's node after them.
async fn collect_all(
    finance: &Client,
    holder: &Holder,
    count: usize,
) -> Result<CollectReceiptsResponse, Failed> {
    for _ in 0..QUESTIONS_MAX {
        let found = collect(finance, holder).await?;
        if found.receipts.len() >= count {
            return Ok(found);
        }
        sleep(ASK_EVERY).await;
    }
    Err(Failed::absent("receipts of the patient"))
}
