//! Two hospital stays: receipts are issued at the source and delivered to the patient.

use piaolian_details::generate::Kind;
use piaolian_proto::v1::{
    DeliverReceipts, DeliverReceiptsRequest, DeliveryChannel, GrantRange, GrantRangeRequest,
};
use tonic::Response;

use crate::demo::{
    DemoError, Harness, Member,
    client::Presented,
    display::{receipt, yuan},
    import::{Done, import},
};

/// Receipts issued in the morning; one in ten belongs to an inpatient.
const RECEIPTS: usize = 40;
/// Stays that the patient claims for together.
const STAYS: usize = 2;

pub(super) async fn run(harness: &mut Harness) -> Result<Vec<Presented>, DemoError> {
    harness
        .report
        .chapter("Settlement and receipt · 结算与开票");
    let finance = harness.network.client(Member::Finance)?;
    let hospital = harness.network.client(Member::Hospital)?;
    for kind in [Kind::Outpatient, Kind::Inpatient] {
        let receipt_code = harness.receipts.code(kind);
        harness.report.begin(format!(
            "Finance grants the hospital {receipt_code}, 1 to 1,000"
        ));
        let request = GrantRangeRequest {
            grant_range: Some(GrantRange {
                issuer: Member::Hospital.id().to_string(),
                receipt_code,
                first_number: 1,
                last_number: 1_000,
            }),
            options: finance.options(),
        };
        let answer = finance.number_ranges().grant_range(request).await;
        harness.report.accepted(answer.map(Response::into_inner))?;
    }

    let files = harness.receipts.write_of_one_patient(RECEIPTS)?;
    harness.report.begin(format!(
        "The hospital settles and issues {RECEIPTS} receipts"
    ));
    let imported = import(hospital.clone(), files, RECEIPTS, Done::default()).await?;
    let all = imported.issued.len() == RECEIPTS;
    let counts = [imported.counts()];
    harness
        .report
        .check_at("all are issued", counts, imported.place, all)?;

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
    harness
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
    answer.map_err(DemoError::no_answer("the delivery"))?;
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
    harness
        .report
        .check("both are marked as delivered", lines, delivered)?;
    Ok(stays)
}
