//! Two payers reimburse parts of one receipt, together no more than its claimable amount.

use piaolian_proto::v1::{FundKind, ReceiptStatus, ReceiptView};

use super::issuing::Issued;
use crate::demo::{
    DemoError, Harness, Member,
    client::Presented,
    display::{receipt, yuan},
    rules,
};

/// Share of the claimable amount that the insurer books.
const INSURERS_PERCENT: i64 = 60;

/// The receipt that the scenario follows.
#[derive(Debug)]
pub(in crate::demo) struct Case {
    /// The receipt as its holder presents it.
    pub(in crate::demo) presented: Presented,
    /// Amount that the insurer books.
    pub(in crate::demo) insurers_fen: i64,
    /// Amount that the employer books: the rest.
    pub(in crate::demo) employers_fen: i64,
}

/// Vouchers of the first bookings.
pub(in crate::demo) const INSURERS_VOUCHER: &str = "YB-2026-0001";
pub(in crate::demo) const EMPLOYERS_VOUCHER: &str = "CW-2026-0001";

pub(in crate::demo) async fn run(
    harness: &mut Harness,
    issued: &Issued,
) -> Result<Case, DemoError> {
    harness.report.chapter("Reimbursement in parts · 分项报销");
    let insurer = harness.network.client(Member::Insurer)?;
    let employer = harness.network.client(Member::Employer)?;
    let report = &mut harness.report;

    report.begin(format!(
        "The patient presents receipt {}",
        receipt(&issued.inpatient)
    ));
    harness.network.wait_until_level().await?;
    let view = insurer.receipt(&issued.inpatient).await?;
    let claimable = claimable(&view, Member::Insurer.hand_fund());
    let record = view.record.clone().unwrap_or_default();
    let insurers_fen = claimable * INSURERS_PERCENT / 100;
    report.check(
        "what the pooled fund paid at settlement is taken off",
        [settlement(&view, claimable)],
        claimable > 0 && claimable < record.total_fen && insurers_fen > 0,
    )?;
    let case = Case {
        presented: Presented {
            receipt: issued.inpatient.clone(),
            total_fen: record.total_fen,
        },
        insurers_fen,
        employers_fen: claimable - insurers_fen,
    };
    let Case { presented, .. } = &case;

    report.begin("The insurer locks it");
    report.accepted(insurer.lock(presented, "YB-CLAIM-1").await)?;

    report.begin("Meanwhile the employer tries to book");
    let naming = [
        receipt(&presented.receipt),
        Member::Insurer.id().to_string(),
    ];
    let booking = employer
        .book(presented, EMPLOYERS_VOUCHER, case.employers_fen)
        .await;
    report
        .rejected(&employer, rules::LOCKED_BY_ANOTHER, &naming, booking)
        .await?;

    report.begin(format!(
        "The insurer books its part, {}",
        yuan(case.insurers_fen)
    ));
    report.accepted(
        insurer
            .book(presented, INSURERS_VOUCHER, case.insurers_fen)
            .await,
    )?;

    report.begin(format!(
        "The employer books the rest, {}",
        yuan(case.employers_fen)
    ));
    report.accepted(
        employer
            .book(presented, EMPLOYERS_VOUCHER, case.employers_fen)
            .await,
    )?;

    report.begin("The receipt is reimbursed");
    let view = employer.receipt(&presented.receipt).await?;
    let nothing_left = view
        .claimable
        .iter()
        .all(|claimable| claimable.amount_fen == 0);
    let happened = format!("booked {}, {:?}", yuan(view.booked_fen), view.status());
    report.check(
        "booked in full, nothing left for any fund",
        [happened],
        view.status() == ReceiptStatus::Reimbursed && view.booked_fen == claimable && nothing_left,
    )?;
    Ok(case)
}

fn claimable(view: &ReceiptView, fund: FundKind) -> i64 {
    let of_fund = view
        .claimable
        .iter()
        .find(|claimable| claimable.fund_kind() == fund);
    of_fund.map_or(0, |claimable| claimable.amount_fen)
}

fn settlement(view: &ReceiptView, claimable: i64) -> String {
    let record = view.record.clone().unwrap_or_default();
    let paid = record.settlement.unwrap_or_default();
    format!(
        "total {}: pooled fund {}, personal account {}, cash {}, other {}; claimable {}",
        yuan(record.total_fen),
        yuan(paid.pooled_fund_fen),
        yuan(paid.personal_account_fen),
        yuan(paid.personal_cash_fen),
        yuan(paid.other_fen),
        yuan(claimable),
    )
}
