//! The scenario of traffic fines (docs/DOMAIN.md §1): decision number, payment code and receipt are
//! linked automatically, for one issuing centre, several banks and one reconciliation.
//!
//! ```text
//!   founding ─► mandate ─► notices ─► payments ─► pick-up ─► reconciliation ─► ending
//! ```
//!
//! The payments are dated yesterday, so that yesterday can be closed.

mod ending;
mod mandate;
mod notices;
mod paying;
mod picking_up;
mod reconciling;

use piaolian_base::clock;
use piaolian_contracts::types::{BeijingDate, BlockTime, Fen};
use piaolian_proto::v1::ReceiptDetails;

use super::{
    DemoError, Harness, Member,
    common::{founding, joining},
};

/// The division that receives the money: that of the sample organisations.
const REGION: &str = "990100";
/// Milliseconds in a day.
const DAY_MS: u64 = 86_400_000;

/// A fine as the police records it.
#[derive(Clone, Debug)]
struct Fine {
    decision_number: String,
    payment_code: String,
    amount_fen: i64,
    details: ReceiptDetails,
}

/// A payment for which a receipt was issued.
#[derive(Clone, Debug)]
struct Paid {
    bank: Member,
    bank_reference: String,
    amount_fen: i64,
}

pub(super) async fn run(harness: &mut Harness) -> Result<(), DemoError> {
    founding::run(harness, &Member::FINES).await?;
    mandate::run(harness).await?;
    let fines = notices::run(harness).await?;
    harness.report.chapter("A second bank · 新的代理银行");
    joining::run(harness, Member::SecondBank).await?;
    let paid = paying::run(harness, &fines).await?;
    picking_up::run(harness, &fines).await?;
    reconciling::run(harness, &paid).await?;
    ending::run(harness, &fines).await
}

/// Yesterday afternoon by the banks' clocks.
fn yesterday() -> BlockTime {
    let now = clock::now().as_ms();
    BlockTime::from_ms(now.saturating_sub(DAY_MS))
}

/// The banks' accounting date of yesterday.
fn account_day() -> u32 {
    BeijingDate::at(yesterday()).get()
}

/// Adds up amounts.
fn total(amounts: impl IntoIterator<Item = i64>) -> String {
    let sum = Fen::checked_sum(amounts.into_iter().map(Fen::new));
    sum.map_or_else(|| "too much".to_owned(), |sum| format!("{sum} yuan"))
}
