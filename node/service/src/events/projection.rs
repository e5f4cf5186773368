//! Events: committed blocks, told item by item.
//!
//! ```text
//!   block ── transaction ── item       one event each, in this order
//!     └ time    ├ who, operator          Cursor { height, transaction, item }
//!               └ action, word for word  +  outcome of the item
//! ```
//!
//! Events are not stored: a block and its outcomes give them again at any time, the
//! same on every node.

use bytes::Bytes;
use piaolian_contracts::chain::{Block, Height};
use piaolian_ledger::ChainView;
use piaolian_proto::v1::{
    self, Cursor, ErrorDetail, Event, ItemOutcome, Outcome, ReceiptId, transaction_body::Action,
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
        Ok(told.events(&body))
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
            refusal: self.refusal(place),
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

#[cfg(test)]
#[path = "projection_tests.rs"]
mod tests;
