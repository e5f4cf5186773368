//! The main story: one receipt, several payers, and whoever tries to cheat.
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

use super::{Failed, Stage, Who, common::founding};

pub(super) async fn play(stage: &mut Stage) -> Result<(), Failed> {
    founding::play(stage, &Who::FOUNDERS).await?;
    let issued = issuing::play(stage).await?;
    let case = reimbursement::play(stage, &issued).await?;
    second_payment::play(stage, &case).await?;
    reversal::play(stage, &case).await?;
    forgery::play(stage, &issued).await?;
    suspension::play(stage).await?;
    outage::play(stage).await?;
    proving::play(stage, &case, &issued).await?;
    ending::play(stage, &case, &issued).await
}
