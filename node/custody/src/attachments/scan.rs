//! Notes which attachments the chain names.

use std::sync::Arc;

use piaolian_base::clock;
use piaolian_contracts::{chain::Hash, state::Fault, types::OrganisationId};
use tokio::{sync::watch, task::spawn_blocking};

use super::Attachments;
use crate::follower::{follow, scan_next};

/// The attachments that a block names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedAttachments {
    /// The block's time, Unix ms.
    pub time_ms: u64,
    /// Hash and author of each attachment that an accepted action names.
    pub attachments: Vec<(Hash, OrganisationId)>,
}

/// The committed blocks.
pub trait Chain: Send + Sync + 'static {
    /// Returns what the block of a committed height names. Called where blocking is allowed.
    ///
    /// # Errors
    /// When the block cannot be read.
    fn named_at(&self, height: u64) -> Result<NamedAttachments, Fault>;
}

impl Attachments {
    /// Scans each block once, from the first on, and notes what is missing here.
    pub(super) async fn follow_chain<T>(
        self: Arc<Self>,
        chain: Arc<dyn Chain>,
        tips: watch::Receiver<T>,
        height: impl Fn(&T) -> u64,
    ) -> Result<(), Fault> {
        let step = |tip| {
            let (this, chain) = (self.clone(), chain.clone());
            let scanned = spawn_blocking(move || this.scan_blocks(&*chain, tip));
            async move { scanned.await.map_err(|error| Fault(error.into()))? }
        };
        follow(tips, height, step).await
    }

    /// Scans the next blocks up to `tip` and returns the height of the last.
    fn scan_blocks(&self, chain: &dyn Chain, tip: u64) -> Result<u64, Fault> {
        let cursor = self.store.cursor()?.height;
        scan_next(cursor, tip, |height| self.scan_block(chain, height))
    }

    fn scan_block(&self, chain: &dyn Chain, height: u64) -> Result<usize, Fault> {
        let mut named = chain.named_at(height)?;
        let now_ms = clock::now().as_ms();
        // Past their age they would be pruned as soon as they were fetched.
        if named.time_ms < self.retention.begins_ms(now_ms) {
            named.attachments.clear();
        }
        let is_here = |hash: &Hash| self.is_here(hash);
        let noted = self.store.note(height, &named, now_ms, is_here)?;
        self.report_left_out(&noted.left_out);
        if !noted.authors.is_empty() {
            self.named.send_modify(|named| named.extend(noted.authors));
        }
        Ok(named.attachments.len())
    }
}
