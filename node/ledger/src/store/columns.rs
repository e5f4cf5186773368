//! Declares every column of the store.
//!
//! ```text
//!   proposals  height ‖ round ‖ block hash ─► proposer           ─┐
//!   bodies     block hash ─► encoded block, written once  ◄──────┤
//!   blocks     height ─► block hash, header, certificate ────────┘
//!   heights    block hash ─► height
//!   outcomes   height ─► encoded outcomes
//!   transactions   transaction id ─► height, index
//!   history    receipt ‖ height ‖ transaction ‖ item ─► ()
//!   header_tree   position ─► hash, stored as `ranges`
//!   state      table prefix ‖ key ─► value                      ─┐ of the tip, see `state_tree`
//!   pages      subtree ─► hashes of its buckets                  │
//!   buckets    subtree ─► its key hashes and value hashes       ─┘
//!   undo       height ─► the values that the block replaced
//!   meta       identity, tip
//! ```

use bincode::{Decode, Encode};
use piaolian_contracts::chain::{Hash, Height, mmr::Position};

use super::{
    codec::{Key, Row},
    database::{Column, Shape},
    state_tree::Prefix,
};

/// Version of the columns. It changes whenever a column's meaning or encoding does.
pub(crate) const FORMAT: u32 = 1;

pub(crate) const META: Column<Vec<u8>, Vec<u8>> = Column::new("meta");
pub(crate) const PROPOSALS: Column<ProposalKey, ProposalRow> = Column::new("proposals");
pub(crate) const BODIES: Column<Hash, Vec<u8>> = Column::new("bodies");
pub(crate) const BLOCKS: Column<Height, BlockRow> = Column::new("blocks");
pub(crate) const HEIGHTS: Column<Hash, Height> = Column::new("heights");
pub(crate) const OUTCOMES: Column<Height, OutcomesRow> = Column::new("outcomes");
pub(crate) const TRANSACTIONS: Column<Hash, LocationRow> = Column::new("transactions");
pub(crate) const HISTORY: Column<HistoryKey, ()> = Column::new("history");
pub(crate) const HEADER_TREE: Column<Position, Hash> = Column::new("ranges");
pub(crate) const STATE: Column<Vec<u8>, Vec<u8>> = Column::new("state");
pub(crate) const PAGES: Column<Prefix, Vec<u8>> = Column::new("pages");
pub(crate) const BUCKETS: Column<Prefix, Vec<u8>> = Column::new("buckets");
pub(crate) const UNDO: Column<Height, UndoRow> = Column::new("undo");

/// Every column with its shape.
pub(crate) const ALL: [(&str, Shape); 13] = [
    (META.name(), Shape::Rows),
    (PROPOSALS.name(), Shape::Rows),
    (BODIES.name(), Shape::Blobs),
    (BLOCKS.name(), Shape::Rows),
    (HEIGHTS.name(), Shape::Hashes),
    (OUTCOMES.name(), Shape::Blobs),
    (TRANSACTIONS.name(), Shape::Hashes),
    (HISTORY.name(), Shape::Rows),
    (HEADER_TREE.name(), Shape::Hashes),
    (STATE.name(), Shape::Rows),
    (PAGES.name(), Shape::Tree),
    (BUCKETS.name(), Shape::Tree),
    (UNDO.name(), Shape::Blobs),
];

/// The rows of [`META`]. The format number is read before anything else.
pub(crate) const META_FORMAT: &[u8] = b"format";
pub(crate) const META_IDENTITY: &[u8] = b"identity";
pub(crate) const META_TIP: &[u8] = b"tip";

/// The identity of the chain.
#[derive(Debug, Encode, Decode)]
pub(crate) struct IdentityRow {
    pub(crate) chain_id: String,
    pub(crate) genesis_hash: [u8; 32],
}
impl Row for IdentityRow {}

/// The last committed block.
#[derive(Debug, Encode, Decode)]
pub(crate) struct TipRow {
    pub(crate) height: u64,
    pub(crate) block_hash: [u8; 32],
    pub(crate) time_ms: u64,
    pub(crate) state_root: [u8; 32],
    pub(crate) peaks: Vec<[u8; 32]>,
}
impl Row for TipRow {}

/// A proposed block, by the height and round in which it was proposed first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ProposalKey {
    pub(crate) height: Height,
    pub(crate) round: u32,
    pub(crate) block_hash: Hash,
}

impl Key for ProposalKey {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(44);
        bytes.extend_from_slice(&self.height.get().to_be_bytes());
        bytes.extend_from_slice(&self.round.to_be_bytes());
        bytes.extend_from_slice(self.block_hash.as_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (height, rest) = bytes.split_first_chunk()?;
        let (round, hash) = rest.split_first_chunk()?;
        Some(Self {
            height: Height::new(u64::from_be_bytes(*height)),
            round: u32::from_be_bytes(*round),
            block_hash: Hash::new(hash.try_into().ok()?),
        })
    }
}

/// A proposed block that this node found valid.
#[derive(Debug, Encode, Decode)]
pub(crate) struct ProposalRow {
    pub(crate) proposer: [u8; 20],
    pub(crate) parts_signature: Option<[u8; 64]>,
}
impl Row for ProposalRow {}

/// A decided block, without its body.
#[derive(Debug, Encode, Decode)]
pub(crate) struct BlockRow {
    pub(crate) block_hash: [u8; 32],
    pub(crate) header: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
}
impl Row for BlockRow {}

/// The encoded outcomes of a block, in order.
#[derive(Debug, Encode, Decode)]
pub(crate) struct OutcomesRow(pub(crate) Vec<Vec<u8>>);
impl Row for OutcomesRow {}

/// The place of a transaction.
#[derive(Debug, Encode, Decode)]
pub(crate) struct LocationRow {
    pub(crate) height: u64,
    pub(crate) index: u32,
}
impl Row for LocationRow {}

/// A place at which an outcome names a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HistoryKey {
    pub(crate) receipt: [u8; 18],
    pub(crate) height: Height,
    pub(crate) transaction: u32,
    pub(crate) item: u32,
}

impl Key for HistoryKey {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(34);
        bytes.extend_from_slice(&self.receipt);
        bytes.extend_from_slice(&self.height.get().to_be_bytes());
        bytes.extend_from_slice(&self.transaction.to_be_bytes());
        bytes.extend_from_slice(&self.item.to_be_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (receipt, rest) = bytes.split_first_chunk()?;
        let (height, rest) = rest.split_first_chunk()?;
        let (transaction, item) = rest.split_first_chunk()?;
        Some(Self {
            receipt: *receipt,
            height: Height::new(u64::from_be_bytes(*height)),
            transaction: u32::from_be_bytes(*transaction),
            item: u32::from_be_bytes(item.try_into().ok()?),
        })
    }
}

/// The proven keys that a block changed, each with its previous value.
#[derive(Debug, Encode, Decode)]
pub(crate) struct UndoRow(pub(crate) Vec<(Vec<u8>, Option<Vec<u8>>)>);
impl Row for UndoRow {}
