//! Committed blocks, read and decoded once for all that follow the chain.
//!
//! ```text
//!   store ──block, outcomes──► DecodedBlock, kept while recent ──┬─► events
//!                                                                ├─► attachments
//!                                                                └─► index of holders
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

use crate::store::{ChainView, StoreError};

/// Blocks that stay decoded, the newest ones. Followers of the tip are rarely further apart, and a block has at most
/// 4 MiB.
const KEPT_MAX: usize = 8;

/// Reads committed blocks. Clones share the blocks that stay decoded.
#[derive(Clone)]
pub struct BlockReader {
    view: ChainView,
    recent: Arc<Mutex<Recent>>,
}

impl BlockReader {
    pub(crate) fn new(view: ChainView) -> Self {
        Self {
            view,
            recent: Arc::default(),
        }
    }

    /// Returns the block of `height`; `None` above the tip.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    pub fn read(&self, height: Height) -> Result<Option<Arc<DecodedBlock>>, StoreError> {
        if let Some(block) = self.recent().get(height) {
            return Ok(Some(block));
        }
        let (Some(block), Some(outcomes)) = (self.view.block(height)?, self.view.outcomes(height)?)
        else {
            return Ok(None);
        };
        let block = Block::decode(block).map_err(|_| damaged(height))?;
        let block = DecodedBlock::new(block, outcomes).ok_or_else(|| damaged(height))?;
        let block = Arc::new(block);
        self.recent().insert(&block);
        Ok(Some(block))
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        // Every entry is complete before it is inserted.
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The newest of the blocks that were read. A reader of old blocks displaces none of them.
#[derive(Debug, Default)]
struct Recent(BTreeMap<Height, Arc<DecodedBlock>>);

impl Recent {
    fn get(&self, height: Height) -> Option<Arc<DecodedBlock>> {
        self.0.get(&height).cloned()
    }

    fn insert(&mut self, block: &Arc<DecodedBlock>) {
        self.0.insert(block.height(), block.clone());
        if self.0.len() > KEPT_MAX {
            self.0.pop_first();
        }
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
    /// Joins a block and its outcomes; `None` unless there is one for each transaction.
    #[must_use]
    pub fn new(block: Block, outcomes: Vec<Outcome>) -> Option<Self> {
        (block.transactions.len() == outcomes.len()).then(|| Self {
            bodies: outcomes.iter().map(|_| OnceLock::new()).collect(),
            block,
            outcomes,
        })
    }

    /// The block, its transactions encoded.
    #[must_use]
    pub const fn block(&self) -> &Block {
        &self.block
    }

    /// The height of the block.
    #[must_use]
    pub const fn height(&self) -> Height {
        self.block.header.height
    }

    /// The time of the block.
    #[must_use]
    pub const fn time(&self) -> BlockTime {
        self.block.header.time
    }

    /// The outcomes, in the order of the transactions.
    #[must_use]
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
    StoreError::corrupt("blocks", &height.get().to_be_bytes())
}

#[cfg(test)]
mod tests {
    use piaolian_contracts::chain::{Address, Hash, Header, header::PROTOCOL_VERSION};

    use super::*;

    fn block(height: u64, transactions: Vec<Bytes>) -> Block {
        let header = Header {
            chain_id: "piaolian-test".parse().unwrap(),
            height: Height::new(height),
            time: BlockTime::from_ms(height),
            proposer: Address::new([1; 20]),
            parent_hash: Hash::ZERO,
            transactions_root: Hash::ZERO,
            outcomes_root: Hash::ZERO,
            state_root: Hash::ZERO,
            history_root: Hash::ZERO,
            validators_hash: Hash::ZERO,
            next_validators_hash: Hash::ZERO,
            protocol_version: PROTOCOL_VERSION,
        };
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
        let mut recent = Recent::default();
        let newest = KEPT_MAX as u64 + 2;
        for height in (1..=newest).chain([1, 2]) {
            recent.insert(&decoded(height));
        }
        let kept: Vec<u64> = recent.0.keys().map(|height| height.get()).collect();
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
