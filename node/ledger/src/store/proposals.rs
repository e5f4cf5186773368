//! Bodies of proposed blocks: saved before the vote, deleted when another block is decided.
//!
//! ```text
//!   proposed in round 0 ─► body ◄─ proposed again in round 2          one body, two rows
//!                            │
//!   decided: the body stays; its rows and all other bodies of the height are deleted
//! ```

use bytes::Bytes;
use piaolian_contracts::chain::{Address, Hash, Height, Signature};

use super::{
    ChainView, Store, StoreError,
    codec::Key,
    columns::{BODIES, PROPOSALS, ProposalKey, ProposalRow},
    database::Batch,
};

/// Most rows read for one height. Consensus validates at most two blocks a round, and rounds take seconds.
const PROPOSALS_MAX: usize = 4096;

/// A proposed block that this node found valid. Others are not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The height proposed for.
    pub height: Height,
    /// The round in which it was proposed first.
    pub round: u32,
    /// The block's hash, the key of its body.
    pub block_hash: Hash,
    /// The proposer of that round.
    pub proposer: Address,
    /// The proposer's signature over the announcement, for streaming the block again. A synced block has none.
    pub parts_signature: Option<Signature>,
}

impl Store {
    /// Saves a proposal and its body, in one synced write. A body that is stored already is not written again.
    ///
    /// Returns whether anything was written: `false` for a stored proposal and for a committed height.
    ///
    /// # Errors
    /// When the disk fails. The node must not vote then.
    pub(crate) fn save_body(&self, proposal: &Proposal, body: &[u8]) -> Result<bool, StoreError> {
        // The lock prevents a concurrent commit of the height, after which these rows would never be deleted.
        let current = self.current_version();
        if proposal.height <= current.tip.height {
            return Ok(false);
        }
        let database = self.database();
        let key = proposal.key();
        if database.get_raw(&PROPOSALS, &key.encode())?.is_some() {
            return Ok(false);
        }
        let mut batch = database.batch();
        batch.put(&PROPOSALS, &key, &proposal.row());
        let of_height = self.proposals(proposal.height)?;
        if of_height
            .iter()
            .all(|known| known.block_hash != proposal.block_hash)
        {
            batch.put_raw(&BODIES, proposal.block_hash.as_bytes(), body);
        }
        batch.commit("store/body")?;
        Ok(true)
    }
}

impl ChainView {
    /// Reads the encoded block with this hash, proposed or committed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn body(&self, block_hash: &Hash) -> Result<Option<Bytes>, StoreError> {
        let body = self.database().get_raw(&BODIES, block_hash.as_bytes())?;
        Ok(body.map(|body| Bytes::copy_from_slice(&body)))
    }

    /// Reads the proposals for an undecided height, by round.
    ///
    /// # Errors
    /// When the store cannot be read or is damaged.
    pub fn proposals(&self, height: Height) -> Result<Vec<Proposal>, StoreError> {
        let prefix = height.get().to_be_bytes();
        let rows = self
            .database()
            .scan(&PROPOSALS, &prefix, None, PROPOSALS_MAX)?;
        Ok(rows.into_iter().map(Proposal::from_row).collect())
    }
}

impl Proposal {
    fn key(&self) -> ProposalKey {
        ProposalKey {
            height: self.height,
            round: self.round,
            block_hash: self.block_hash,
        }
    }

    fn row(&self) -> ProposalRow {
        ProposalRow {
            proposer: *self.proposer.as_bytes(),
            parts_signature: self.parts_signature.map(|signature| *signature.as_bytes()),
        }
    }

    fn from_row((key, row): (ProposalKey, ProposalRow)) -> Self {
        Self {
            height: key.height,
            round: key.round,
            block_hash: key.block_hash,
            proposer: Address::new(row.proposer),
            parts_signature: row.parts_signature.map(Signature::new),
        }
    }
}

/// Deletes the rows of a decided height, and the bodies of the blocks that were not decided.
pub(super) fn drop_undecided(batch: &mut Batch<'_>, proposals: &[Proposal], decided: &Hash) {
    for proposal in proposals {
        batch.delete(&PROPOSALS, &proposal.key());
        if proposal.block_hash != *decided {
            batch.delete(&BODIES, &proposal.block_hash);
        }
    }
}
