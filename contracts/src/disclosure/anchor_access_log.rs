//! `AnchorAccessLog`: how far a node's access log goes, written down where its owner cannot
//! change it.

use piaolian_proto::v1 as proto;

use super::{
    access_log::{AccessLogAnchor, LogNumber},
    errors::DisclosureError,
    schema::{ACCESS_LOGS, AccessLogKey},
};
use crate::{
    act::{Act, Effects, Handler},
    chain::Hash,
    malformed::Malformed,
    rejection::Stop,
};

/// Writes down how many entries a log has and the hash of the last. A suspended organisation
/// may, and is to: it goes on reading what it could read before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnchorAccessLog {
    log: LogNumber,
    entries: u64,
    head: Hash,
}

impl TryFrom<proto::AnchorAccessLog> for AnchorAccessLog {
    type Error = Malformed;

    fn try_from(message: proto::AnchorAccessLog) -> Result<Self, Malformed> {
        if message.entries == 0 {
            return Err(Malformed::new("entries", "must be at least 1"));
        }
        Ok(Self {
            log: LogNumber::parse("log", message.log)?,
            entries: message.entries,
            head: Hash::parse("head", &message.head)?,
        })
    }
}

impl Handler for AnchorAccessLog {
    fn execute(&self, act: &mut Act<'_, '_>) -> Result<Effects, Stop> {
        self.check_order(act)?;
        self.check_grown(act)?;
        let anchor = AccessLogAnchor {
            organisation: act.actor_id(),
            log: self.log,
            entries: self.entries,
            head: self.head,
            height: act.block.height,
            time: act.block.time,
        };
        act.overlay.entry(ACCESS_LOGS, &self.key(act))?.set(anchor);
        Ok(Effects::none())
    }
}

impl AnchorAccessLog {
    fn key(&self, act: &Act<'_, '_>) -> AccessLogKey {
        AccessLogKey {
            organisation: act.actor_id(),
            log: self.log,
        }
    }

    /// Logs follow each other without a gap, and one that another followed is closed.
    fn check_order(&self, act: &mut Act<'_, '_>) -> Result<(), Stop> {
        let key = self.key(act);
        let (organisation, log) = (key.organisation, key.log);
        if let Some(before) = log.previous() {
            let key = AccessLogKey { log: before, ..key };
            if act.overlay.get(ACCESS_LOGS, &key)?.is_none() {
                return Err(DisclosureError::LogSkipsOne {
                    organisation,
                    log,
                    before,
                }
                .into());
            }
        }
        if let Some(next) = log.next() {
            let key = AccessLogKey { log: next, ..key };
            if let Some(begun) = act.overlay.get(ACCESS_LOGS, &key)? {
                return Err(DisclosureError::LogClosed {
                    organisation,
                    log,
                    next: begun.log,
                }
                .into());
            }
        }
        Ok(())
    }

    fn check_grown(&self, act: &mut Act<'_, '_>) -> Result<(), Stop> {
        let key = self.key(act);
        match act.overlay.get(ACCESS_LOGS, &key)? {
            Some(anchor) if anchor.entries >= self.entries => Err(DisclosureError::LogNotLonger {
                organisation: key.organisation,
                log: self.log,
                entries: self.entries,
                anchored: anchor.entries,
            }
            .into()),
            Some(_) | None => Ok(()),
        }
    }
}
