//! Committed blocks with their outcomes, as queries and subscriptions read them.

use bytes::Bytes;
use piaolian_contracts::chain::{Block, Height};
use piaolian_ledger::ChainView;
use piaolian_proto::v1::{self, Outcome};
use prost::Message;

use crate::error::{ServiceError, ServiceFault};

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

    /// Returns the encoded transaction at `index` with its outcome.
    pub(crate) fn transaction(&self, index: u32) -> Option<(&Bytes, &Outcome)> {
        let place = index as usize;
        let transaction = self.block.transactions.get(place)?;
        Some((transaction, self.outcomes.get(place)?))
    }
}

/// Decodes the body of a committed transaction.
pub(crate) fn decode(encoded: &Bytes) -> Option<v1::TransactionBody> {
    let transaction = v1::Transaction::decode(encoded.clone()).ok()?;
    v1::TransactionBody::decode(transaction.body).ok()
}

/// Returns the fault of a block that is not as this program wrote it.
pub(crate) fn damaged(height: Height) -> ServiceFault {
    ServiceFault::Damaged(format!("block {height}"))
}
