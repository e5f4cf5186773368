//! `SubmitStatement`: a bank submits its statement of the movements of a region's accounts, in parts.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    day::{Statement, Tally},
    entry::Stated,
    errors::PaymentError,
    posting::{self, Room},
    schema::STATEMENTS,
    table_keys::{BankPayment, StatementKey},
};
use crate::{
    action::{ActionContext, Effects, Handler, ItemVerdict},
    malformed::{Malformed, batch},
    organisations::Role,
    rejection::Stop,
    types::{BankReference, BeijingDate, Fen, Region, StatedNotice},
};

/// Most lines of one part.
pub const STATEMENT_LINES_MAX: usize = 1_000;

/// The largest age of a statement in days: a year, leap years included.
pub const STATEMENT_DAYS_MAX: u64 = 366;

/// Submits a part of a statement (对账单). Each line is decided on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmitStatement {
    account_day: BeijingDate,
    region: Region,
    lines: Vec<StatementLine>,
    /// With the last part: the number and sum of all lines.
    declared: Option<Tally>,
}

/// One movement as the bank booked it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementLine {
    bank_reference: BankReference,
    notice: StatedNotice,
    amount: Fen,
}

impl SubmitStatement {
    /// The lines of this part, in order.
    pub fn lines(&self) -> &[StatementLine] {
        &self.lines
    }
}

impl StatementLine {
    /// The bank's number of the movement.
    pub const fn bank_reference(&self) -> &BankReference {
        &self.bank_reference
    }
}

impl TryFrom<proto::SubmitStatement> for SubmitStatement {
    type Error = Malformed;

    fn try_from(message: proto::SubmitStatement) -> Result<Self, Malformed> {
        let declared = Tally {
            count: message.declared_count,
            sum: Fen::new(message.declared_sum_fen),
        };
        if !message.last && declared != Tally::default() {
            let problem = "must be 0 in a part that is not the last";
            return Err(Malformed::new("declared_count", problem));
        }
        let lines_min = usize::from(!message.last);
        Ok(Self {
            account_day: BeijingDate::parse("account_day", message.account_day)?,
            region: Region::parse("region", message.region)?,
            lines: batch("lines", message.lines, lines_min..=STATEMENT_LINES_MAX)?,
            declared: message.last.then_some(declared),
        })
    }
}

impl TryFrom<proto::StatementLine> for StatementLine {
    type Error = Malformed;

    fn try_from(line: proto::StatementLine) -> Result<Self, Malformed> {
        if line.amount_fen == 0 {
            return Err(Malformed::new("amount_fen", "must not be 0"));
        }
        Ok(Self {
            bank_reference: BankReference::parse("bank_reference", line.bank_reference)?,
            notice: StatedNotice::parse("notice", line.notice)?,
            amount: Fen::new(line.amount_fen),
        })
    }
}

impl Handler for SubmitStatement {
    fn altered_count(&self) -> u32 {
        u32::try_from(self.lines.len()).expect("there are at most STATEMENT_LINES_MAX")
    }

    fn item_subjects(&self) -> Vec<String> {
        let references = self.lines.iter().map(StatementLine::bank_reference);
        references.map(ToString::to_string).collect()
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::AgentBank)?;
        self.check_day(ctx)?;
        let key = StatementKey {
            bank: ctx.actor_id(),
            account_day: self.account_day,
            region: self.region.clone(),
        };
        let before = ctx.overlay.get(STATEMENTS, &key)?;
        let before = before.map_or_else(|| Statement::begun(&key), Arc::unwrap_or_clone);
        let mut lines = before.lines;
        let mut effects = Effects::none();
        for line in &self.lines {
            let reference = &line.bank_reference;
            let taken = ctx.attempt(|ctx| line.execute(ctx, &key, lines))?;
            effects.items.push(match taken {
                Ok(with_line) => {
                    lines = with_line;
                    ItemVerdict::on(reference)
                }
                Err(rejection) => ItemVerdict::rejected(reference, rejection),
            });
        }
        self.check_declared(lines)?;
        let complete = self.declared.is_some() || (before.complete && lines == before.lines);
        if lines != before.lines || complete != before.complete {
            let statement = Statement {
                lines,
                complete,
                height: ctx.block.height,
                ..before
            };
            ctx.overlay.entry(STATEMENTS, &key)?.set(statement);
        }
        Ok(effects)
    }
}

impl SubmitStatement {
    fn check_day(&self, ctx: &ActionContext<'_, '_>) -> Result<(), PaymentError> {
        let (account_day, today) = (self.account_day, BeijingDate::at(ctx.block.time));
        if account_day > today.next() || today.days_after(account_day) > STATEMENT_DAYS_MAX {
            return Err(PaymentError::StatementDayOutOfBounds {
                account_day,
                today,
                days_max: STATEMENT_DAYS_MAX,
            });
        }
        // A bank may book tonight's payment under tomorrow's date, but it cannot complete tomorrow's statement yet.
        if self.declared.is_some() && account_day > today {
            return Err(PaymentError::DayNotBegun { account_day, today });
        }
        Ok(())
    }

    /// Requires that the last part declares all received lines, this part included.
    fn check_declared(&self, lines: Tally) -> Result<(), PaymentError> {
        match self.declared.filter(|declared| *declared != lines) {
            None => Ok(()),
            Some(declared) => Err(PaymentError::StatementTotalsDiffer {
                account_day: self.account_day,
                region: self.region.clone(),
                declared_count: declared.count,
                declared_sum: declared.sum,
                count: lines.count,
                sum: lines.sum,
            }),
        }
    }
}

impl StatementLine {
    /// Accepts one line. Returns the tally of the statement's lines with it.
    fn execute(
        &self,
        ctx: &mut ActionContext<'_, '_>,
        statement: &StatementKey,
        mut lines: Tally,
    ) -> Result<Tally, Stop> {
        let payment = BankPayment {
            bank: statement.bank,
            reference: self.bank_reference.clone(),
        };
        let entry = posting::entry(ctx.overlay, &payment)?;
        if let Some(stated) = &entry.stated {
            self.check_same(stated, statement)?;
            return Ok(lines);
        }
        let (region, account_day) = (statement.region.clone(), statement.account_day);
        let added = lines.add(self.amount);
        added.ok_or_else(|| PaymentError::DaySumTooLarge {
            region: region.clone(),
            day: account_day,
            bank: statement.bank,
        })?;
        let mut after = (*entry).clone();
        after.stated = Some(Stated {
            notice: self.notice.clone(),
            amount: self.amount,
            account_day,
            posted_day: posting::posted_day(ctx.overlay, &region, account_day)?,
            region,
            height: ctx.block.height,
        });
        posting::post(ctx.overlay, &entry, after, Room::OfRequests)?;
        Ok(lines)
    }

    /// Refuses a reference that was stated before with other values.
    fn check_same(&self, stated: &Stated, statement: &StatementKey) -> Result<(), PaymentError> {
        let same = self.notice == stated.notice
            && self.amount == stated.amount
            && statement.account_day == stated.account_day
            && statement.region == stated.region;
        if same {
            return Ok(());
        }
        Err(PaymentError::LineConflict {
            bank_reference: self.bank_reference.clone(),
            region: stated.region.clone(),
            account_day: stated.account_day,
            amount: stated.amount,
            notice: stated.notice.to_string(),
            height: stated.height,
        })
    }
}
