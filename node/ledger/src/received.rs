//! Opens a block from another node: checks that its bytes are what its hash commits to.
//!
//! ```text
//!   bytes ─open─► header, envelopes ── transactions root is the header's ──► OpenedBlock
//!                         │ no; or not a block; or not the announced one
//!                         └──► NotTheBlock: no finding about the block with that hash
//! ```
//!
//! Only an opened block is validated. Wrong bytes that are sent under a block's hash are neither stored nor do they
//! make the block invalid.

use bytes::Bytes;
use piaolian_contracts::{
    Refused,
    chain::{Block, ChainId, Hash, Header, Signature, block::transactions_root},
    malformed::Malformed,
    transaction::Envelope,
};

use super::Announcement;

/// Reason why bytes are not the expected block.
#[derive(Debug, thiserror::Error)]
pub enum NotTheBlock {
    /// They are not a block.
    #[error("not a block: {0}")]
    Malformed(#[from] Malformed),
    /// One of the transactions is malformed.
    #[error("transaction {0}: {1}")]
    Transaction(usize, Refused),
    /// The header commits to other transactions.
    #[error("its transactions are not those of its header")]
    OtherTransactions,
    /// It is another block than the announced one.
    #[error("its {0} is not the one announced")]
    NotAnnounced(&'static str),
}

/// A block with the transactions that its header commits to.
#[derive(Clone, Debug)]
pub struct OpenedBlock {
    pub(super) hash: Hash,
    pub(super) header: Header,
    pub(super) envelopes: Vec<Envelope>,
    pub(super) bytes: Bytes,
}

impl OpenedBlock {
    /// Opens an encoded block. Hashes every transaction, so call it where blocking is allowed.
    ///
    /// # Errors
    /// When the bytes are not a block, a transaction is malformed, or the transactions are not those that the header
    /// commits to.
    pub fn open(bytes: Bytes, chain_id: &ChainId) -> Result<Self, NotTheBlock> {
        let block = Block::decode(bytes.clone())?;
        let mut envelopes = Vec::with_capacity(block.transactions.len());
        for (index, encoded) in block.transactions.into_iter().enumerate() {
            let envelope = Envelope::open(encoded, chain_id);
            envelopes.push(envelope.map_err(|refused| NotTheBlock::Transaction(index, refused))?);
        }
        let committed = envelopes.iter().map(|one| (one.id(), one.signature()));
        if transactions_root(committed) != block.header.transactions_root {
            return Err(NotTheBlock::OtherTransactions);
        }
        Ok(Self {
            hash: block.header.hash(),
            header: block.header,
            envelopes,
            bytes,
        })
    }
}

/// A block proposed by another validator.
#[derive(Clone, Debug)]
pub struct ReceivedBlock {
    pub(super) announcement: Announcement,
    pub(super) signature: Signature,
    pub(super) block: OpenedBlock,
}

impl ReceivedBlock {
    /// Opens the bytes that were streamed after an announcement. The caller has verified `signature`. Call it where
    /// blocking is allowed.
    ///
    /// # Errors
    /// When the bytes are not the announced block.
    pub fn open(
        announcement: Announcement,
        signature: Signature,
        bytes: Bytes,
        chain_id: &ChainId,
    ) -> Result<Self, NotTheBlock> {
        let block = OpenedBlock::open(bytes, chain_id)?;
        let fields = [
            ("hash", block.hash == announcement.block_hash),
            ("height", block.header.height == announcement.height),
            ("proposer", block.header.proposer == announcement.proposer),
        ];
        match fields.into_iter().find(|(_, same)| !same) {
            Some((field, _)) => Err(NotTheBlock::NotAnnounced(field)),
            None => Ok(Self {
                announcement,
                signature,
                block,
            }),
        }
    }
}
