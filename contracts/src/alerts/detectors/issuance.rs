//! Issuing and reversing: hours, rate, amounts, gaps, shares, foreign numbers.

use super::{Detectors, Found};
use crate::{
    action::{ActionContext, Created},
    alerts::{kinds::Suspicion, schema::begin_of},
    number_ranges,
    receipts::RECEIPTS,
    rejection::Rejection,
    state::Fault,
    types::{BeijingDate, BeijingTime, BlockTime, Fen, OrganisationId, ReceiptId},
};

impl Detectors {
    /// Examines the receipts that an accepted transaction created, of any
    /// issuer.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn created(&mut self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Fault> {
        let created = std::mem::take(&mut ctx.created);
        for run in created.chunk_by(|one, next| one.issuer == next.issuer) {
            let (mut count, mut last) = (0_u64, None);
            for created in run {
                self.detect_gap(ctx, created);
                self.detect_late(ctx, created);
                if let Some(original) = created.reverses {
                    self.reversed(ctx, created.issuer, original)?;
                } else {
                    self.detect_amount(ctx, created)?;
                    count = count.saturating_add(1);
                    last = Some(created);
                }
            }
            if let Some(last) = last {
                self.detect_hours(ctx, last, count);
                self.detect_rate(ctx, last.issuer, count)?;
            }
        }
        Ok(())
    }

    /// Examines a reversal by `issuer`.
    fn reversed(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        issuer: OrganisationId,
        original: ReceiptId,
    ) -> Result<(), Fault> {
        self.detect_share(ctx, issuer)?;
        self.detect_verification(ctx, issuer, original)
    }

    /// Examines the rejection of an issue with a named number.
    ///
    /// # Errors
    /// When the state cannot be read.
    pub(super) fn not_issued(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        named: Option<ReceiptId>,
        by: &Rejection,
    ) -> Result<(), Fault> {
        let foreign = by.code == number_ranges::code::NumberOfAnotherIssuer;
        let Some(receipt) = named.filter(|_| foreign) else {
            return Ok(());
        };
        let issuer = ctx.actor_id();
        // A reissue names two numbers, and one of them may be the issuer's own.
        let owner = number_ranges::owner(ctx.overlay, &receipt)?;
        let Some(owner) = owner.filter(|owner| *owner != issuer) else {
            return Ok(());
        };
        let suspicion = Suspicion::ForeignNumber {
            receipt,
            issuer,
            owner,
        };
        let found = Found::hourly(suspicion, issuer, ctx.block.time)
            .on(receipt)
            .naming(owner);
        self.note(found);
        Ok(())
    }

    /// Compares an amount with the mean of its kind, then adds it to the mean.
    fn detect_amount(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        created: &Created,
    ) -> Result<(), Fault> {
        let Created {
            issuer,
            receipt,
            total,
            ..
        } = *created;
        let fen = u64::try_from(total.get()).unwrap_or(0);
        let mean = self.counters.amounts(ctx.overlay, receipt.code.kind())?;
        let before = *mean;
        mean.add(fen);
        let thresholds = ctx.block.parameters.alerts();
        let Some(factor_max) = thresholds.amount_factor_max() else {
            return Ok(());
        };
        if before.count >= thresholds.amount_receipts_min() && before.exceeded_by(fen, factor_max) {
            let suspicion = Suspicion::UnusualAmount {
                receipt,
                issuer,
                total,
                mean: Fen::new(i64::try_from(before.mean_fen()).unwrap_or(i64::MAX)),
                factor_max,
            };
            self.note(Found::hourly(suspicion, issuer, ctx.block.time).on(receipt));
        }
        Ok(())
    }

    fn detect_hours(&mut self, ctx: &ActionContext<'_, '_>, last: &Created, count: u64) {
        let Some(hours) = ctx.block.parameters.alerts().hours() else {
            return;
        };
        let time = BeijingTime::at(ctx.block.time);
        if hours.contain(time) {
            return;
        }
        let clock = |hhmm: u32| format!("{:02}:{:02}", hhmm / 100, hhmm % 100);
        let (issuer, receipt) = (last.issuer, last.receipt);
        let suspicion = Suspicion::OutsideHours {
            receipt,
            issuer,
            time: ctx.block.time.in_beijing(),
            from: clock(hours.from),
            to: clock(hours.to),
        };
        let found = Found::hourly(suspicion, issuer, ctx.block.time);
        self.note(found.on(receipt).times(count));
    }

    fn detect_rate(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        issuer: OrganisationId,
        count: u64,
    ) -> Result<(), Fault> {
        let now = ctx.block.time;
        let counter = self.counters.issuer(ctx.overlay, now, issuer)?;
        counter.issue(count);
        let (hour, issued) = (counter.hour, counter.hour_issued);
        let receipts_max = ctx.block.parameters.alerts().hour_receipts_max();
        if let Some(receipts_max) = receipts_max.filter(|most| issued > *most) {
            let suspicion = Suspicion::AboveRate {
                issuer,
                hour: begin_of(hour).in_beijing(),
                issued,
                receipts_max,
            };
            let above = issued.saturating_sub(receipts_max).min(count);
            self.note(Found::hourly(suspicion, issuer, now).times(above));
        }
        Ok(())
    }

    /// Examines the gap of unused numbers below a receipt's number.
    fn detect_gap(&mut self, ctx: &ActionContext<'_, '_>, created: &Created) {
        let gap_max = ctx.block.parameters.alerts().number_gap_max();
        if let Some(gap_max) = gap_max.filter(|most| created.skipped > *most) {
            let suspicion = Suspicion::NumberGap {
                receipt: created.receipt,
                issuer: created.issuer,
                skipped: created.skipped,
                gap_max,
            };
            let found = Found::hourly(suspicion, created.issuer, ctx.block.time);
            self.note(found.on(created.receipt));
        }
    }

    /// Examines an issue date that lies further back than usual.
    fn detect_late(&mut self, ctx: &ActionContext<'_, '_>, created: &Created) {
        let Some(late) = &created.late else {
            return;
        };
        let suspicion = Suspicion::LateIssue {
            receipt: created.receipt,
            issuer: created.issuer,
            issue_date: late.issue_date,
            today: BeijingDate::at(ctx.block.time),
            reason: late.reason.clone(),
        };
        let found = Found::hourly(suspicion, created.issuer, ctx.block.time);
        self.note(found.on(created.receipt));
    }

    fn detect_share(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        issuer: OrganisationId,
    ) -> Result<(), Fault> {
        let counter = self.counters.issuer(ctx.overlay, ctx.block.time, issuer)?;
        counter.reverse();
        let counter = *counter;
        let thresholds = ctx.block.parameters.alerts();
        let Some(share_max) = thresholds.reversal_share_max() else {
            return Ok(());
        };
        if counter.date_reversed >= thresholds.reversals_min() && counter.reversed_above(share_max)
        {
            let suspicion = Suspicion::ReversalShare {
                issuer,
                date: counter.date,
                reversed: counter.date_reversed,
                issued: counter.date_issued,
                share_max,
            };
            self.note(Found::daily(suspicion, issuer, counter.date));
        }
        Ok(())
    }

    fn detect_verification(
        &mut self,
        ctx: &mut ActionContext<'_, '_>,
        issuer: OrganisationId,
        original: ReceiptId,
    ) -> Result<(), Fault> {
        let window_ms = ctx.block.parameters.alerts().verification_window_ms();
        let receipt = ctx.overlay.get(RECEIPTS, &original)?;
        let Some((window_ms, receipt)) = window_ms.zip(receipt) else {
            return Ok(());
        };
        let recent = |time: BlockTime| ctx.block.time < time.after_ms(window_ms);
        let noted = receipt.verification.filter(|noted| recent(noted.time));
        if let Some((noted, reversal)) = noted.zip(receipt.reversed_by) {
            let suspicion = Suspicion::ReversedAfterVerification {
                receipt: original,
                issuer,
                verifier: noted.organisation,
                verified: noted.time.in_beijing(),
                reversal,
            };
            self.note(Found::about(suspicion, issuer, original).naming(noted.organisation));
        }
        Ok(())
    }
}
