//! Retiring seal keys: one whose period is over is told of; what an issuer keeps opens with the
//! newest one, and earlier ones are destroyed once they have been out of force for as long as
//! is configured.
//!
//! ```text
//!   start, and every hour
//!     key in force for longer than its period ─► said: the next is its administrator's to register
//!     newest seal key in force ─► the issuer's store rotated to it
//!     earlier key, ended on the ledger, long enough ago ─► file overwritten and gone, forgotten
//!       but a store of the issuer's own lies here unused ─► kept: nothing could rotate it
//! ```
//!
//! From then on nobody can open with it what was sealed for this organisation before, this
//! organisation included: what it is to read longer it has to have in a store of its own.

use std::{path::PathBuf, time::Duration};

use piaolian_base::clock;
use piaolian_contracts::{
    chain::{BlockTime, Height},
    organisations::{Key, KeyId, KeyPurpose, ORGANISATIONS},
};
use piaolian_custody::keys::{destroy_earlier_seal, read_earlier_seals};
use piaolian_ledger::StateView;
use tokio::{task::block_in_place, time::sleep};

use crate::{
    Service,
    error::{ServiceError, ServiceFault},
    issue::recipients::{newest_seal_key, seal_key},
};

/// How often keys are looked at.
const EVERY: Duration = Duration::from_secs(3_600);

/// Where the seal keys lie, and how long those out of force are kept.
#[derive(Clone, Debug)]
pub struct KeyRetention {
    /// The folder of the node's keys.
    pub keys: PathBuf,
    /// How long a key is meant to be in force; `None`: as long as it likes.
    pub period: Option<Duration>,
    /// From the time of the block that ended a key; `None`: never.
    pub destroyed_after: Option<Duration>,
    /// Where an issuer's own store is, whether or not the node is configured to issue now.
    pub own_details: PathBuf,
}

/// Retires seal keys until the service stops.
///
/// # Errors
/// When this machine is in trouble.
pub async fn run(service: &Service) -> Result<(), ServiceError> {
    let mut stopping = service.stopping();
    let stopped = async move {
        let _ = stopping.wait_for(|stopping| *stopping).await; // gone: stopping as well
    };
    let retired = async {
        let mut is_first = true;
        loop {
            block_in_place(|| service.retire(clock::now(), is_first))?;
            is_first = false;
            service.forget_unreadable().await?;
            sleep(EVERY).await;
        }
    };
    tokio::select! {
        () = stopped => Ok(()),
        failed = retired => failed,
    }
}

impl Service {
    /// Retires what is due. An issuer's store is looked through when the node starts, and
    /// again before a key is destroyed.
    fn retire(&self, now: BlockTime, is_first: bool) -> Result<(), ServiceError> {
        self.tell_of_period(now)?;
        let folder = &self.retirement.keys;
        let earlier = read_earlier_seals(folder).map_err(ServiceFault::from)?;
        let state = self.state();
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
                store = %self.retirement.own_details.display(),
                keys = due.len(),
                "no earlier seal key is destroyed: what this store holds would open no more. \
                 Put [issuing] back, so that it opens with the newest key first, or move it away"
            );
            return Ok(());
        }
        for key_id in due {
            destroy_earlier_seal(folder, key_id).map_err(ServiceFault::from)?;
            self.vault.forget(key_id);
            tracing::warn!(key = %key_id, "an earlier seal key was destroyed");
        }
        Ok(())
    }

    fn tell_of_period(&self, now: BlockTime) -> Result<(), ServiceError> {
        let since = self.seal_key_since(&self.state())?;
        if self.is_overdue(since, now) {
            tracing::warn!(
                since_ms = since.map(BlockTime::as_ms),
                "the seal key's period is over: register the next one"
            );
        }
        Ok(())
    }

    /// Since when the newest of this organisation's seal keys is in force; `None`: none is.
    pub(crate) fn seal_key_since(
        &self,
        state: &StateView<'_>,
    ) -> Result<Option<BlockTime>, ServiceError> {
        let Some(key) = newest_seal_key(state, &self.organisation)? else {
            return Ok(None);
        };
        // A founder's is in force from the first block on.
        let first = key.first_height.max(Height::GENESIS.next());
        let header = self.ledger.store().header(first)?;
        Ok(Some(header.map_or(state.tip().time, |header| header.time)))
    }

    /// Whether a key that is in force since then should not be any more.
    pub(crate) fn is_overdue(&self, since: Option<BlockTime>, now: BlockTime) -> bool {
        match (since, self.retirement.period) {
            (Some(since), Some(period)) => since.after_ms(as_ms(period)) <= now,
            (None, _) | (_, None) => false,
        }
    }

    /// Whose receipts those were that nobody here can open any more, nobody here may tell.
    async fn forget_unreadable(&self) -> Result<(), ServiceError> {
        let Some(holders) = &self.holders else {
            return Ok(());
        };
        let forgotten = holders.keep_only(&self.vault.key_ids()).await?;
        if forgotten > 0 {
            tracing::info!(
                forgotten,
                "receipts that open here no more left the index of holders"
            );
        }
        Ok(())
    }

    /// Has what an issuer keeps open with the newest seal key; says whether it does.
    fn rotate(&self, state: &StateView<'_>) -> Result<bool, ServiceError> {
        let Some(issuing) = &self.issuing else {
            return Ok(true); // nothing in use
        };
        let newest = match seal_key(state, self.organisation) {
            Ok(newest) => newest,
            Err(ServiceError::Api(_)) => return Ok(false), // none in force
            Err(error) => return Err(error),
        };
        let held = self.keys.seal.as_ref();
        if held.is_none_or(|held| held.key_id() != newest.key_id) {
            return Ok(false); // not here yet
        }
        let rotated = issuing.details.rotate_to(&newest)?;
        if rotated > 0 {
            tracing::info!(rotated, key = %newest.key_id, "own details open with the newest seal key");
        }
        Ok(true)
    }

    /// Whether receipt details of its own lie here that this node was not told to use. What
    /// cannot be looked at counts as there.
    fn leaves_details_unused(&self) -> bool {
        self.issuing.is_none() && self.retirement.own_details.try_exists().unwrap_or(true)
    }

    /// Whether a key has been out of force for long enough.
    fn is_due(
        &self,
        state: &StateView<'_>,
        key_id: KeyId,
        now: BlockTime,
    ) -> Result<bool, ServiceError> {
        let Some(kept) = self.retirement.destroyed_after else {
            return Ok(false);
        };
        let member = ORGANISATIONS.get(state, &self.organisation)?;
        let is_it = |key: &&Key| key.id == key_id && key.purpose == KeyPurpose::Seal;
        let key = member
            .as_ref()
            .and_then(|member| member.keys.iter().find(is_it));
        let Some(ended) = key.and_then(|key| key.last_height) else {
            return Ok(false); // in force, or not on this ledger
        };
        let Some(header) = self.ledger.store().header(ended)? else {
            return Ok(false); // not yet
        };
        Ok(header.time.after_ms(as_ms(kept)) <= now)
    }
}

fn as_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
