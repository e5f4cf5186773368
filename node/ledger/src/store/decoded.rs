//! Committed blocks, read and decoded once for all readers.
//!
//! ```text
//!   store ──block, outcomes──► DecodedBlock, kept while recent ──┬─► events, queries
//!                                                                ├─► attachments
//!                                                                └─► holder index
//! ```

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use bytes::Bytes;
use piaolian_contracts::{
    chain::{Block, Height},
    types::BlockTime,
};
use piaolian_proto::v1::{Outcome, Transaction, TransactionBody};
use prost::Message;

use super::{ChainView, StoreError, columns::BODIES};

/// Blocks that stay decoded, the newest ones. Followers of the tip are rarely further apart, and a block has at most
/// 4 MiB.
const KEPT_MAX: usize = 8;

/// The newest blocks that were read. Reading an old block displaces none of them.
#[derive(Debug, Default)]
pub(super) struct RecentBlocks(Mutex<BTreeMap<Height, Arc<DecodedBlock>>>);

impl RecentBlocks {
    fn get(&self, height: Height) -> Option<Arc<DecodedBlock>> {
        self.lock().get(&height).cloned()
    }

    fn insert(&self, block: &Arc<DecodedBlock>) {
        let mut blocks = self.lock();
        blocks.insert(block.height(), block.clone());
        if blocks.len() > KEPT_MAX {
            blocks.pop_first();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Height, Arc<DecodedBlock>>> {
        // Every entry is complete before it is inserted.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChainView {
    /// Returns the block of `height` with its outcomes; `None` above the tip. Clones of a view share the blocks that
    /// stay decoded.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    pub fn decoded_block(&self, height: Height) -> Result<Option<Arc<DecodedBlock>>, StoreError> {
        if let Some(block) = self.shared.recent_blocks.get(height) {
            return Ok(Some(block));
        }
        let (Some(block), Some(outcomes)) = (self.block(height)?, self.outcomes(height)?) else {
            return Ok(None);
        };
        let block = Block::decode(block).map_err(|_| damaged(height))?;
        let block = DecodedBlock::new(block, outcomes).ok_or_else(|| damaged(height))?;
        let block = Arc::new(block);
        self.shared.recent_blocks.insert(&block);
        Ok(Some(block))
    }
}

/// A committed block with the outcome of each of its transactions. Bodies are decoded at their first use.
#[derive(Debug)]
pub struct DecodedBlock {
    block: Block,
    outcomes: Vec<Outcome>,
    bodies: Vec<OnceLock<Option<TransactionBody>>>,
}

impl DecodedBlock {
    /// Joins a block and its outcomes; `None` unless there is one outcome for each transaction.
    pub fn new(block: Block, outcomes: Vec<Outcome>) -> Option<Self> {
        (block.transactions.len() == outcomes.len()).then(|| Self {
            bodies: outcomes.iter().map(|_| OnceLock::new()).collect(),
            block,
            outcomes,
        })
    }

    /// The block, its transactions encoded.
    pub const fn block(&self) -> &Block {
        &self.block
    }

    /// The height of the block.
    pub const fn height(&self) -> Height {
        self.block.header.height
    }

    /// The time of the block.
    pub const fn time(&self) -> BlockTime {
        self.block.header.time
    }

    /// The outcomes, in the order of the transactions.
    pub fn outcomes(&self) -> &[Outcome] {
        &self.outcomes
    }

    /// The body of the transaction at `index`; `None` where the block has none.
    ///
    /// # Errors
    /// When the transaction cannot be decoded: the store is damaged.
    pub fn body(&self, index: usize) -> Result<Option<&TransactionBody>, StoreError> {
        let (Some(encoded), Some(body)) =
            (self.block.transactions.get(index), self.bodies.get(index))
        else {
            return Ok(None);
        };
        let body = body.get_or_init(|| decode_body(encoded)).as_ref();
        body.map(Some).ok_or_else(|| damaged(self.height()))
    }
}

fn decode_body(encoded: &Bytes) -> Option<TransactionBody> {
    let transaction = Transaction::decode(encoded.clone()).ok()?;
    TransactionBody::decode(transaction.body).ok()
}

fn damaged(height: Height) -> StoreError {
    StoreError::corrupt(BODIES.name(), &height.get().to_be_bytes())
}

#[cfg(test)]
mod tests {
    use piaolian_test_kit::headers;

    use super::*;

    fn block(height: u64, transactions: Vec<Bytes>) -> Block {
        let chain_id = "piaolian-test".parse().unwrap();
        let time = BlockTime::from_ms(height);
        let header = headers::blank(chain_id, Height::new(height), time);
        Block {
            header,
            transactions,
        }
    }

    fn decoded(height: u64) -> Arc<DecodedBlock> {
        Arc::new(DecodedBlock::new(block(height, Vec::new()), Vec::new()).unwrap())
    }

    #[test]
    fn the_newest_blocks_stay_decoded() {
        let recent = RecentBlocks::default();
        let newest = KEPT_MAX as u64 + 2;
        for height in (1..=newest).chain([1, 2]) {
            recent.insert(&decoded(height));
        }
        let kept: Vec<u64> = recent.lock().keys().map(|height| height.get()).collect();
        assert_eq!(kept, (3..=newest).collect::<Vec<_>>());
        assert!(recent.get(Height::new(2)).is_none());
        assert!(recent.get(Height::new(newest)).is_some());
    }

    #[test]
    fn each_transaction_has_an_outcome_and_its_body() {
        let body = TransactionBody {
            operator: "clerk".to_owned(),
            ..TransactionBody::default()
        };
        let transaction = Transaction {
            body: body.encode_to_vec().into(),
            ..Transaction::default()
        };
        let transactions = vec![transaction.encode_to_vec().into(), Bytes::from_static(b"?")];
        let block = block(7, transactions);
        assert!(DecodedBlock::new(block.clone(), vec![Outcome::default()]).is_none());
        let decoded = DecodedBlock::new(block, vec![Outcome::default(); 2]).unwrap();
        assert_eq!(decoded.body(0).unwrap(), Some(&body));
        assert!(matches!(decoded.body(1), Err(StoreError::Corrupt { .. })));
        assert_eq!(decoded.body(2).unwrap(), None);
    }
}
