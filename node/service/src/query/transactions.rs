//! Transactions, found by their ids.

use bytes::Bytes;
use piaolian_contracts::chain::Hash;
use piaolian_ledger::DecodedBlock;
use piaolian_proto::v1::{GetTransactionRequest, GetTransactionResponse, Place, TransactionView};

use super::Queries;
use crate::{
    committed::{block_at, decode},
    error::ServiceError,
    submit::outcomes::explain,
};

impl Queries {
    /// Returns a transaction: with its outcome if a block has it, or as waiting.
    ///
    /// # Errors
    /// When the id is malformed, the transaction is not known here, or the store cannot be read.
    pub fn get_transaction(
        &self,
        request: &GetTransactionRequest,
    ) -> Result<GetTransactionResponse, ServiceError> {
        let id = Hash::parse("transaction_id", &request.transaction_id)?;
        let view = match self.ledger.view().location(&id)? {
            Some(location) => {
                let block = block_at(self.ledger.view(), location.height)?;
                view_of(&block, location.index, request.with_transaction)
            }
            None => self.waiting(&id, request.with_transaction),
        };
        let view = view.ok_or_else(|| ServiceError::not_found(format!("transaction {id}")))?;
        Ok(GetTransactionResponse {
            transaction: Some(view),
        })
    }

    fn waiting(&self, id: &Hash, with_transaction: bool) -> Option<TransactionView> {
        let waiting = self.ledger.mempool().get(id)?;
        let view = TransactionView {
            transaction_id: (*id).into(),
            ..TransactionView::default()
        };
        Some(with_body(
            view,
            waiting.transaction().encoded(),
            with_transaction,
        ))
    }
}

/// Returns the transaction at a place of a block; `None` where there is none.
pub(crate) fn view_of(
    block: &DecodedBlock,
    index: u32,
    with_transaction: bool,
) -> Option<TransactionView> {
    let place = index as usize;
    let encoded = block.block().transactions.get(place)?;
    let outcome = block.outcomes().get(place)?.clone();
    let view = TransactionView {
        transaction_id: outcome.transaction_id.clone(),
        place: Some(Place {
            height: block.height().get(),
            index,
            block_time_ms: block.time().as_ms(),
        }),
        outcome: Some(explain(outcome, block.height())),
        ..Default::default()
    };
    Some(with_body(view, encoded, with_transaction))
}

fn with_body(view: TransactionView, encoded: &Bytes, wanted: bool) -> TransactionView {
    if wanted {
        TransactionView {
            encoded: encoded.clone(),
            body: decode(encoded),
            ..view
        }
    } else {
        view
    }
}
