//! Two stays in hospital: receipts at the source, delivered to the patient.

use piaolian_details::generate::Kind;
use piaolian_proto::v1::{
    DeliverReceipts, DeliverReceiptsRequest, DeliveryChannel, GrantRange, GrantRangeRequest,
};
use tonic::Response;

use crate::story::{
    Failed, Stage, Who,
    client::Presented,
    display::{receipt, yuan},
    import::{Done, import},
};

/// Receipts of the morning, of which one in ten is an inpatient's.
const RECEIPTS: usize = 40;
/// Stays that the patient claims together.
const STAYS: usize = 2;

pub(super) async fn play(stage: &mut Stage) -> Result<Vec<Presented>, Failed> {
    stage.report.chapter("Settlement and receipt · 结算与开票");
    let finance = stage.network.client(Who::Finance)?;
    let hospital = stage.network.client(Who::Hospital)?;
    for kind in [Kind::Outpatient, Kind::Inpatient] {
        let receipt_code = stage.receipts.code(kind);
        stage.report.begin(format!(
            "Finance grants the hospital {receipt_code}, 1 to 1,000"
        ));
        let request = GrantRangeRequest {
            grant_range: Some(GrantRange {
                issuer: Who::Hospital.id().to_string(),
                receipt_code,
                first_number: 1,
                last_number: 1_000,
            }),
            options: finance.options(),
        };
        let answer = finance.allotments().grant_range(request).await;
        stage.report.accepted(answer.map(Response::into_inner))?;
    }

    let files = stage.receipts.write_of_one_patient(RECEIPTS)?;
    stage.report.begin(format!(
        "The hospital settles and issues {RECEIPTS} receipts"
    ));
    let imported = import(hospital.clone(), files, RECEIPTS, Done::default()).await?;
    let all = imported.issued.len() == RECEIPTS;
    let counts = [imported.counts()];
    stage
        .report
        .seen_at("all are issued", counts, imported.place, all)?;

    let inpatients = imported
        .issued
        .iter()
        .filter(|(number, _)| number.starts_with("ZY"));
    let mut stays = Vec::new();
    for (_, id) in inpatients.take(STAYS) {
        let record = hospital.receipt(id).await?.record.unwrap_or_default();
        stays.push(Presented {
            receipt: id.clone(),
            total_fen: record.total_fen,
        });
    }
    stage
        .report
        .begin("The hospital delivers two of them to a patient's wallet");
    let request = DeliverReceiptsRequest {
        deliver_receipts: Some(DeliverReceipts {
            receipts: stays.iter().map(|stay| stay.receipt.clone()).collect(),
            channel: DeliveryChannel::Application.into(),
        }),
        options: hospital.options(),
    };
    let answer = hospital.receipts().deliver_receipts(request).await;
    answer.map_err(Failed::unanswered("the delivery"))?;
    let mut lines = Vec::new();
    let mut delivered = stays.len() == STAYS;
    for stay in &stays {
        let record = hospital.receipt(&stay.receipt).await?.record;
        delivered &= record.unwrap_or_default().delivery.is_some();
        lines.push(format!(
            "{} over {}",
            receipt(&stay.receipt),
            yuan(stay.total_fen)
        ));
    }
    stage
        .report
        .seen("both are marked as delivered", lines, delivered)?;
    Ok(stays)
}
