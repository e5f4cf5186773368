//! Events: committed blocks, told item by item.
//!
//! ```text
//!   block ── transaction ── item       one event each, in this order
//!     └ time    ├ who, operator          Cursor { height, transaction, item }
//!               └ act, word for word  +  outcome of the item
//! ```
//!
//! Events are not stored: a block and its outcomes give them again at any time, the
//! same on every node.

use bytes::Bytes;
use piaolian_contracts::chain::{Block, Height};
use piaolian_ledger::ChainView;
use piaolian_proto::v1::{
    self, Cursor, ErrorDetail, Event, EventKind, ItemOutcome, Outcome, ReceiptId, event::Act,
    transaction_body::Action,
};
use prost::Message;

use crate::{
    error::{ServiceError, ServiceFault},
    submit::outcomes,
};

/// The place after the last item of a block.
pub(crate) const fn end_of(height: Height) -> Cursor {
    Cursor {
        height: height.get(),
        transaction: u32::MAX,
        item: u32::MAX,
    }
}

/// Whether `a` lies before `b` in the order of events.
pub(crate) fn precedes(a: &Cursor, b: &Cursor) -> bool {
    (a.height, a.transaction, a.item) < (b.height, b.transaction, b.item)
}

/// A committed block with its outcomes.
pub(crate) struct Committed {
    pub(crate) block: Block,
    pub(crate) outcomes: Vec<Outcome>,
}

impl Committed {
    /// Reads the block of `height`; `None` above the tip.
    pub(crate) fn read(chain: &ChainView, height: Height) -> Result<Option<Self>, ServiceError> {
        let (Some(block), Some(outcomes)) = (chain.block(height)?, chain.outcomes(height)?) else {
            return Ok(None);
        };
        let block = Block::decode(block).map_err(|_| damaged(height))?;
        if block.transactions.len() != outcomes.len() {
            return Err(damaged(height).into());
        }
        Ok(Some(Self { block, outcomes }))
    }

    /// Reads the block of `height`, which a client named.
    ///
    /// # Errors
    /// When there is none, or the store cannot be read.
    pub(crate) fn at(chain: &ChainView, height: Height) -> Result<Self, ServiceError> {
        let committed = Self::read(chain, height)?;
        committed.ok_or_else(|| ServiceError::not_found(format!("block {height}")))
    }

    pub(crate) fn height(&self) -> Height {
        self.block.header.height
    }

    pub(crate) fn time_ms(&self) -> u64 {
        self.block.header.time.as_ms()
    }

    /// The events of the transaction at `index`; empty when there is none.
    pub(crate) fn events_of(&self, index: u32) -> Result<Vec<Event>, ServiceError> {
        let place = index as usize;
        let (Some(encoded), Some(outcome)) =
            (self.block.transactions.get(place), self.outcomes.get(place))
        else {
            return Ok(Vec::new());
        };
        let body = decode(encoded).ok_or_else(|| damaged(self.height()))?;
        let told = EventProjection {
            height: self.height(),
            time_ms: self.time_ms(),
            index,
            outcome,
        };
        Ok(told.events(body))
    }

    /// The events of the block after `cursor`, in order.
    pub(crate) fn events_after(&self, cursor: &Cursor) -> Result<Vec<Event>, ServiceError> {
        let mut events = Vec::new();
        for (_, index) in self.block.transactions.iter().zip(0..) {
            let after = |event: &Event| {
                event
                    .cursor
                    .as_ref()
                    .is_some_and(|place| precedes(cursor, place))
            };
            events.extend(self.events_of(index)?.into_iter().filter(after));
        }
        Ok(events)
    }
}

/// The body of a committed transaction.
pub(crate) fn decode(encoded: &Bytes) -> Option<v1::TransactionBody> {
    let transaction = v1::Transaction::decode(encoded.clone()).ok()?;
    v1::TransactionBody::decode(transaction.body).ok()
}

fn damaged(height: Height) -> ServiceFault {
    ServiceFault::Damaged(format!("block {height}"))
}

/// A transaction with its outcome, about to be told.
struct EventProjection<'a> {
    height: Height,
    time_ms: u64,
    index: u32,
    outcome: &'a Outcome,
}

impl EventProjection<'_> {
    /// One event for each item; one where there are no items.
    fn events(&self, body: v1::TransactionBody) -> Vec<Event> {
        let v1::TransactionBody {
            organisation,
            operator,
            action,
            ..
        } = body;
        let Some(action) = action else {
            return Vec::new();
        };
        let kind = kind_of(&action);
        let items = self.outcome.items.len().max(1);
        let acts = acts(action, items);
        let event = |(place, act): (usize, Option<Act>)| Event {
            cursor: Some(self.cursor(place)),
            block_time_ms: self.time_ms,
            transaction_id: self.outcome.transaction_id.clone(),
            organisation: organisation.clone(),
            operator: operator.clone(),
            kind: kind.into(),
            refusal: self.refusal(place),
            receipt: self.receipt(place),
            subject: self.item(place, |item| &item.subject),
            reference: self.item(place, |item| &item.reference),
            act,
        };
        acts.into_iter().enumerate().map(event).collect()
    }

    fn cursor(&self, place: usize) -> Cursor {
        let item = u32::try_from(place).expect("a transaction has at most 1,000 items");
        Cursor {
            height: self.height.get(),
            transaction: self.index,
            item,
        }
    }

    /// The item's own refusal, or that of the whole.
    fn refusal(&self, place: usize) -> Option<ErrorDetail> {
        outcomes::item_refusal(self.outcome, place, self.height)
            .or_else(|| outcomes::refusal(self.outcome, self.height))
    }

    /// A text of an item; empty where there is no item.
    fn item(&self, place: usize, text: fn(&ItemOutcome) -> &String) -> String {
        let item = self.outcome.items.get(place);
        item.map(text).cloned().unwrap_or_default()
    }

    fn receipt(&self, place: usize) -> Option<ReceiptId> {
        self.outcome
            .items
            .get(place)
            .and_then(|item| item.receipt.clone())
    }
}

/// What each item of a transaction asked for.
fn acts(action: Action, items: usize) -> Vec<Option<Act>> {
    let act = match action {
        Action::IssueReceipts(batch) => {
            return parts(items, batch.items.into_iter().map(Act::IssueItem));
        }
        Action::DeliverReceipts(batch) => return parts(items, deliveries(batch)),
        Action::AuditUse(batch) => return parts(items, audits(batch)),
        Action::ArchiveReceipts(batch) => return parts(items, archives(batch)),
        Action::ExchangeForPaper(act) => Act::ExchangeForPaper(act),
        Action::ReturnPaper(act) => Act::ReturnPaper(act),
        Action::NoteVerification(act) => Act::NoteVerification(act),
        Action::CreateNotices(batch) => {
            return parts(items, batch.items.into_iter().map(Act::NoticeItem));
        }
        Action::ReportPayments(batch) => {
            return parts(items, batch.items.into_iter().map(Act::PaymentReport));
        }
        Action::SubmitStatement(batch) => return parts(items, lines(batch)),
        Action::SetMandate(act) => Act::SetMandate(act),
        Action::CancelNotice(act) => Act::CancelNotice(act),
        Action::CloseDay(act) => Act::CloseDay(act),
        Action::AdmitOrganisation(act) => Act::AdmitOrganisation(act),
        Action::SuspendOrganisation(act) => Act::SuspendOrganisation(act),
        Action::ResumeOrganisation(act) => Act::ResumeOrganisation(act),
        Action::AddKey(act) => Act::AddKey(act),
        Action::RevokeKey(act) => Act::RevokeKey(act),
        Action::UpdateEndpoints(act) => Act::UpdateEndpoints(act),
        Action::RotateValidatorKey(act) => Act::RotateValidatorKey(act),
        Action::GrantRange(act) => Act::GrantRange(act),
        Action::RecallRange(act) => Act::RecallRange(act),
        Action::ReverseReceipt(act) => Act::ReverseReceipt(act),
        Action::SealBlock(act) => Act::SealBlock(act),
        Action::LockReceipt(act) => Act::LockReceipt(act),
        Action::UnlockReceipt(act) => Act::UnlockReceipt(act),
        Action::BookReceipt(act) => Act::BookReceipt(act),
        Action::UnbookReceipt(act) => Act::UnbookReceipt(act),
        Action::FileClaim(act) => Act::FileClaim(act),
        Action::DecideClaim(act) => Act::DecideClaim(act),
        Action::WithdrawClaim(act) => Act::WithdrawClaim(act),
        Action::ConfirmPayout(act) => Act::ConfirmPayout(act),
        Action::CorrectClaim(act) => Act::CorrectClaim(act),
        Action::ReleaseOrphan(act) => Act::ReleaseOrphan(act),
        Action::SetParameters(act) => Act::SetParameters(act),
        Action::Propose(act) => Act::Propose(act),
        Action::CastVote(act) => Act::CastVote(act),
        Action::GrantAccess(act) => Act::GrantAccess(act),
        Action::RevokeAccess(act) => Act::RevokeAccess(act),
        Action::AnchorAccessLog(act) => Act::AnchorAccessLog(act),
        Action::PublishPolicy(act) => Act::PublishPolicy(act),
        Action::AskExplanation(act) => Act::AskExplanation(act),
        Action::ExplainAlert(act) => Act::ExplainAlert(act),
        Action::CloseAlert(act) => Act::CloseAlert(act),
    };
    vec![Some(act); items]
}

/// The parts of a batch, one for each item.
fn parts(items: usize, parts: impl Iterator<Item = Act>) -> Vec<Option<Act>> {
    let mut parts: Vec<_> = parts.take(items).map(Some).collect();
    parts.resize(items, None);
    parts
}

fn deliveries(batch: v1::DeliverReceipts) -> impl Iterator<Item = Act> {
    batch.receipts.into_iter().map(move |receipt| {
        Act::DeliverReceipts(v1::DeliverReceipts {
            receipts: vec![receipt],
            channel: batch.channel,
        })
    })
}

fn audits(batch: v1::AuditUse) -> impl Iterator<Item = Act> {
    batch.receipts.into_iter().map(move |receipt| {
        Act::AuditUse(v1::AuditUse {
            receipts: vec![receipt],
            audit_number: batch.audit_number.clone(),
        })
    })
}

fn archives(batch: v1::ArchiveReceipts) -> impl Iterator<Item = Act> {
    batch.items.into_iter().map(move |item| {
        Act::ArchiveReceipts(v1::ArchiveReceipts {
            items: vec![item],
            mandate: batch.mandate.clone(),
            retention_years: batch.retention_years,
        })
    })
}

fn lines(mut batch: v1::SubmitStatement) -> impl Iterator<Item = Act> {
    let lines = std::mem::take(&mut batch.lines);
    lines.into_iter().map(move |line| {
        Act::SubmitStatement(v1::SubmitStatement {
            account_day: batch.account_day,
            region: batch.region.clone(),
            lines: vec![line],
            ..v1::SubmitStatement::default()
        })
    })
}

const fn kind_of(action: &Action) -> EventKind {
    match action {
        Action::AdmitOrganisation(_) => EventKind::AdmitOrganisation,
        Action::SuspendOrganisation(_) => EventKind::SuspendOrganisation,
        Action::ResumeOrganisation(_) => EventKind::ResumeOrganisation,
        Action::AddKey(_) => EventKind::AddKey,
        Action::RevokeKey(_) => EventKind::RevokeKey,
        Action::UpdateEndpoints(_) => EventKind::UpdateEndpoints,
        Action::RotateValidatorKey(_) => EventKind::RotateValidatorKey,
        Action::GrantRange(_) => EventKind::GrantRange,
        Action::RecallRange(_) => EventKind::RecallRange,
        Action::IssueReceipts(_) => EventKind::IssueReceipt,
        Action::ReverseReceipt(_) => EventKind::ReverseReceipt,
        Action::SealBlock(_) => EventKind::SealBlock,
        Action::DeliverReceipts(_) => EventKind::DeliverReceipt,
        Action::ExchangeForPaper(_) => EventKind::ExchangeForPaper,
        Action::ReturnPaper(_) => EventKind::ReturnPaper,
        Action::AuditUse(_) => EventKind::AuditUse,
        Action::ArchiveReceipts(_) => EventKind::ArchiveReceipt,
        Action::NoteVerification(_) => EventKind::NoteVerification,
        Action::LockReceipt(_) => EventKind::LockReceipt,
        Action::UnlockReceipt(_) => EventKind::UnlockReceipt,
        Action::BookReceipt(_) => EventKind::BookReceipt,
        Action::UnbookReceipt(_) => EventKind::UnbookReceipt,
        Action::FileClaim(_) => EventKind::FileClaim,
        Action::DecideClaim(_) => EventKind::DecideClaim,
        Action::WithdrawClaim(_) => EventKind::WithdrawClaim,
        Action::ConfirmPayout(_) => EventKind::ConfirmPayout,
        Action::CorrectClaim(_) => EventKind::CorrectClaim,
        Action::ReleaseOrphan(_) => EventKind::ReleaseOrphan,
        Action::SetParameters(_) => EventKind::SetParameters,
        Action::SetMandate(_) => EventKind::SetMandate,
        Action::CreateNotices(_) => EventKind::CreateNotice,
        Action::CancelNotice(_) => EventKind::CancelNotice,
        Action::ReportPayments(_) => EventKind::ReportPayment,
        Action::SubmitStatement(_) => EventKind::SubmitStatement,
        Action::CloseDay(_) => EventKind::CloseDay,
        Action::Propose(_) => EventKind::Propose,
        Action::CastVote(_) => EventKind::CastVote,
        Action::GrantAccess(_) => EventKind::GrantAccess,
        Action::RevokeAccess(_) => EventKind::RevokeAccess,
        Action::AnchorAccessLog(_) => EventKind::AnchorAccessLog,
        Action::PublishPolicy(_) => EventKind::PublishPolicy,
        Action::AskExplanation(_) => EventKind::AskExplanation,
        Action::ExplainAlert(_) => EventKind::ExplainAlert,
        Action::CloseAlert(_) => EventKind::CloseAlert,
    }
}

#[cfg(test)]
#[path = "projection_tests.rs"]
mod tests;
