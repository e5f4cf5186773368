//! Which attachments the chain names.

use std::sync::Arc;

use piaolian_base::clock;
use piaolian_contracts::{chain::Hash, state::Fault, types::OrganisationId};
use tokio::{sync::watch, task::spawn_blocking};

use super::Attachments;

/// Blocks that are looked at before others get their turn.
const BLOCKS_AT_ONCE: u64 = 64;

/// What a block names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// The block's time, Unix ms.
    pub time_ms: u64,
    /// The attachments that its accepted acts name, each with who acted.
    pub attachments: Vec<(Hash, OrganisationId)>,
}

/// The committed blocks.
pub trait Chain: Send + Sync + 'static {
    /// What the block of a committed height names. Called where blocking is allowed.
    ///
    /// # Errors
    /// When the block cannot be read.
    fn named_at(&self, height: u64) -> Result<Named, Fault>;
}

impl Attachments {
    /// Looks at each block once, from the first on, and notes what is missing here.
    pub(super) async fn follow(
        self: Arc<Self>,
        chain: Arc<dyn Chain>,
        mut tips: watch::Receiver<u64>,
    ) -> Result<(), Fault> {
        loop {
            let tip = *tips.borrow_and_update();
            let (this, chain) = (self.clone(), chain.clone());
            let followed = spawn_blocking(move || this.look_at(&*chain, tip)).await;
            if followed.map_err(|error| Fault(error.into()))?? < tip {
                continue;
            }
            if tips.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    /// Looks at the next blocks up to `tip`; gives the height of the last.
    fn look_at(&self, chain: &dyn Chain, tip: u64) -> Result<u64, Fault> {
        let followed = self.store.followed()?.height;
        let last = tip.min(followed.saturating_add(BLOCKS_AT_ONCE));
        for height in followed.saturating_add(1)..=last {
            let mut named = chain.named_at(height)?;
            // Past its age, nothing is fetched that would be pruned at once.
            if named.time_ms < self.retention.begins_ms(clock::now().as_ms()) {
                named.attachments.clear();
            }
            let is_here = |hash: &Hash| self.is_here(hash);
            let noted = self
                .store
                .note(height, &named, clock::now().as_ms(), is_here)?;
            self.tell_left_out(&noted.left_out);
            if !noted.authors.is_empty() {
                self.named.send_modify(|named| named.extend(noted.authors));
            }
        }
        Ok(last.max(followed))
    }
}
