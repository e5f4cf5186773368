//! One issuing centre for all police offices: finance grants it numbers, and it mandates.

use piaolian_base::clock;
use piaolian_contracts::types::BeijingDate;
use piaolian_proto::v1::{GrantRange, GrantRangeRequest, SetMandate, SetMandateRequest};
use tonic::Response;

use super::REGION;
use crate::story::{Failed, Stage, Who};

/// Numbers that finance grants the centre.
const NUMBERS: u64 = 1_000_000;

/// The receipt code of fines: 非税收入一般缴款书, of this year.
pub(super) fn receipt_code() -> String {
    let year = BeijingDate::at(clock::now()).get() / 10_000 % 100;
    format!("{}0101{year:02}", &REGION[..2])
}

pub(super) async fn play(stage: &mut Stage) -> Result<(), Failed> {
    stage.report.chapter("One issuing centre · 一个票据中心");
    let finance = stage.network.client(Who::Finance)?;
    let centre = stage.network.client(Who::Centre)?;
    let code = receipt_code();

    stage.report.begin(format!(
        "Finance grants the issuing centre {code}, 1 to {NUMBERS}"
    ));
    let request = GrantRangeRequest {
        grant_range: Some(GrantRange {
            issuer: Who::Centre.id().to_string(),
            receipt_code: code.clone(),
            first_number: 1,
            last_number: NUMBERS,
        }),
        options: finance.options(),
    };
    let answer = finance.allotments().grant_range(request).await;
    stage.report.accepted(answer.map(Response::into_inner))?;

    stage
        .report
        .begin("The centre lets the police's payments be receipted from its numbers");
    let request = SetMandateRequest {
        set_mandate: Some(SetMandate {
            agency: Who::Police.id().to_string(),
            receipt_code: code,
            active: true,
        }),
        options: centre.options(),
    };
    let answer = centre.payments().set_mandate(request).await;
    stage.report.accepted(answer.map(Response::into_inner))?;
    Ok(())
}
