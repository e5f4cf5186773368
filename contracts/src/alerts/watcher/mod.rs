//! Looking at every transaction after its verdict.
//!
//! ```text
//!   execute/supervise.rs: which action is watched for what
//!      issuing.rs    hours, rate, amounts, gaps, shares of reversals, foreign numbers
//!      claiming.rs   claims on what is claimed, altered, forged, reversed, on paper
//!      claims.rs     claims of several receipts filed and decided so, payouts, owners gone
//!      closing.rs    days of payments closed although they do not match
//!      rights.rs     acts without the right to them
//!         └─► Findings ─► raise.rs: a new alert, or one more of an open one
//! ```
//!
//! One watcher lives as long as a block. Counters are read once and written at its end.

mod claiming;
mod claims;
mod closing;
mod counters;
mod issuing;
mod raise;
mod rights;

use crate::{
    act::Act,
    chain::Hash,
    state::Fault,
    storage::Overlay,
    types::{BeijingDate, BlockTime, OrganisationId, ReceiptId},
};

use self::counters::Counters;
use super::{
    kinds::Suspicion,
    record::{AlertId, Finding, Scope},
    schema::hour_of,
};

pub(crate) use claiming::Presented;

/// Watches the transactions of a block.
#[derive(Debug, Default)]
pub(crate) struct Watcher {
    counters: Counters,
    /// The number of the next alert, once one was raised in this block.
    next: Option<AlertId>,
    /// What the transaction that is looked at has shown so far.
    found: Vec<Found>,
}

/// Something suspicious in one transaction.
#[derive(Debug)]
struct Found {
    suspicion: Suspicion,
    subject: OrganisationId,
    /// Others that it names.
    organisations: Vec<OrganisationId>,
    receipt: Option<ReceiptId>,
    scope: Scope,
    times: u64,
}

impl Found {
    /// Of an hour: what may come in numbers.
    fn hourly(suspicion: Suspicion, subject: OrganisationId, time: BlockTime) -> Self {
        Self {
            suspicion,
            subject,
            organisations: Vec::new(),
            receipt: None,
            scope: Scope::Hour(hour_of(time)),
            times: 1,
        }
    }

    /// Of a day.
    fn daily(suspicion: Suspicion, subject: OrganisationId, date: BeijingDate) -> Self {
        Self {
            suspicion,
            subject,
            organisations: Vec::new(),
            receipt: None,
            scope: Scope::Date(date),
            times: 1,
        }
    }

    /// Of a receipt, which there is one of.
    fn about(suspicion: Suspicion, subject: OrganisationId, receipt: ReceiptId) -> Self {
        Self {
            suspicion,
            subject,
            organisations: Vec::new(),
            receipt: Some(receipt),
            scope: Scope::Receipt(receipt),
            times: 1,
        }
    }

    fn on(mut self, receipt: ReceiptId) -> Self {
        self.receipt = Some(receipt);
        self
    }

    /// Names another organisation, if it is another.
    fn naming(mut self, organisation: OrganisationId) -> Self {
        if organisation != self.subject && !self.organisations.contains(&organisation) {
            self.organisations.push(organisation);
        }
        self
    }

    const fn times(mut self, times: u64) -> Self {
        self.times = times;
        self
    }

    fn is_same_matter(&self, other: &Self) -> bool {
        self.suspicion.number() == other.suspicion.number()
            && self.subject == other.subject
            && self.scope == other.scope
    }
}

impl Watcher {
    /// Notes what was found; the same matter within one transaction is one finding.
    fn note(&mut self, found: Found) {
        let same = self
            .found
            .iter_mut()
            .find(|held| held.is_same_matter(&found));
        match same {
            None => self.found.push(found),
            Some(held) => {
                let times = held.times.saturating_add(found.times);
                *held = found.times(times);
            }
        }
    }

    /// Writes what was found in a transaction.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn raise(&mut self, act: &mut Act<'_, '_>, transaction: &Hash) -> Result<(), Fault> {
        let at = Finding {
            height: act.block.height,
            time: act.block.time,
            transaction: *transaction,
        };
        for found in std::mem::take(&mut self.found) {
            raise::raise(act.overlay, &mut self.next, &at, found)?;
        }
        Ok(())
    }

    /// Writes the counters at the end of the block.
    pub(crate) fn finish(self, overlay: &mut Overlay<'_>) -> Result<(), Fault> {
        self.counters.write(overlay)
    }
}
