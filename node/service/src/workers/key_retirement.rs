//! Retirement of encryption keys.
//!
//! ```text
//!   start, and every hour
//!     key in force for longer than its period ─► logged: its administrator registers the next
//!     newest encryption key in force ─► the issuer's store rotated to it
//!     earlier key, ended on the ledger, long enough ago ─► file overwritten and removed, forgotten
//!       but an unused store of the issuer's own lies here ─► kept: nothing could rotate it
//! ```
//!
//! Once a key is destroyed, nobody can decrypt with it what was encrypted for this organisation, not even the
//! organisation itself. Details that it wants to read for longer must be in its own store.

use std::{path::PathBuf, sync::Arc, time::Duration};

use piaolian_base::clock;
use piaolian_contracts::{
    chain::Height,
    organisations::{Key, KeyId, KeyPurpose, ORGANISATIONS},
    types::{BlockTime, OrganisationId},
};
use piaolian_custody::{
    details_store::DetailsStore,
    holders::Holders,
    keys::{HeldKey, destroy_earlier_encryption_key, read_earlier_encryption_keys},
    vault::Vault,
};
use piaolian_ledger::{Ledger, StateView};
use tokio::{task::block_in_place, time::sleep};

use crate::{
    error::{ServiceError, ServiceFault},
    member_keys::{encryption_key, newest_encryption_key},
};

/// Time between two checks of the keys.
const INTERVAL: Duration = Duration::from_secs(3_600);

/// Retention of encryption keys: the folder, the period of a key, and how long keys out of force are kept.
#[derive(Clone, Debug)]
pub struct KeyRetention {
    /// The folder of the node's keys.
    pub keys: PathBuf,
    /// Time for which a key should be in force; `None`: no limit.
    pub period: Option<Duration>,
    /// Time from the block that ended a key until it is destroyed; `None`: never.
    pub destroyed_after: Option<Duration>,
    /// Folder of an issuer's own store, whether or not the node is configured to issue now.
    pub own_details: PathBuf,
}

/// Retires encryption keys of this node's organisation.
pub struct KeyRetirement {
    ledger: Ledger,
    organisation: OrganisationId,
    retention: KeyRetention,
    vault: Arc<Vault>,
    /// The newest encryption key that the node holds.
    encryption_key: Option<Arc<HeldKey>>,
    /// Details that this node issued; `None` where it issues none.
    own: Option<Arc<DetailsStore>>,
    holders: Option<Arc<Holders>>,
}

impl KeyRetirement {
    /// Returns the worker that retires the keys of `organisation`.
    pub(crate) const fn new(
        ledger: Ledger,
        organisation: OrganisationId,
        retention: KeyRetention,
        vault: Arc<Vault>,
        encryption_key: Option<Arc<HeldKey>>,
        own: Option<Arc<DetailsStore>>,
        holders: Option<Arc<Holders>>,
    ) -> Self {
        Self {
            ledger,
            organisation,
            retention,
            vault,
            encryption_key,
            own,
            holders,
        }
    }

    /// Retires keys every hour. Never returns without an error.
    ///
    /// # Errors
    /// On a fault of this machine.
    pub(super) async fn run(&self) -> Result<(), ServiceError> {
        let mut is_first = true;
        loop {
            block_in_place(|| self.retire(clock::now(), is_first))?;
            is_first = false;
            self.forget_unreadable().await?;
            sleep(INTERVAL).await;
        }
    }

    /// Retires the keys that are due. An issuer's store is rotated when the node starts, and again before a key is
    /// destroyed.
    fn retire(&self, now: BlockTime, is_first: bool) -> Result<(), ServiceError> {
        self.warn_of_period(now)?;
        let folder = &self.retention.keys;
        let earlier = read_earlier_encryption_keys(folder).map_err(ServiceFault::from)?;
        let state = self.ledger.view().state();
        let mut due = Vec::new();
        for key in &earlier {
            if self.is_due(&state, key.key_id(), now)? {
                due.push(key.key_id());
            }
        }
        if earlier.is_empty() || (due.is_empty() && !is_first) || !self.rotate(&state)? {
            return Ok(());
        }
        if !due.is_empty() && self.leaves_details_unused() {
            tracing::warn!(
                store = %self.retention.own_details.display(),
                keys = due.len(),
                "earlier encryption keys are kept: details in this unused store would become unreadable. \
                 Restore [issuing], so that the store is rotated to the newest key, or move it away"
            );
            return Ok(());
        }
        for key_id in due {
            // Forgotten first: once its file is gone, nothing is decrypted with it.
            self.vault.forget(key_id);
            destroy_earlier_encryption_key(folder, key_id).map_err(ServiceFault::from)?;
            tracing::warn!(key = %key_id, "earlier encryption key destroyed");
        }
        Ok(())
    }

    fn warn_of_period(&self, now: BlockTime) -> Result<(), ServiceError> {
        let since = self.newest_key_since(&self.ledger.view().state())?;
        if self.is_overdue(since, now) {
            tracing::warn!(
                since_ms = since.map(BlockTime::as_ms),
                "encryption key is older than its period; register the next one"
            );
        }
        Ok(())
    }

    /// Returns the time since which the newest encryption key of this organisation is in force; `None`: none is.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn newest_key_since(
        &self,
        state: &StateView<'_>,
    ) -> Result<Option<BlockTime>, ServiceError> {
        let Some(key) = newest_encryption_key(state, &self.organisation)? else {
            return Ok(None);
        };
        // A founder's is in force from the first block on.
        let first = key.first_height.max(Height::GENESIS.next());
        let header = self.ledger.view().header(first)?;
        Ok(Some(header.map_or(state.tip().time, |header| header.time)))
    }

    /// Returns whether a key that came into force at `since` is older than its period.
    pub(crate) fn is_overdue(&self, since: Option<BlockTime>, now: BlockTime) -> bool {
        match (since, self.retention.period) {
            (Some(since), Some(period)) => since.after_ms(as_ms(period)) <= now,
            (None, _) | (_, None) => false,
        }
    }

    /// Removes receipts from the holder index whose details this node can no longer open.
    async fn forget_unreadable(&self) -> Result<(), ServiceError> {
        let Some(holders) = &self.holders else {
            return Ok(());
        };
        let forgotten = holders.retain_keys(&self.vault.key_ids()).await?;
        if forgotten > 0 {
            tracing::info!(
                forgotten,
                "removed receipts from the holder index: their details can no longer be opened here"
            );
        }
        Ok(())
    }

    /// Rotates the issuer's store to the newest encryption key. Returns whether all of it opens with that key.
    fn rotate(&self, state: &StateView<'_>) -> Result<bool, ServiceError> {
        let Some(own) = &self.own else {
            return Ok(true); // nothing in use
        };
        let newest = match encryption_key(state, self.organisation) {
            Ok(newest) => newest,
            Err(ServiceError::Api(_)) => return Ok(false), // none in force
            Err(error) => return Err(error),
        };
        let held = self.encryption_key.as_ref();
        if held.is_none_or(|held| held.key_id() != newest.key_id) {
            return Ok(false); // not here yet
        }
        let rotated = own.rotate_to(&newest)?;
        if rotated > 0 {
            tracing::info!(rotated, key = %newest.key_id, "own details rotated to the newest encryption key");
        }
        Ok(true)
    }

    /// Returns whether there is an issuer's store that this node is not configured to use. A folder that cannot be
    /// inspected counts as one.
    fn leaves_details_unused(&self) -> bool {
        self.own.is_none() && self.retention.own_details.try_exists().unwrap_or(true)
    }

    /// Returns whether a key has been out of force for long enough.
    fn is_due(
        &self,
        state: &StateView<'_>,
        key_id: KeyId,
        now: BlockTime,
    ) -> Result<bool, ServiceError> {
        let Some(kept) = self.retention.destroyed_after else {
            return Ok(false);
        };
        let member = ORGANISATIONS.get(state, &self.organisation)?;
        let is_it = |key: &&Key| key.id == key_id && key.purpose == KeyPurpose::Encrypt;
        let key = member
            .as_ref()
            .and_then(|member| member.keys.iter().find(is_it));
        let Some(ended) = key.and_then(|key| key.last_height) else {
            return Ok(false); // in force, or not on this ledger
        };
        let Some(header) = self.ledger.view().header(ended)? else {
            return Ok(false); // not yet
        };
        Ok(header.time.after_ms(as_ms(kept)) <= now)
    }
}

fn as_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
