//! Workers: background loops that run until the node stops.
//!
//! ```text
//!   finance's node   Sealing        tips ─► SealBlock for each block that issued
//!   each node        LogAnchor      every hour ─► AnchorAccessLog, where the log grew
//!                    KeyRetirement  every hour ─► encryption keys rotated, destroyed
//!   where holders    Indexing       tips ─► holder index
//!   are served
//! ```
//!
//! Each worker is an object that owns what it uses. [`Workers`] runs each in a task of its own until the stop, because
//! workers read the disk for a long time.

mod indexing;
mod key_retirement;
mod log_anchor;
mod sealing;

use std::sync::Arc;

use piaolian_base::{clock, shutdown::StopSignal};
use piaolian_ledger::Ledger;
use tokio::task::JoinSet;

pub(crate) use self::{
    indexing::{DetailsSource, Indexing},
    log_anchor::newest_anchor,
};
pub use self::{
    key_retirement::{KeyRetention, KeyRetirement},
    log_anchor::LogAnchor,
    sealing::Sealing,
};
use crate::{
    error::{ServiceError, ServiceFault},
    query::parameters,
};

/// Heartbeats without a block after which this node counts as behind: the chain may have decided blocks that this node
/// does not have.
const FRESH_HEARTBEATS: u64 = 4;

/// All workers of a node.
pub(crate) struct Workers {
    pub(crate) sealing: Arc<Sealing>,
    pub(crate) log_anchor: Arc<LogAnchor>,
    pub(crate) key_retirement: Arc<KeyRetirement>,
    pub(crate) indexing: Arc<Indexing>,
}

impl Workers {
    /// Runs all workers until the stop, or until one fails. Dropping the future ends them.
    ///
    /// # Errors
    /// On a fault of this machine.
    pub(crate) async fn run(&self, stop: &StopSignal) -> Result<(), ServiceError> {
        let (sealing, log_anchor) = (self.sealing.clone(), self.log_anchor.clone());
        let (retirement, indexing) = (self.key_retirement.clone(), self.indexing.clone());
        let mut tasks = JoinSet::new();
        tasks.spawn(stop.clone().until(async move { sealing.run().await }));
        tasks.spawn(stop.clone().until(async move { log_anchor.run().await }));
        tasks.spawn(stop.clone().until(async move { retirement.run().await }));
        tasks.spawn(stop.clone().until(async move { indexing.run().await }));
        while let Some(ended) = tasks.join_next().await {
            ended.map_err(|_| ServiceFault::Panicked)??;
        }
        Ok(())
    }
}

/// Returns whether this node's tip is recent enough to count as the chain's tip.
fn is_fresh(ledger: &Ledger) -> Result<bool, ServiceError> {
    let state = ledger.view().state();
    let allowed_ms = parameters(&state)?
        .heartbeat_ms()
        .saturating_mul(FRESH_HEARTBEATS);
    Ok(clock::now() <= state.tip().time.after_ms(allowed_ms))
}
