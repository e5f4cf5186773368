//! Anchors of the access log: its head is on the ledger, where the owner of this machine cannot change it.
//!
//! ```text
//!   start, and every hour
//!     the newest anchor ─► its entries are in the file, with its hash?
//!                             no ──► logged as an error, and nothing is anchored
//!                             yes ─► entries after it ─► AnchorAccessLog, signed
//! ```
//!
//! A run reads only entries that the node has neither compared nor written since its start. The owner of the machine
//! can still rewrite the entries after the newest anchor, which are those of about an hour.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use piaolian_contracts::{
    disclosure::{ACCESS_LOGS, AccessLogAnchor, AccessLogKey, LogNumber},
    storage::Key as _,
    types::OrganisationId,
};
use piaolian_custody::access_log::{AccessLog, AccessLogError, Head};
use piaolian_ledger::{Ledger, StateView};
use piaolian_proto::v1::{self, AnchorAccessLog, transaction_body::Action};
use tokio::{task::block_in_place, time::sleep};

use super::is_fresh;
use crate::{error::ServiceError, submit::Submitter};

/// Time between anchors of a log that has grown.
const INTERVAL: Duration = Duration::from_secs(3_600);

/// A contradiction between the file and the ledger.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Contradiction {
    /// Anchored entries are missing.
    #[error("it has {entries} entries, but {anchored} are anchored: some were cut off")]
    Shorter { entries: u64, anchored: u64 },
    /// The file was written anew.
    #[error("its entry {0} has another hash than the one that is anchored: it was written anew")]
    OtherHash(u64),
    /// This node writes the file of an earlier log.
    #[error("the ledger has log {newest} of this organisation, so that log {log} is closed")]
    Closed { log: LogNumber, newest: LogNumber },
    /// The number of this log is not the next one on the ledger.
    #[error("it is log {log}, but the next log on the ledger is {next}")]
    NotNext { log: LogNumber, next: LogNumber },
    /// It can no longer be compared.
    #[error("{0}")]
    Unreadable(#[from] AccessLogError),
}

/// Anchors this node's access log on the ledger.
pub struct LogAnchor {
    ledger: Ledger,
    organisation: OrganisationId,
    log: Arc<AccessLog>,
    submitter: Arc<Submitter>,
    /// The contradiction that the last comparison found; empty if there was none.
    contradiction: Mutex<String>,
}

impl LogAnchor {
    /// Returns the worker that anchors `log` for `organisation`.
    pub(crate) fn new(
        ledger: Ledger,
        organisation: OrganisationId,
        log: Arc<AccessLog>,
        submitter: Arc<Submitter>,
    ) -> Self {
        Self {
            ledger,
            organisation,
            log,
            submitter,
            contradiction: Mutex::default(),
        }
    }

    /// Compares the log with its anchor every hour, and anchors new entries. Without a sign key it only compares. Never
    /// returns without an error.
    ///
    /// # Errors
    /// On a fault of this machine.
    pub(super) async fn run(&self) -> Result<(), ServiceError> {
        if !self.submitter.has_sign_key() {
            tracing::warn!("access log is not anchored: the node holds no sign key");
        }
        let mut compared = None;
        loop {
            self.until_fresh().await?;
            match self.anchor(&mut compared).await {
                Err(ServiceError::Fault(fault)) => return Err(fault.into()),
                Err(error) => {
                    tracing::warn!(%error, "access log anchor not accepted; retried in an hour");
                }
                Ok(()) => {}
            }
            sleep(INTERVAL).await;
        }
    }

    /// Waits until this node has the chain's tip.
    async fn until_fresh(&self) -> Result<(), ServiceError> {
        let mut tips = self.ledger.tips();
        loop {
            tips.mark_unchanged();
            if is_fresh(&self.ledger)? || tips.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    /// Compares the file with the ledger, and anchors its newer entries. `compared` is the last head that the file is known
    /// to have.
    async fn anchor(&self, compared: &mut Option<Head>) -> Result<(), ServiceError> {
        let newest = newest_anchor(&self.ledger.view().state(), &self.organisation)?;
        let held = block_in_place(|| self.compare(newest.as_ref(), compared));
        let contradiction = held.as_ref().err().map(ToString::to_string);
        *self.contradiction() = contradiction.unwrap_or_default();
        let (anchored, head) = match held {
            Ok(anchored) => (anchored, self.log.head()),
            Err(contradiction) => {
                let file = self.log.header();
                tracing::error!(%file, %contradiction, "access log contradicts its anchor; anchoring stopped");
                return Ok(());
            }
        };
        if head.entries <= anchored || !self.submitter.has_sign_key() {
            return Ok(());
        }
        let anchor = AnchorAccessLog {
            log: self.log.header().log.get(),
            entries: head.entries,
            head: head.hash.into(),
        };
        let action = Action::AnchorAccessLog(anchor);
        self.submitter.sign_and_submit(action, None).await?;
        *compared = Some(head);
        tracing::info!(entries = head.entries, "access log anchored");
        Ok(())
    }

    /// Returns how many entries of the file are anchored.
    fn compare(
        &self,
        newest: Option<&AccessLogAnchor>,
        compared: &mut Option<Head>,
    ) -> Result<u64, Contradiction> {
        let log = self.log.header().log;
        let Some(anchor) = newest.filter(|anchor| anchor.log == log) else {
            check_follows(newest, log)?;
            return Ok(0);
        };
        let (anchored, entries) = (anchor.entries, self.log.head().entries);
        if entries < anchored {
            return Err(Contradiction::Shorter { entries, anchored });
        }
        let head = Head {
            entries: anchored,
            hash: anchor.head,
        };
        if *compared != Some(head) {
            if self.log.hash_at(anchored)? != Some(anchor.head) {
                return Err(Contradiction::OtherHash(anchored));
            }
            *compared = Some(head);
        }
        Ok(anchored)
    }

    /// Returns the state of the log, with what the last comparison with the ledger found.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) fn status(
        &self,
        state: &StateView<'_>,
    ) -> Result<v1::AccessLogStatus, ServiceError> {
        let (log, head) = (self.log.header().log, self.log.head());
        let key = AccessLogKey {
            organisation: self.organisation,
            log,
        };
        let anchor = ACCESS_LOGS.get(state, &key)?;
        Ok(v1::AccessLogStatus {
            log: log.get(),
            entries: head.entries,
            head: head.hash.into(),
            anchored_entries: anchor.map_or(0, |anchor| anchor.entries),
            contradiction: self.contradiction().clone(),
        })
    }

    fn contradiction(&self) -> MutexGuard<'_, String> {
        let held = self.contradiction.lock();
        held.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the newest anchor of the last of an organisation's logs.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn newest_anchor(
    state: &StateView<'_>,
    organisation: &OrganisationId,
) -> Result<Option<AccessLogAnchor>, ServiceError> {
    let last = AccessLogKey {
        organisation: *organisation,
        log: LogNumber::LAST,
    };
    let prefix = organisation.as_bytes();
    let mut found = ACCESS_LOGS.descend(state, prefix, last.bytes().to_vec(), 1)?;
    Ok(found.pop())
}

/// Checks the number of a log of which nothing is anchored: it follows the newest, or is the first.
fn check_follows(newest: Option<&AccessLogAnchor>, log: LogNumber) -> Result<(), Contradiction> {
    let next = match newest {
        None => LogNumber::FIRST,
        Some(newest) if newest.log > log => {
            let newest = newest.log;
            return Err(Contradiction::Closed { log, newest });
        }
        Some(newest) => newest.log.next().unwrap_or(LogNumber::LAST),
    };
    if log == next {
        Ok(())
    } else {
        Err(Contradiction::NotNext { log, next })
    }
}
