//! `CloseDay`: finance closes a region's day.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    day::{DayClosing, ReconciliationDay, RegionClosing},
    errors::PaymentError,
    posting::{banks, key_of},
    schema::{RECONCILIATION_DAYS, REGION_CLOSINGS, STATEMENTS},
    table_keys::{StatementKey, day_prefix},
};
use crate::{
    action::{ActionContext, Effects, Handler, SupervisedFacts},
    fields::Field,
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    storage::predecessor,
    types::{BeijingDate, OrganisationId, Reason, Region},
};

/// Closes a region's day (关账), and with it every earlier day. No earlier day may have open entries. Its work is bounded
/// by [`FACT_BANKS_MAX`](super::FACT_BANKS_MAX).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseDay {
    day: BeijingDate,
    region: Region,
    incomplete_reason: Option<Reason>,
}

impl TryFrom<proto::CloseDay> for CloseDay {
    type Error = Malformed;

    fn try_from(message: proto::CloseDay) -> Result<Self, Malformed> {
        Ok(Self {
            day: BeijingDate::parse("account_day", message.account_day)?,
            region: Region::parse("region", message.region)?,
            incomplete_reason: Field::from_message("incomplete_reason", message.incomplete_reason)?,
        })
    }
}

impl Handler for CloseDay {
    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::DayClosed {
            region: &self.region,
            day: self.day,
        }
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Finance)?;
        self.check_over(ctx)?;
        self.check_order(ctx)?;
        let banks = banks(ctx.overlay, &self.region, self.day)?;
        self.check_statements(ctx, &banks)?;
        let closing = DayClosing {
            organisation: ctx.actor_id(),
            height: ctx.block.height,
            incomplete_reason: self.incomplete_reason.clone(),
        };
        for day in banks {
            let key = key_of(&day);
            let mut day = Arc::unwrap_or_clone(day);
            day.closing = Some(closing.clone());
            ctx.overlay.entry(RECONCILIATION_DAYS, &key)?.set(day);
        }
        let closed = RegionClosing {
            region: self.region.clone(),
            closed_through: self.day,
            closing,
        };
        ctx.overlay
            .entry(REGION_CLOSINGS, &self.region)?
            .set(closed);
        Ok(Effects::none())
    }
}

impl CloseDay {
    /// The day.
    pub const fn day(&self) -> BeijingDate {
        self.day
    }

    /// The region.
    pub const fn region(&self) -> &Region {
        &self.region
    }

    fn check_over(&self, ctx: &ActionContext<'_, '_>) -> Result<(), PaymentError> {
        let (day, today) = (self.day, BeijingDate::at(ctx.block.time));
        if day < today {
            return Ok(());
        }
        Err(PaymentError::DayNotOver { day, today })
    }

    /// Checks that the day is open, and that no earlier day with entries is open.
    fn check_order(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        let (region, day) = (self.region.clone(), self.day);
        let closed = ctx.overlay.get(REGION_CLOSINGS, &region)?;
        if let Some(closed) = closed.filter(|closed| day <= closed.closed_through) {
            return Err(PaymentError::DayClosed {
                region,
                day,
                closed_through: closed.closed_through,
                height: closed.closing.height,
            }
            .into());
        }
        match self.last_before(ctx)?.filter(|last| last.closing.is_none()) {
            None => Ok(()),
            Some(last) => Err(PaymentError::EarlierDayOpen {
                region,
                day,
                earlier: last.day,
            }
            .into()),
        }
    }

    /// Returns the region's last day before this one in which a bank has a record.
    fn last_before(
        &self,
        ctx: &ActionContext<'_, '_>,
    ) -> Result<Option<Arc<ReconciliationDay>>, Stop> {
        let prefix = day_prefix(&self.region, self.day);
        let first = [&prefix[..], &[0; OrganisationId::BYTES]].concat();
        let Some(below) = predecessor(&first) else {
            return Ok(None);
        };
        let last = ctx.overlay.floor(RECONCILIATION_DAYS, &below)?;
        Ok(last.filter(|last| last.region == self.region))
    }

    /// Checks that every bank with entries has a complete statement, unless a reason is given.
    fn check_statements(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        banks: &[Arc<ReconciliationDay>],
    ) -> Result<(), Stop> {
        if self.incomplete_reason.is_some() {
            return Ok(());
        }
        let mut incomplete = Vec::new();
        for day in banks {
            let key = StatementKey {
                bank: day.bank,
                account_day: self.day,
                region: self.region.clone(),
            };
            let statement = ctx.overlay.get(STATEMENTS, &key)?;
            if !statement.is_some_and(|statement| statement.complete) {
                incomplete.push(day.bank);
            }
        }
        match incomplete.last() {
            None => Ok(()),
            Some(bank) => Err(PaymentError::StatementIncomplete {
                region: self.region.clone(),
                day: self.day,
                bank: *bank,
                incomplete: incomplete.len(),
            }
            .into()),
        }
    }
}
