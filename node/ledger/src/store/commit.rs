//! The commit batch: everything that a decided block writes, in one synced write.

use std::sync::PoisonError;

use piaolian_contracts::chain::{CommitCertificate, Hash, Header, Height, mmr::Peaks};
use piaolian_proto::v1 as proto;
use prost::Message;

use super::{
    CurrentVersion, Store, StoreError, Tip, UNDO_HEIGHTS,
    columns::{
        BLOCKS, BODIES, BUCKETS, BlockRow, HEADER_TREE, HEIGHTS, HISTORY, HistoryKey, LocationRow,
        OUTCOMES, OutcomesRow, PAGES, STATE, TRANSACTIONS, UNDO, UndoRow,
    },
    database::Batch,
    proposals::drop_undecided,
    state::StateUpdate,
    state_tree::{Prefix, RowSink},
};

/// A decided block. Its body was saved before the vote.
pub(crate) struct Commit<'a> {
    /// The block's header.
    pub header: &'a Header,
    /// Its certificate.
    pub certificate: &'a CommitCertificate,
    /// The ids of its transactions, in order.
    pub transactions: &'a [Hash],
    /// Their outcomes, in the same order.
    pub outcomes: &'a [proto::Outcome],
    /// The places at which outcomes name a receipt.
    pub history: &'a [Occurrence],
    /// Its update of the state, prepared on the tip.
    pub state: StateUpdate,
}

/// A place in a block at which an outcome names a receipt: an item of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The receipt's key: code (8 ASCII digits) and number (10 ASCII digits).
    pub receipt: [u8; 18],
    /// The transaction's index in the block.
    pub transaction: u32,
    /// The item's index in the transaction.
    pub item: u32,
}

impl Store {
    /// Commits a decided block. When this returns, the block is the tip and on disk with its outcomes, state and
    /// indexes. On an error nothing has changed.
    ///
    /// # Errors
    /// When the block does not follow the tip, its body was not saved, the update was prepared on another state, or the
    /// disk fails. Each is a fault of this node, which must stop.
    pub(crate) fn commit(&self, commit: Commit<'_>) -> Result<Tip, StoreError> {
        // Proofs wait for the synced write, because the tree in memory must match the rows on disk. Other readers do
        // not wait: they see the whole batch or nothing of it.
        let mut current = self
            .shared
            .current_version
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let block_hash = commit.header.hash();
        commit.check(&current, block_hash)?;
        let proposals = self.proposals(commit.header.height)?;
        if !self.database().has(&BODIES, block_hash.as_bytes())? {
            let height = commit.header.height;
            return Err(StoreError::NoBody {
                block: block_hash,
                height,
            });
        }
        let mut peaks = current.tip.peaks.clone();
        let mut batch = self.database().batch();
        drop_undecided(&mut batch, &proposals, &block_hash);
        put_headers(&mut batch, &mut peaks, block_hash);
        put_block(&mut batch, &commit, block_hash);
        put_state(&mut batch, &commit.state);
        put_undo(&mut batch, commit.header.height, &commit.state);
        let tip = Tip::after(commit.header, block_hash, peaks);
        tip.put(&mut batch);
        batch.commit("store/commit")?;
        current.tree.apply(commit.state.into_tree());
        current.tip = tip.clone();
        let mut published = self
            .shared
            .tip
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *published = tip.clone();
        Ok(tip)
    }
}

impl Commit<'_> {
    fn check(&self, current: &CurrentVersion, block_hash: Hash) -> Result<(), StoreError> {
        let (header, tip) = (self.header, &current.tip);
        let fits = [
            ("height", header.height == tip.height.next()),
            ("parent hash", header.parent_hash == tip.block_hash),
            ("history root", header.history_root == tip.peaks.root()),
            ("certificate", self.certificate.block_hash == block_hash),
            (
                "number of outcomes",
                self.outcomes.len() == self.transactions.len(),
            ),
            ("state root", header.state_root == self.state.root()),
        ];
        if let Some((field, _)) = fits.iter().find(|(_, fits)| !fits) {
            let (height, tip) = (header.height, tip.height);
            return Err(StoreError::DoesNotFollow {
                block: block_hash,
                height,
                tip,
                field,
            });
        }
        if current.tree.fits(self.state.tree()) {
            Ok(())
        } else {
            Err(StoreError::StaleUpdate)
        }
    }
}

fn put_headers(batch: &mut Batch<'_>, peaks: &mut Peaks, block_hash: Hash) {
    for (position, hash) in peaks.append(&block_hash) {
        batch.put(&HEADER_TREE, &position, &hash);
    }
}

fn put_block(batch: &mut Batch<'_>, commit: &Commit<'_>, block_hash: Hash) {
    let height = commit.header.height;
    let row = BlockRow {
        block_hash: block_hash.into(),
        header: commit.header.encode(),
        certificate: proto::CommitCertificate::from(commit.certificate).encode_to_vec(),
    };
    batch.put(&BLOCKS, &height, &row);
    batch.put(&HEIGHTS, &block_hash, &height);
    let outcomes = commit.outcomes.iter().map(Message::encode_to_vec).collect();
    batch.put(&OUTCOMES, &height, &OutcomesRow(outcomes));
    for (index, id) in (0_u32..).zip(commit.transactions) {
        batch.put(
            &TRANSACTIONS,
            id,
            &LocationRow {
                height: height.get(),
                index,
            },
        );
    }
    for occurrence in commit.history {
        let Occurrence {
            receipt,
            transaction,
            item,
        } = *occurrence;
        batch.put(
            &HISTORY,
            &HistoryKey {
                receipt,
                height,
                transaction,
                item,
            },
            &(),
        );
    }
}

/// Writes the rows of the state and of its tree.
pub(super) fn put_state(batch: &mut Batch<'_>, update: &StateUpdate) {
    for change in update.changes() {
        batch.set_raw(&STATE, &change.key, change.value.as_deref());
    }
    update.tree().write(batch);
}

impl RowSink for Batch<'_> {
    fn page(&mut self, prefix: Prefix, row: Option<&[u8]>) {
        self.set_raw(&PAGES, &prefix.encode(), row);
    }

    fn bucket(&mut self, prefix: Prefix, row: Option<&[u8]>) {
        self.set_raw(&BUCKETS, &prefix.encode(), row);
    }
}

fn put_undo(batch: &mut Batch<'_>, height: Height, state: &StateUpdate) {
    let before = state
        .before()
        .map(|(key, value)| (key.to_vec(), value.map(<[u8]>::to_vec)));
    batch.put(&UNDO, &height, &UndoRow(before.collect()));
    if let Some(old) = height.get().checked_sub(UNDO_HEIGHTS) {
        batch.delete(&UNDO, &Height::new(old));
    }
}
