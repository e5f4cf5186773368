//! The patient claims online: the patient authorises, then the insurer files the claim.

use bytes::Bytes;
use piaolian_base::clock;
use piaolian_contracts::chain::Hash;
use piaolian_proto::v1::{
    FileClaim, FileClaimRequest, FileClaimResponse, GrantAccess, GrantAccessRequest, GrantPurpose,
    PresentedReceipt, ReceiptStatus,
};
use tonic::{Response, Status};

use super::{CLAIM, POLICY, until_status};
use crate::demo::{
    DemoError, Harness, Member,
    client::{Client, Presented},
    display::receipt,
    rules,
};

/// Time within which the claim may be decided, ms.
const LEASE_MS: u64 = 3_600_000;
/// Duration of the patient's authorisation, ms.
pub(super) const CONSENT_MS: u64 = 30 * 86_400_000;

pub(super) async fn run(harness: &mut Harness, stays: &[Presented]) -> Result<(), DemoError> {
    harness.report.chapter("Claim · 报销申请");
    let insurer = harness.network.client(Member::Insurer)?;

    harness
        .report
        .begin("The insurer files a claim that the patient never allowed");
    let answer = file(&insurer, CLAIM, POLICY, stays).await;
    let naming = [receipt(&stays[0].receipt), Member::Insurer.id().to_string()];
    harness
        .report
        .rejected(&insurer, rules::NOT_AUTHORISED, &naming, answer)
        .await?;

    grant(harness, Member::Insurer, stays).await?;
    // The insurer's node opens the details, so it must have seen the authorisation.
    harness.network.wait_until_level().await?;

    harness
        .report
        .begin("The insurer's clerk receives the claim over both receipts");
    let answer = file(&insurer, CLAIM, POLICY, stays).await;
    harness.report.accepted(answer)?;

    harness
        .report
        .begin("Both receipts are locked, at the hospital too");
    let hospital = harness.network.client(Member::Hospital)?;
    let locked = until_status(&hospital, stays, ReceiptStatus::Held).await?;
    let lines: Vec<String> = stays
        .iter()
        .map(|stay| format!("{}: held", receipt(&stay.receipt)))
        .collect();
    harness.report.check("held", lines, locked)?;

    harness
        .report
        .begin("The same receipts come again, as another claim");
    let answer = file(&insurer, "YB-2026-000318", POLICY, stays).await;
    let naming = [receipt(&stays[0].receipt), CLAIM.to_owned()];
    harness
        .report
        .rejected(&insurer, rules::LOCKED_FOR_ANOTHER_CLAIM, &naming, answer)
        .await
}

/// The hospital records the patient's authorisation.
async fn grant(
    harness: &mut Harness,
    grantee: Member,
    stays: &[Presented],
) -> Result<(), DemoError> {
    let hospital = harness.network.client(Member::Hospital)?;
    for stay in stays {
        harness.report.begin(format!(
            "The patient authorises {} for {}; the hospital records it",
            grantee.title(),
            receipt(&stay.receipt)
        ));
        let consent = format!("consent of {}", receipt(&stay.receipt));
        let request = GrantAccessRequest {
            grant_access: Some(GrantAccess {
                receipt: Some(stay.receipt.clone()),
                grantee: grantee.id().to_string(),
                purpose: GrantPurpose::Claim.into(),
                expires_ms: clock::now().after_ms(CONSENT_MS).as_ms(),
                consent_hash: Hash::sha256(&[consent.as_bytes()]).into(),
                ..GrantAccess::default()
            }),
            options: hospital.options(),
            without_details: false,
        };
        let answer = hospital.disclosure().grant_access(request).await;
        harness.report.accepted(answer.map(Response::into_inner))?;
    }
    Ok(())
}

/// Files a claim for the presented receipts.
pub(super) async fn file(
    insurer: &Client,
    number: &str,
    policy: &str,
    stays: &[Presented],
) -> Result<FileClaimResponse, Status> {
    let receipts = stays.iter().map(|stay| PresentedReceipt {
        receipt: Some(stay.receipt.clone()),
        presented_total_fen: stay.total_fen,
    });
    let request = FileClaimRequest {
        file_claim: Some(FileClaim {
            claim_number: number.to_owned(),
            policy_code: policy.to_owned(),
            // The node derives it from the details, by a secret of the insurer: nobody else can identify the person.
            holder_tag: Bytes::new(),
            receipts: receipts.collect(),
            lease_ms: LEASE_MS,
        }),
        options: insurer.options(),
    };
    let answer = insurer.claims().file_claim(request).await;
    answer.map(Response::into_inner)
}
