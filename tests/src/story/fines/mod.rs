//! The story of traffic fines (docs/DOMAIN.md §1): decision number, payment code and receipt
//! linked by themselves, one issuing centre, several banks, one reconciliation.
//!
//! ```text
//!   founding ─► mandate ─► notices ─► payments ─► pick-up ─► reconciliation ─► ending
//! ```
//!
//! The payments are yesterday's, so that yesterday can be closed.

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
    Failed, Stage, Who,
    common::{founding, joining},
};

/// The division whose money it is: the sample organisations' own.
const REGION: &str = "990100";
/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// A fine as the police knows it.
#[derive(Clone, Debug)]
struct Fine {
    decision_number: String,
    payment_code: String,
    amount_fen: i64,
    details: ReceiptDetails,
}

/// A payment that was receipted.
#[derive(Clone, Debug)]
struct Paid {
    bank: Who,
    bank_reference: String,
    amount_fen: i64,
}

pub(super) async fn play(stage: &mut Stage) -> Result<(), Failed> {
    founding::play(stage, &Who::FINES).await?;
    mandate::play(stage).await?;
    let fines = notices::play(stage).await?;
    stage.report.chapter("A second bank · 新的代理银行");
    joining::play(stage, Who::SecondBank).await?;
    let paid = paying::play(stage, &fines).await?;
    picking_up::play(stage, &fines).await?;
    reconciling::play(stage, &paid).await?;
    ending::play(stage, &fines).await
}

/// Yesterday in the afternoon, as the banks' clocks had it.
fn yesterday() -> BlockTime {
    let now = clock::now().as_ms();
    BlockTime::from_ms(now.saturating_sub(DAY_MS))
}

/// The banks' accounting day of yesterday.
fn account_day() -> u32 {
    BeijingDate::at(yesterday()).get()
}

/// Amounts as people sum them.
fn total(amounts: impl IntoIterator<Item = i64>) -> String {
    let sum = Fen::checked_sum(amounts.into_iter().map(Fen::new));
    sum.map_or_else(|| "too much".to_owned(), |sum| format!("{sum} yuan"))
}
