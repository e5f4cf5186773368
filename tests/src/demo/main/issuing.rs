//! Finance grants numbers, the hospital issues receipts, and finance countersigns them.

use std::time::{Duration, Instant};

use piaolian_details::generate::Kind;
use piaolian_proto::v1::{
    GrantRange, GrantRangeRequest, ListRangesRequest, RangeRecord, ReceiptId,
};
use tonic::Response;

use crate::demo::{
    DemoError, Harness, Member,
    client::Client,
    import::{Done, import},
    wait::until,
};

/// Receipts in the first import.
const RECEIPTS: usize = 2_000;
/// Files per call.
const FILES_AT_ONCE: usize = 100;
/// Numbers that finance grants; outpatients get more than inpatients.
const NUMBERS: [(Kind, u64); 2] = [(Kind::Outpatient, 10_000), (Kind::Inpatient, 2_000)];
/// Longest wait for finance's countersignature.
const SEAL_TIMEOUT: Duration = Duration::from_secs(60);

/// Receipts on the ledger.
#[derive(Debug)]
pub(in crate::demo) struct Issued {
    /// Receipts of inpatients.
    pub(in crate::demo) inpatient: ReceiptId,
    /// Receipts of outpatients.
    pub(in crate::demo) outpatient: ReceiptId,
}

pub(in crate::demo) async fn run(harness: &mut Harness) -> Result<Issued, DemoError> {
    harness.report.chapter("Issuing at the source · 源头上链");
    grant(harness).await?;
    let files = harness.receipts.write(RECEIPTS)?;
    let hospital = harness.network.client(Member::Hospital)?;
    let report = &mut harness.report;

    report.begin("The hospital imports 2,000 XML receipts and issues them");
    let began = Instant::now();
    let imported = import(
        hospital.clone(),
        files.clone(),
        FILES_AT_ONCE,
        Done::default(),
    )
    .await?;
    let speed = format!("{:.0} receipts/s", per_second(RECEIPTS, began.elapsed()));
    let all = imported.issued.len() == RECEIPTS && imported.refused.is_empty();
    let happened = [format!("{}; {speed}", imported.counts())];
    report.check_at("all are issued", happened, imported.place, all)?;

    report.begin("The hospital runs the same import a second time");
    let again = import(hospital.clone(), files, FILES_AT_ONCE, Done::default()).await?;
    let used = used_numbers(&hospital).await?;
    let none = again.known == RECEIPTS && again.transactions == 0 && used == RECEIPTS as u64;
    let happened = [format!("{}; {used} numbers in use", again.counts())];
    report.check("none is issued", happened, none)?;

    let of = |prefix: &str| {
        let mut found = imported
            .issued
            .iter()
            .filter(|(number, _)| number.starts_with(prefix));
        found.next().map(|(_, receipt)| receipt.clone())
    };
    let none = || DemoError::Unexpected("a kind of receipt was not issued".to_owned());
    let issued = Issued {
        inpatient: of("ZY").ok_or_else(none)?,
        outpatient: of("MZ").ok_or_else(none)?,
    };
    seals_follow(harness, &hospital, &issued).await?;
    Ok(issued)
}

async fn grant(harness: &mut Harness) -> Result<(), DemoError> {
    let finance = harness.network.client(Member::Finance)?;
    for (kind, last_number) in NUMBERS {
        let receipt_code = harness.receipts.code(kind);
        let title = format!("Finance grants the hospital {receipt_code}, 1 to {last_number}");
        harness.report.begin(title);
        let grant = GrantRange {
            issuer: Member::Hospital.id().to_string(),
            receipt_code,
            first_number: 1,
            last_number,
        };
        let request = GrantRangeRequest {
            grant_range: Some(grant),
            options: finance.options(),
        };
        let answer = finance.number_ranges().grant_range(request).await;
        harness.report.accepted(answer.map(Response::into_inner))?;
    }
    Ok(())
}

async fn seals_follow(
    harness: &mut Harness,
    hospital: &Client,
    issued: &Issued,
) -> Result<(), DemoError> {
    harness
        .report
        .begin("Finance's supervising seal follows, one for each block that issued");
    let finance = harness.network.client(Member::Finance)?;
    until(
        "finance to seal all that was issued",
        SEAL_TIMEOUT,
        async || {
            let status = finance
                .status()
                .await
                .map_err(DemoError::no_answer("finance"))?;
            Ok((status.first_unsealed_height == 0).then_some(()))
        },
    )
    .await?;
    let mut happened = Vec::new();
    let mut sealed = true;
    for receipt in [&issued.inpatient, &issued.outpatient] {
        // The hospital's node may be a block behind finance's.
        let seal = until(
            "the seal to reach the hospital's node",
            SEAL_TIMEOUT,
            async || {
                let view = hospital.receipt(receipt).await?;
                Ok(view.seal.filter(|seal| seal.sealed))
            },
        )
        .await?;
        let issuance = seal.issuance.unwrap_or_default();
        let by = issuance.seal.unwrap_or_default();
        sealed &= by.organisation == Member::Finance.id().as_str();
        happened.push(format!(
            "{}: one of {} of height {}, sealed at height {}",
            crate::demo::display::receipt(receipt),
            issuance.count,
            issuance.height,
            by.height
        ));
    }
    harness
        .report
        .check("nothing is left unsealed", happened, sealed)
}

/// Number of receipt numbers that the hospital has used.
pub(super) async fn used_numbers(hospital: &Client) -> Result<u64, DemoError> {
    let request = ListRangesRequest {
        issuer: Member::Hospital.id().to_string(),
        ..ListRangesRequest::default()
    };
    let answer = hospital.number_ranges().list_ranges(request).await;
    let ranges = answer
        .map_err(DemoError::no_answer("the hospital's ranges"))?
        .into_inner()
        .ranges;
    Ok(ranges
        .iter()
        .map(|range: &RangeRecord| range.used_count)
        .sum())
}

#[allow(clippy::cast_precision_loss, reason = "a few thousand")]
fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(0.001)
}
