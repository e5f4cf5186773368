//! `AnchorAccessLog`: a node records the end of its access log on the ledger, where it cannot change it later.

use piaolian_proto::v1 as proto;

use super::{
    access_log::{AccessLogAnchor, LogNumber},
    errors::DisclosureError,
    schema::{ACCESS_LOGS, AccessLogKey},
};
use crate::{
    action::{ActionContext, Effects, Handler},
    chain::Hash,
    malformed::Malformed,
    rejection::Stop,
};

/// Records the number of entries of a log and the hash of the last. A suspended organisation anchors too, because it
/// can still read what it could read before.
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
    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        self.check_order(ctx)?;
        self.check_grown(ctx)?;
        let anchor = AccessLogAnchor {
            organisation: ctx.actor_id(),
            log: self.log,
            entries: self.entries,
            head: self.head,
            height: ctx.block.height,
            time: ctx.block.time,
        };
        ctx.overlay.entry(ACCESS_LOGS, &self.key(ctx))?.set(anchor);
        Ok(Effects::none())
    }
}

impl AnchorAccessLog {
    fn key(&self, ctx: &ActionContext<'_, '_>) -> AccessLogKey {
        AccessLogKey {
            organisation: ctx.actor_id(),
            log: self.log,
        }
    }

    /// Checks that logs follow each other without a gap. A log is closed once the next one has begun.
    fn check_order(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        let key = self.key(ctx);
        let (organisation, log) = (key.organisation, key.log);
        if let Some(before) = log.previous() {
            let key = AccessLogKey { log: before, ..key };
            if ctx.overlay.get(ACCESS_LOGS, &key)?.is_none() {
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
            if let Some(begun) = ctx.overlay.get(ACCESS_LOGS, &key)? {
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

    fn check_grown(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        let key = self.key(ctx);
        match ctx.overlay.get(ACCESS_LOGS, &key)? {
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
