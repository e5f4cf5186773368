//! Finance grants, the hospital issues, finance seals.

use std::time::{Duration, Instant};

use piaolian_details::generate::Kind;
use piaolian_proto::v1::{
    GrantRange, GrantRangeRequest, ListRangesRequest, RangeRecord, ReceiptId,
};
use tonic::Response;

use crate::story::{
    Failed, Stage, Who,
    client::Client,
    import::{Done, import},
    wait::until,
};

/// Receipts of the first import.
const RECEIPTS: usize = 2_000;
/// Files of one call.
const FILES_AT_ONCE: usize = 100;
/// Numbers that finance grants: outpatients are more than inpatients.
const NUMBERS: [(Kind, u64); 2] = [(Kind::Outpatient, 10_000), (Kind::Inpatient, 2_000)];
/// How long finance's seal may take to follow.
const SEAL_TIMEOUT: Duration = Duration::from_secs(60);

/// Receipts on the ledger.
#[derive(Debug)]
pub(in crate::story) struct Issued {
    /// An inpatient's.
    pub(in crate::story) inpatient: ReceiptId,
    /// An outpatient's.
    pub(in crate::story) outpatient: ReceiptId,
}

pub(in crate::story) async fn play(stage: &mut Stage) -> Result<Issued, Failed> {
    stage.report.chapter("Issuing at the source · 源头上链");
    grant(stage).await?;
    let files = stage.receipts.write(RECEIPTS)?;
    let hospital = stage.network.client(Who::Hospital)?;
    let report = &mut stage.report;

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
    report.seen_at("all are issued", happened, imported.place, all)?;

    report.begin("The hospital runs the same import a second time");
    let again = import(hospital.clone(), files, FILES_AT_ONCE, Done::default()).await?;
    let used = used_numbers(&hospital).await?;
    let none = again.known == RECEIPTS && again.transactions == 0 && used == RECEIPTS as u64;
    let happened = [format!("{}; {used} numbers in use", again.counts())];
    report.seen("none is issued", happened, none)?;

    let of = |prefix: &str| {
        let mut found = imported
            .issued
            .iter()
            .filter(|(number, _)| number.starts_with(prefix));
        found.next().map(|(_, receipt)| receipt.clone())
    };
    let none = || Failed::Otherwise("a kind of receipt was not issued".to_owned());
    let issued = Issued {
        inpatient: of("ZY").ok_or_else(none)?,
        outpatient: of("MZ").ok_or_else(none)?,
    };
    seals_follow(stage, &hospital, &issued).await?;
    Ok(issued)
}

async fn grant(stage: &mut Stage) -> Result<(), Failed> {
    let finance = stage.network.client(Who::Finance)?;
    for (kind, last_number) in NUMBERS {
        let receipt_code = stage.receipts.code(kind);
        let title = format!("Finance grants the hospital {receipt_code}, 1 to {last_number}");
        stage.report.begin(title);
        let grant = GrantRange {
            issuer: Who::Hospital.id().to_string(),
            receipt_code,
            first_number: 1,
            last_number,
        };
        let request = GrantRangeRequest {
            grant_range: Some(grant),
            options: finance.options(),
        };
        let answer = finance.allotments().grant_range(request).await;
        stage.report.accepted(answer.map(Response::into_inner))?;
    }
    Ok(())
}

async fn seals_follow(stage: &mut Stage, hospital: &Client, issued: &Issued) -> Result<(), Failed> {
    stage
        .report
        .begin("Finance's supervising seal follows, one for each block that issued");
    let finance = stage.network.client(Who::Finance)?;
    until(
        "finance to seal all that was issued",
        SEAL_TIMEOUT,
        async || {
            let status = finance
                .status()
                .await
                .map_err(Failed::unanswered("finance"))?;
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
        sealed &= by.organisation == Who::Finance.id().as_str();
        happened.push(format!(
            "{}: one of {} of height {}, sealed at height {}",
            crate::story::display::receipt(receipt),
            issuance.count,
            issuance.height,
            by.height
        ));
    }
    stage
        .report
        .seen("nothing is left unsealed", happened, sealed)
}

/// How many numbers of the hospital's are in use.
pub(super) async fn used_numbers(hospital: &Client) -> Result<u64, Failed> {
    let request = ListRangesRequest {
        issuer: Who::Hospital.id().to_string(),
        ..ListRangesRequest::default()
    };
    let answer = hospital.allotments().list_ranges(request).await;
    let ranges = answer
        .map_err(Failed::unanswered("the hospital's ranges"))?
        .into_inner()
        .ranges;
    Ok(ranges
        .iter()
        .map(|range: &RangeRecord| range.used_count)
        .sum())
}

#[allow(clippy::cast_precision_loss)] // a few thousand
fn per_second(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64().max(0.001)
}
