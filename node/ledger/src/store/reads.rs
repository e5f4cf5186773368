//! Reads of committed blocks, outcomes and indexes.

use bytes::Bytes;
use piaolian_contracts::chain::{CommitCertificate, Hash, Header, Height, mmr};
use piaolian_proto::v1 as proto;
use prost::Message;

use super::{
    ChainView, Occurrence, StoreError,
    columns::{
        BLOCKS, BODIES, BlockRow, HEADER_TREE, HEIGHTS, HISTORY, HistoryKey, OUTCOMES, TRANSACTIONS,
    },
};

/// Longest page of [`ChainView::history`].
pub const HISTORY_PAGE_MAX: usize = 1000;

/// A committed block without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedBlock {
    /// Its hash, the key of its body.
    pub block_hash: Hash,
    /// Its header.
    pub header: Header,
    /// Its certificate.
    pub certificate: CommitCertificate,
}

/// The place of a committed transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Location {
    /// The block's height.
    pub height: Height,
    /// The transaction's index in it.
    pub index: u32,
}

impl ChainView {
    /// Reads the header and certificate of `height`; `None` at 0 and above the tip.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    pub fn committed(&self, height: Height) -> Result<Option<CommittedBlock>, StoreError> {
        let row = self.database().get(&BLOCKS, &height)?;
        row.map(|row| parse(height, &row)).transpose()
    }

    /// Reads the encoded block of `height`.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    pub fn block(&self, height: Height) -> Result<Option<Bytes>, StoreError> {
        let Some(row) = self.database().get(&BLOCKS, &height)? else {
            return Ok(None);
        };
        let body = self.body(&Hash::new(row.block_hash))?;
        body.map(Some)
            .ok_or_else(|| StoreError::corrupt(BODIES.name(), &row.block_hash))
    }

    /// Reads the certificate of `height`.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    pub fn certificate(&self, height: Height) -> Result<Option<CommitCertificate>, StoreError> {
        Ok(self.committed(height)?.map(|block| block.certificate))
    }

    /// Reads the header of `height`.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    pub fn header(&self, height: Height) -> Result<Option<Header>, StoreError> {
        Ok(self.committed(height)?.map(|block| block.header))
    }

    /// Reads the height at which the block with this hash was committed.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    pub fn height_of(&self, block_hash: &Hash) -> Result<Option<Height>, StoreError> {
        self.database().get(&HEIGHTS, block_hash)
    }

    /// Reads the outcomes of the block of `height`, in the order of its transactions.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    pub fn outcomes(&self, height: Height) -> Result<Option<Vec<proto::Outcome>>, StoreError> {
        let Some(row) = self.database().get(&OUTCOMES, &height)? else {
            return Ok(None);
        };
        let outcomes = row
            .0
            .iter()
            .map(|bytes| proto::Outcome::decode(bytes.as_slice()));
        let outcomes: Result<_, _> = outcomes.collect();
        outcomes
            .map(Some)
            .map_err(|_| StoreError::corrupt(OUTCOMES.name(), &height.get().to_be_bytes()))
    }

    /// Reads the place of the transaction with this id.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    pub fn location(&self, transaction_id: &Hash) -> Result<Option<Location>, StoreError> {
        let row = self.database().get(&TRANSACTIONS, transaction_id)?;
        Ok(row.map(|row| Location {
            height: Height::new(row.height),
            index: row.index,
        }))
    }

    /// Reads the occurrences of a receipt after the occurrence `after`, oldest first, with their heights; at most `limit`
    /// and [`HISTORY_PAGE_MAX`].
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    pub fn history(
        &self,
        receipt: &[u8; 18],
        after: Option<(Height, Occurrence)>,
        limit: usize,
    ) -> Result<Vec<(Height, Occurrence)>, StoreError> {
        let after = after.map(|(height, occurrence)| HistoryKey {
            receipt: *receipt,
            height,
            transaction: occurrence.transaction,
            item: occurrence.item,
        });
        let limit = limit.min(HISTORY_PAGE_MAX);
        let rows = self
            .database()
            .scan(&HISTORY, receipt, after.as_ref(), limit)?;
        Ok(rows.into_iter().map(|(key, ())| occurrence(&key)).collect())
    }

    /// Builds the path that proves the header of `height` under the `history_root` of the header of height `count` + 1.
    /// `None` unless 1 ≤ `height` ≤ `count` ≤ the tip's height.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    pub fn history_path(
        &self,
        height: Height,
        count: u64,
    ) -> Result<Option<Vec<Hash>>, StoreError> {
        if count > self.tip().height.get() {
            return Ok(None);
        }
        mmr::prove(height, count, |position| {
            let node = self.database().get(&HEADER_TREE, &position)?;
            node.ok_or_else(|| StoreError::corrupt(HEADER_TREE.name(), &position.key()))
        })
    }
}

fn occurrence(key: &HistoryKey) -> (Height, Occurrence) {
    let HistoryKey {
        receipt,
        height,
        transaction,
        item,
    } = *key;
    (
        height,
        Occurrence {
            receipt,
            transaction,
            item,
        },
    )
}

fn parse(height: Height, row: &BlockRow) -> Result<CommittedBlock, StoreError> {
    let damaged = || StoreError::corrupt(BLOCKS.name(), &height.get().to_be_bytes());
    let certificate = proto::CommitCertificate::decode(row.certificate.as_slice());
    let certificate = certificate.map_err(|_| damaged())?;
    Ok(CommittedBlock {
        block_hash: Hash::new(row.block_hash),
        header: Header::decode(&row.header).map_err(|_| damaged())?,
        certificate: CommitCertificate::try_from(&certificate).map_err(|_| damaged())?,
    })
}
