//! Examining every transaction after its verdict.
//!
//! ```text
//!   Handler::supervised_facts, Effects or Rejection ─► Detectors::examine
//!      rights.rs         actions without the right to them
//!      issuance.rs       hours, rate, amounts, gaps, shares of reversals, foreign numbers
//!      presentation.rs   receipts presented again, altered, forged, reversed, on paper
//!      claims.rs         claims of several receipts filed and decided so, payouts, owners gone
//!      returns.rs        money paid late, twice or in another amount, or back unasked; errors; references used twice
//!      day_closing.rs    days of payments closed although they do not match
//!         └─► Findings ─► raise.rs: a new alert, or one more of an open one
//! ```
//!
//! Each block has its own detectors. They read a counter once, and write it at the end of the block.

mod claims;
mod counters;
mod day_closing;
mod issuance;
mod presentation;
mod raise;
mod returns;
mod rights;

use crate::{
    action::{ActionContext, Effects, Handler, SupervisedFacts},
    chain::Hash,
    rejection::Rejection,
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

/// The detectors of a block's transactions.
#[derive(Debug, Default)]
pub(crate) struct Detectors {
    counters: Counters,
    /// The number of the next alert; set once this block has raised one.
    next: Option<AlertId>,
    /// The findings of the transaction that is examined.
    found: Vec<Found>,
}

/// A suspicion that a transaction raised.
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
    /// A finding that is counted by hour, for suspicions that may be many.
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

    /// A finding that is counted by day.
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

    /// A finding that is counted by receipt.
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

    /// Names an organisation, unless it is the subject.
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

/// An action that was executed: done, or rejected as a whole.
pub(crate) struct Examined<'a> {
    pub(crate) transaction: &'a Hash,
    /// The name of the action's message.
    pub(crate) action: &'static str,
    pub(crate) handler: &'a dyn Handler,
    pub(crate) verdict: &'a Result<Effects, Rejection>,
}

impl Detectors {
    /// Examines a transaction after its verdict and writes its alerts.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn examine(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        examined: &Examined<'_>,
    ) -> Result<(), Fault> {
        let facts = examined.handler.supervised_facts();
        match examined.verdict {
            Ok(effects) => {
                self.created(ctx)?;
                self.foreign_items(ctx, examined.action, effects)?;
                self.accepted(ctx, &facts, effects)?;
            }
            Err(rejection) => {
                self.rejected(ctx, examined.action, rejection);
                self.foreign_receipts(ctx, examined, rejection)?;
                self.rejected_whole(ctx, &facts, rejection)?;
            }
        }
        self.raise(ctx, examined.transaction)
    }

    /// Examines an accepted action. Some of its items may be rejected.
    fn accepted(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        facts: &SupervisedFacts<'_>,
        effects: &Effects,
    ) -> Result<(), Fault> {
        match facts {
            SupervisedFacts::Issues => self.rejected_numbers(ctx, effects),
            SupervisedFacts::Claimed(presented) => {
                self.claimed_after_error(ctx, presented.receipt)?;
                self.claimed(ctx, presented.receipt)
            }
            SupervisedFacts::Reversal { original, .. }
            | SupervisedFacts::Reissue { original, .. } => {
                self.reversed_after_error(ctx, *original)
            }
            SupervisedFacts::PayoutConfirmed(payout) => {
                self.ended_by_recall(ctx, payout)?;
                self.paid(ctx, payout, effects)
            }
            SupervisedFacts::Returned(back) => self.returned(ctx, back, effects),
            SupervisedFacts::EnteredInError {
                receipt,
                voucher_number,
            } => {
                self.entered_in_error(ctx, *receipt, voucher_number);
                Ok(())
            }
            SupervisedFacts::Struck {
                receipt,
                payer,
                voucher_number,
            } => {
                self.struck(ctx, *receipt, *payer, voucher_number);
                Ok(())
            }
            SupervisedFacts::Filed { presented, .. } => self.filed(ctx, presented),
            SupervisedFacts::Released {
                receipt,
                organisation,
            } => {
                self.released(ctx, *receipt, *organisation);
                Ok(())
            }
            SupervisedFacts::DayClosed { region, day } => self.closed_day(ctx, region, *day),
            SupervisedFacts::Corrected { insurer, number } => {
                let insurer = insurer.unwrap_or(ctx.actor_id());
                self.corrected(ctx, insurer, number)
            }
            SupervisedFacts::Published { code } => self.published(ctx, code),
            SupervisedFacts::Nothing
            | SupervisedFacts::Verified(_)
            | SupervisedFacts::Decided { .. } => Ok(()),
        }
    }

    /// Examines an action that was rejected as a whole.
    fn rejected_whole(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        facts: &SupervisedFacts<'_>,
        by: &Rejection,
    ) -> Result<(), Fault> {
        match facts {
            SupervisedFacts::Reversal { named, .. } => self.not_issued(ctx, *named, by),
            SupervisedFacts::Reissue { named, .. } => named
                .iter()
                .try_for_each(|named| self.not_issued(ctx, *named, by)),
            SupervisedFacts::Claimed(presented) | SupervisedFacts::Verified(presented) => {
                self.not_claimed(ctx, presented, by)
            }
            SupervisedFacts::Filed { number, presented } => {
                self.not_filed(ctx, number, presented, by)
            }
            SupervisedFacts::Decided { number } => self.not_decided(ctx, number, by),
            SupervisedFacts::PayoutConfirmed(payout) => {
                self.reference_reused(ctx, payout.bank_reference, by);
                Ok(())
            }
            SupervisedFacts::Returned(back) => {
                self.reference_reused(ctx, back.bank_reference, by);
                Ok(())
            }
            SupervisedFacts::Nothing
            | SupervisedFacts::EnteredInError { .. }
            | SupervisedFacts::Struck { .. }
            | SupervisedFacts::Issues
            | SupervisedFacts::Corrected { .. }
            | SupervisedFacts::Published { .. }
            | SupervisedFacts::Released { .. }
            | SupervisedFacts::DayClosed { .. } => Ok(()),
        }
    }

    /// Examines the rejected items of a batch for numbers of other issuers.
    fn rejected_numbers(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        effects: &Effects,
    ) -> Result<(), Fault> {
        for item in &effects.items {
            if let Some(rejection) = &item.rejection {
                self.not_issued(ctx, item.receipt, rejection)?;
            }
        }
        Ok(())
    }

    /// Adds a finding. Several with the same matter in one transaction count as one.
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

    /// Writes the findings of a transaction.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(crate) fn raise(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        transaction: &Hash,
    ) -> Result<(), Fault> {
        let at = Finding {
            height: ctx.block.height,
            time: ctx.block.time,
            transaction: *transaction,
        };
        for found in std::mem::take(&mut self.found) {
            raise::raise(ctx.overlay, &mut self.next, &at, found)?;
        }
        Ok(())
    }

    /// Writes the counters at the end of the block.
    pub(crate) fn finish(self, overlay: &mut Overlay<'_>) -> Result<(), Fault> {
        self.counters.write(overlay)
    }
}
