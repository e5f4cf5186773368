//! History of a receipt: each action on it, accepted or rejected, oldest first.

use std::sync::Arc;

use piaolian_contracts::{chain::Height, malformed::Malformed, types::ReceiptId};
use piaolian_ledger::{ChainView, DecodedBlock, Occurrence};
use piaolian_proto::v1::{Event, GetReceiptHistoryRequest, GetReceiptHistoryResponse};

use super::Queries;
use crate::{
    error::{ServiceError, ServiceFault},
    events::projection,
    pagination::Page,
};

/// A place in a receipt's history as a page's key: height, transaction, item.
const KEY_BYTES: usize = 16;

impl Queries {
    /// Returns a page of a receipt's history.
    ///
    /// # Errors
    /// When the request is malformed or the store cannot be read.
    pub fn get_receipt_history(
        &self,
        request: &GetReceiptHistoryRequest,
    ) -> Result<GetReceiptHistoryResponse, ServiceError> {
        let receipt = ReceiptId::parse("receipt", request.receipt.clone())?;
        let page = Page::parse(request.page_size, &request.page_token)?;
        let after = after(&page, &receipt)?;
        let chain = self.ledger.view();
        let mut found = chain.history(&receipt.key(), after, page.size + 1)?;
        let next_page_token = page.cut(&mut found, |place| key(place).to_vec());
        Ok(GetReceiptHistoryResponse {
            events: events_of(chain, &found)?,
            next_page_token,
        })
    }
}

/// Returns the first `limit` events of a receipt, and whether there are more.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn first_events(
    chain: &ChainView,
    receipt: &ReceiptId,
    limit: usize,
) -> Result<(Vec<Event>, bool), ServiceError> {
    let found = chain.history(&receipt.key(), None, limit)?;
    let after = found.last().copied();
    let is_more = !chain.history(&receipt.key(), after, 1)?.is_empty();
    Ok((events_of(chain, &found)?, is_more))
}

/// Returns the events of occurrences. They are in order, so that each block is read once.
fn events_of(
    chain: &ChainView,
    occurrences: &[(Height, Occurrence)],
) -> Result<Vec<Event>, ServiceError> {
    let mut events = Vec::with_capacity(occurrences.len());
    let mut read: Option<Arc<DecodedBlock>> = None;
    for (height, occurrence) in occurrences {
        let block = match read.take() {
            Some(block) if block.height() == *height => block,
            Some(_) | None => chain.decoded_block(*height)?.ok_or_else(|| lost(*height))?,
        };
        let of_transaction = projection::events_of(&block, occurrence.transaction)?;
        let event = of_transaction.into_iter().nth(occurrence.item as usize);
        events.push(event.ok_or_else(|| lost(*height))?);
        read = Some(block);
    }
    Ok(events)
}

fn key((height, occurrence): &(Height, Occurrence)) -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    key[..8].copy_from_slice(&height.get().to_be_bytes());
    key[8..12].copy_from_slice(&occurrence.transaction.to_be_bytes());
    key[12..].copy_from_slice(&occurrence.item.to_be_bytes());
    key
}

fn after(page: &Page, receipt: &ReceiptId) -> Result<Option<(Height, Occurrence)>, Malformed> {
    let place = page
        .after_array::<KEY_BYTES>()?
        .map(|[a, b, c, d, e, f, g, h, rest @ ..]| {
            let [i, j, k, l, m, n, o, p] = rest;
            let occurrence = Occurrence {
                receipt: receipt.key(),
                transaction: u32::from_be_bytes([i, j, k, l]),
                item: u32::from_be_bytes([m, n, o, p]),
            };
            (
                Height::new(u64::from_be_bytes([a, b, c, d, e, f, g, h])),
                occurrence,
            )
        });
    Ok(place)
}

fn lost(height: Height) -> ServiceFault {
    ServiceFault::Damaged(format!("the history of block {height}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pagination;

    #[test]
    fn a_page_token_gives_the_place_again() {
        let receipt = ReceiptId::from_key(b"110101250000000042").unwrap();
        let occurrence = Occurrence {
            receipt: receipt.key(),
            transaction: 3,
            item: 999,
        };
        let place = (Height::new(u64::MAX - 1), occurrence);
        let page = Page::parse(1, &pagination::token(&key(&place))).unwrap();
        assert_eq!(after(&page, &receipt).unwrap(), Some(place));
    }
}
