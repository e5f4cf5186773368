//! Verification without trusting any node: the founding document and a file are enough.

use std::time::Instant;

use piaolian_genesis::Genesis;
use piaolian_proto::v1::{GetReceiptProofRequest, ReceiptId};
use piaolian_verifier::{ProofFile, Trust};

use super::{issuing::Issued, reimbursement::Case};
use crate::demo::{DemoError, Harness, Member, display::receipt};

/// Distance in bytes between the altered bytes: an altered file is refused wherever the change is.
const FLIPPED_EACH: usize = 16;

pub(in crate::demo) async fn run(
    harness: &mut Harness,
    case: &Case,
    issued: &Issued,
) -> Result<(), DemoError> {
    harness.report.chapter("Proofs without trust · 离线凭证");
    let trust = trust(harness)?;
    let reversed = &case.presented.receipt;
    let title = format!(
        "A file from the second insurer's node proves what became of {}",
        receipt(reversed)
    );
    harness.report.begin(title);
    let bytes = file_of(harness, reversed).await?;
    let begun = Instant::now();
    let proven = verify(&bytes, &trust);
    let took = begun.elapsed();
    let is_right = proven.as_ref().is_some_and(|proven| {
        let told = proven.receipt.as_ref();
        told.is_some_and(|told| {
            told.receipt.reversed_by.is_some() && told.seal.is_some() && !told.events.is_empty()
        })
    });
    let mut lines: Vec<String> = proven
        .iter()
        .flat_map(|proven| words(&proven.to_string()))
        .collect();
    lines.push(format!(
        "{} bytes, checked in {:.1} ms",
        bytes.len(),
        took.as_secs_f64() * 1_000.0
    ));
    harness
        .report
        .check("with the founding document alone", lines, is_right)?;

    harness.report.begin("The same file, with a byte flipped");
    let places: Vec<usize> = (0..bytes.len()).step_by(FLIPPED_EACH).collect();
    let held = places.iter().filter(|place| {
        let mut altered = bytes.clone();
        altered[**place] ^= 1;
        verify(&altered, &trust).is_some()
    });
    let held = held.count();
    let line = format!(
        "{} of {} altered files are refused",
        places.len() - held,
        places.len()
    );
    harness
        .report
        .check("each refused", vec![line], held == 0)?;

    let nowhere = ReceiptId {
        code: issued.outpatient.code.clone(),
        number: 9_999_999_998,
    };
    harness.report.begin(format!(
        "A file proves that there is no receipt {}",
        receipt(&nowhere)
    ));
    let proven = verify(&file_of(harness, &nowhere).await?, &trust);
    let is_absent = proven
        .as_ref()
        .is_some_and(|proven| proven.receipt.is_none());
    let lines: Vec<String> = proven
        .iter()
        .flat_map(|proven| words(&proven.to_string()))
        .collect();
    harness
        .report
        .check("with the founding document alone", lines, is_absent)
}

fn trust(harness: &Harness) -> Result<Trust, DemoError> {
    let unavailable =
        |error: &dyn std::fmt::Display| DemoError::unavailable("the founding document", &error);
    let genesis = Genesis::read(&harness.network.genesis()).map_err(|error| unavailable(&error))?;
    Ok(Trust {
        chain_id: genesis.chain_id().clone(),
        validators_hash: genesis.validators().hash(),
    })
}

/// The saved file.
async fn file_of(harness: &Harness, receipt: &ReceiptId) -> Result<Vec<u8>, DemoError> {
    let request = GetReceiptProofRequest {
        receipt: Some(receipt.clone()),
        with_events: true,
    };
    let follower = harness.network.client(Member::SecondInsurer)?;
    let answer = follower.receipts().get_receipt_proof(request).await;
    let answer = answer
        .map_err(DemoError::no_answer("a proof"))?
        .into_inner();
    Ok(ProofFile::from(answer.proof.unwrap_or_default()).encode())
}

fn verify(bytes: &[u8], trust: &Trust) -> Option<piaolian_verifier::Proven> {
    let file = ProofFile::decode(bytes.to_vec().into()).ok()?;
    file.verify(trust).ok()
}

fn words(told: &str) -> Vec<String> {
    told.lines().map(str::to_owned).collect()
}
