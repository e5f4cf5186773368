//! Projection of committed blocks into events, item by item.
//!
//! ```text
//!   block ── transaction ── item       one event each, in this order
//!     └ time    ├ who, operator          Cursor { height, transaction, item }
//!               └ action, word for word  +  outcome of the item
//! ```
//!
//! Events are not stored. A block and its outcomes give the same events at any time, on every node.

use piaolian_contracts::chain::Height;
use piaolian_ledger::DecodedBlock;
use piaolian_proto::v1::{
    self, Cursor, ErrorDetail, Event, ItemOutcome, Outcome, ReceiptId, transaction_body::Action,
};

use crate::{error::ServiceError, submit::outcomes};

/// Returns the place after the last item of a block.
pub(crate) const fn end_of(height: Height) -> Cursor {
    Cursor {
        height: height.get(),
        transaction: u32::MAX,
        item: u32::MAX,
    }
}

/// Returns whether `a` lies before `b` in the order of events.
fn precedes(a: &Cursor, b: &Cursor) -> bool {
    (a.height, a.transaction, a.item) < (b.height, b.transaction, b.item)
}

/// Returns the events of the transaction at `index`; none where there is no such transaction.
///
/// # Errors
/// When the transaction cannot be decoded.
pub(crate) fn events_of(block: &DecodedBlock, index: u32) -> Result<Vec<Event>, ServiceError> {
    let place = index as usize;
    let (Some(outcome), Some(body)) = (block.outcomes().get(place), block.body(place)?) else {
        return Ok(Vec::new());
    };
    let projection = EventProjection {
        height: block.height(),
        time_ms: block.time().as_ms(),
        index,
        outcome,
    };
    Ok(projection.events(body))
}

/// Returns the events of a block after `cursor`, in order.
///
/// # Errors
/// When a transaction cannot be decoded.
pub(crate) fn events_after(
    block: &DecodedBlock,
    cursor: &Cursor,
) -> Result<Vec<Event>, ServiceError> {
    let mut events = Vec::new();
    for (_, index) in block.outcomes().iter().zip(0..) {
        let after = |event: &Event| {
            event
                .cursor
                .as_ref()
                .is_some_and(|place| precedes(cursor, place))
        };
        events.extend(events_of(block, index)?.into_iter().filter(after));
    }
    Ok(events)
}

/// Projection of a transaction with its outcome.
struct EventProjection<'a> {
    height: Height,
    time_ms: u64,
    index: u32,
    outcome: &'a Outcome,
}

impl EventProjection<'_> {
    /// Returns one event for each item; one where there are no items.
    fn events(&self, body: &v1::TransactionBody) -> Vec<Event> {
        let Some(action) = &body.action else {
            return Vec::new();
        };
        let items = 0..self.outcome.items.len().max(1);
        items.map(|item| self.event(body, action, item)).collect()
    }

    fn event(&self, body: &v1::TransactionBody, action: &Action, place: usize) -> Event {
        Event {
            cursor: Some(self.cursor(place)),
            block_time_ms: self.time_ms,
            transaction_id: self.outcome.transaction_id.clone(),
            organisation: body.organisation.clone(),
            operator: body.operator.clone(),
            action: action.name().to_owned(),
            rejection: self.rejection(place),
            receipt: self.receipt(place),
            subject: self.item(place, |item| &item.subject),
            reference: self.item(place, |item| &item.reference),
            request: action.narrowed(place).map(Into::into),
        }
    }

    fn cursor(&self, place: usize) -> Cursor {
        let item = u32::try_from(place).expect("a transaction has at most 1,000 items");
        Cursor {
            height: self.height.get(),
            transaction: self.index,
            item,
        }
    }

    /// Returns why the block rejected the item, or the whole transaction.
    fn rejection(&self, place: usize) -> Option<ErrorDetail> {
        outcomes::item_rejection(self.outcome, place, self.height)
            .or_else(|| outcomes::rejection(self.outcome, self.height))
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

#[cfg(test)]
#[path = "projection_tests.rs"]
mod tests;
