//! The main scenario: one receipt, several payers, and attempted fraud.
//!
//! ```text
//!   founding ─► issuing ─► reimbursement ─► second payment ─► reversal
//!            ─► forgery ─► suspension ─► outage ─► proving ─► ending
//! ```

mod ending;
mod forgery;
mod issuing;
mod outage;
mod proving;
mod reimbursement;
mod reversal;
mod second_payment;
mod suspension;

use super::{DemoError, Harness, Member, common::founding};

pub(super) async fn run(harness: &mut Harness) -> Result<(), DemoError> {
    founding::run(harness, &Member::FOUNDERS).await?;
    let issued = issuing::run(harness).await?;
    let case = reimbursement::run(harness, &issued).await?;
    second_payment::run(harness, &case).await?;
    reversal::run(harness, &case).await?;
    forgery::run(harness, &issued).await?;
    suspension::run(harness).await?;
    outage::run(harness).await?;
    proving::run(harness, &case, &issued).await?;
    ending::run(harness, &case, &issued).await
}
