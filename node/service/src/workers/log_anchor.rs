//! Anchoring the access log: how far it goes is written on the ledger, where whoever owns
//! this machine cannot change it.
//!
//! ```text
//!   start, and every hour
//!     the newest anchor ─► its entries are in the file, with its hash?
//!                             no ──► said loudly, and nothing is anchored
//!                             yes ─► entries after it ─► AnchorAccessLog, signed
//! ```
//!
//! The file is read as far as what was not compared or written by this run. What came
//! after the newest anchor can still be rewritten by whoever owns the machine: an hour of it.

use std::{sync::PoisonError, time::Duration};

use piaolian_contracts::{
    disclosure::{ACCESS_LOGS, AccessLogAnchor, AccessLogKey, LogNumber},
    storage::Key as _,
    types::OrganisationId,
};
use piaolian_custody::access_log::{AccessLogError, Head};
use piaolian_ledger::StateView;
use piaolian_proto::v1::{self, AnchorAccessLog, transaction_body::Action};
use tokio::{task::block_in_place, time::sleep};

use crate::{Service, error::ServiceError};

/// How often the log is anchored, when it has grown.
const EVERY: Duration = Duration::from_secs(3_600);

/// The file is not what the ledger has of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Contradiction {
    /// What is missing was anchored.
    #[error("it has {entries} entries, but {anchored} are anchored: some were cut off")]
    Shorter { entries: u64, anchored: u64 },
    /// All was written anew.
    #[error("its entry {0} has another hash than the one that is anchored: it was written anew")]
    OtherHash(u64),
    /// This node writes the file of an earlier log.
    #[error("the ledger has log {newest} of this organisation, so that log {log} is closed")]
    Closed { log: LogNumber, newest: LogNumber },
    /// The ledger would refuse it.
    #[error("it is log {log}, but log {next} is the one that comes next on the ledger")]
    NotNext { log: LogNumber, next: LogNumber },
    /// It can no longer be compared.
    #[error("{0}")]
    Unreadable(#[from] AccessLogError),
}

/// Anchors what is opened until the service stops. Without a sign key nothing is anchored.
///
/// # Errors
/// When this machine is in trouble.
pub async fn run(service: &Service) -> Result<(), ServiceError> {
    let mut stopping = service.stopping();
    let stopped = async move {
        let _ = stopping.wait_for(|stopping| *stopping).await; // gone: stopping as well
    };
    tokio::select! {
        () = stopped => Ok(()),
        failed = service.anchor_as_opened() => failed,
    }
}

impl Service {
    async fn anchor_as_opened(&self) -> Result<(), ServiceError> {
        if self.keys.sign.is_none() {
            tracing::warn!("without a sign key the access log is anchored by nobody");
        }
        let mut compared = None;
        loop {
            self.until_fresh().await?;
            match self.anchor(&mut compared).await {
                Err(ServiceError::Fault(fault)) => return Err(fault.into()),
                Err(error) => tracing::warn!(%error, "the access log is not anchored yet"),
                Ok(()) => {}
            }
            sleep(EVERY).await;
        }
    }

    /// Waits until what the ledger says here is what it says.
    async fn until_fresh(&self) -> Result<(), ServiceError> {
        let mut tips = self.ledger.tips();
        loop {
            tips.mark_unchanged();
            if self.is_fresh()? || tips.changed().await.is_err() {
                return Ok(());
            }
        }
    }

    /// Compares the file with the ledger, and anchors what it has beyond. `compared` is the
    /// last head of which it is known that the file has it.
    async fn anchor(&self, compared: &mut Option<Head>) -> Result<(), ServiceError> {
        let newest = newest_anchor(&self.state(), &self.organisation)?;
        let held = block_in_place(|| self.compare(newest.as_ref(), compared));
        let contradiction = held.as_ref().err().map(ToString::to_string);
        *self.contradiction() = contradiction.unwrap_or_default();
        let (anchored, head) = match held {
            Ok(anchored) => (anchored, self.access_log.head()),
            Err(contradiction) => {
                let file = self.access_log.title();
                tracing::error!(%file, %contradiction, "the access log is not the one that is anchored; nothing more of it is");
                return Ok(());
            }
        };
        if head.entries <= anchored || self.keys.sign.is_none() {
            return Ok(());
        }
        let anchor = AnchorAccessLog {
            log: self.access_log.title().log.get(),
            entries: head.entries,
            head: head.hash.into(),
        };
        self.act(Action::AnchorAccessLog(anchor), None).await?;
        *compared = Some(head);
        tracing::info!(entries = head.entries, "the access log is anchored");
        Ok(())
    }

    /// How many entries of the file are anchored.
    fn compare(
        &self,
        newest: Option<&AccessLogAnchor>,
        compared: &mut Option<Head>,
    ) -> Result<u64, Contradiction> {
        let log = self.access_log.title().log;
        let Some(anchor) = newest.filter(|anchor| anchor.log == log) else {
            check_follows(newest, log)?;
            return Ok(0);
        };
        let (anchored, entries) = (anchor.entries, self.access_log.head().entries);
        if entries < anchored {
            return Err(Contradiction::Shorter { entries, anchored });
        }
        let head = Head {
            entries: anchored,
            hash: anchor.head,
        };
        if *compared != Some(head) {
            if self.access_log.hash_at(anchored)? != Some(anchor.head) {
                return Err(Contradiction::OtherHash(anchored));
            }
            *compared = Some(head);
        }
        Ok(anchored)
    }

    /// How this node's log is, and how it was when it was last compared with the ledger.
    pub(crate) fn access_log_status(
        &self,
        state: &StateView<'_>,
    ) -> Result<v1::AccessLogStatus, ServiceError> {
        let (log, head) = (self.access_log.title().log, self.access_log.head());
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

    fn contradiction(&self) -> std::sync::MutexGuard<'_, String> {
        let held = self.access_log_contradiction.lock();
        held.unwrap_or_else(PoisonError::into_inner)
    }
}

/// The anchor of the last of an organisation's logs.
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

/// A log of which nothing is anchored is the one after the newest, or the first.
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
