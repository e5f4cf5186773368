//! Finance grants numbers to the issuing centre of all police offices, which issues a mandate.

use piaolian_base::clock;
use piaolian_contracts::types::BeijingDate;
use piaolian_proto::v1::{GrantRange, GrantRangeRequest, SetMandate, SetMandateRequest};
use tonic::Response;

use super::REGION;
use crate::demo::{DemoError, Harness, Member};

/// Numbers finance grants to the issuing centre.
const NUMBERS: u64 = 1_000_000;

/// This year's receipt code of fines (非税收入一般缴款书).
pub(super) fn receipt_code() -> String {
    let year = BeijingDate::at(clock::now()).get() / 10_000 % 100;
    format!("{}0101{year:02}", &REGION[..2])
}

pub(super) async fn run(harness: &mut Harness) -> Result<(), DemoError> {
    harness.report.chapter("One issuing centre · 一个票据中心");
    let finance = harness.network.client(Member::Finance)?;
    let centre = harness.network.client(Member::Centre)?;
    let code = receipt_code();

    harness.report.begin(format!(
        "Finance grants the issuing centre {code}, 1 to {NUMBERS}"
    ));
    let request = GrantRangeRequest {
        grant_range: Some(GrantRange {
            issuer: Member::Centre.id().to_string(),
            receipt_code: code.clone(),
            first_number: 1,
            last_number: NUMBERS,
        }),
        options: finance.options(),
    };
    let answer = finance.number_ranges().grant_range(request).await;
    harness.report.accepted(answer.map(Response::into_inner))?;

    harness
        .report
        .begin("The centre lets the police's payments be receipted from its numbers");
    let request = SetMandateRequest {
        set_mandate: Some(SetMandate {
            agency: Member::Police.id().to_string(),
            receipt_code: code,
            active: true,
        }),
        options: centre.options(),
    };
    let answer = centre.payments().set_mandate(request).await;
    harness.report.accepted(answer.map(Response::into_inner))?;
    Ok(())
}
