//! The identity of a store's chain, and its tip.

use piaolian_contracts::{
    chain::{ChainId, Hash, Header, Height, mmr::Peaks},
    types::BlockTime,
};
use rocksdb::DBPinnableSlice;

use super::{
    StoreError,
    codec::Value,
    columns::{FORMAT, IdentityRow, META, META_FORMAT, META_IDENTITY, META_TIP, TipRow},
    database::{Batch, Database, decode},
};

/// The identity of a chain, which prevents the use of a store of another chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainIdentity {
    /// The chain's id.
    pub chain_id: ChainId,
    /// The hash of its founding document; the parent hash of block 1.
    pub genesis_hash: Hash,
}

/// The last committed block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Its height; 0 before the first block.
    pub height: Height,
    /// Its hash; the founding document's at height 0.
    pub block_hash: Hash,
    /// Its block time; the founding document's at height 0.
    pub time: BlockTime,
    /// The root of the state after it.
    pub state_root: Hash,
    /// The header tree up to and including it. The next header has its root.
    pub peaks: Peaks,
}

impl Tip {
    pub(super) fn genesis(identity: &ChainIdentity, time: BlockTime, state_root: Hash) -> Self {
        Self {
            height: Height::GENESIS,
            block_hash: identity.genesis_hash,
            time,
            state_root,
            peaks: Peaks::default(),
        }
    }

    /// Returns the tip after committing the block with this header and hash, which `peaks` already contain.
    pub(super) fn after(header: &Header, block_hash: Hash, peaks: Peaks) -> Self {
        Self {
            height: header.height,
            block_hash,
            time: header.time,
            state_root: header.state_root,
            peaks,
        }
    }

    /// Decodes the tip from the row that `row` reads.
    pub(super) fn read<'a>(
        row: impl FnOnce() -> Result<Option<DBPinnableSlice<'a>>, StoreError>,
    ) -> Result<Self, StoreError> {
        let damaged = || StoreError::corrupt(META.name(), META_TIP);
        let bytes = row()?.ok_or_else(damaged)?;
        let row: TipRow = decode(META.name(), META_TIP, &bytes)?;
        let peaks = row.peaks.into_iter().map(Hash::new).collect();
        Ok(Self {
            height: Height::new(row.height),
            block_hash: Hash::new(row.block_hash),
            time: BlockTime::from_ms(row.time_ms),
            state_root: Hash::new(row.state_root),
            peaks: Peaks::restore(row.height, peaks).ok_or_else(damaged)?,
        })
    }

    pub(super) fn put(&self, batch: &mut Batch<'_>) {
        let row = TipRow {
            height: self.height.get(),
            block_hash: self.block_hash.into(),
            time_ms: self.time.as_ms(),
            state_root: self.state_root.into(),
            peaks: self
                .peaks
                .hashes()
                .iter()
                .map(|hash| (*hash).into())
                .collect(),
        };
        batch.put_raw(&META, META_TIP, &row.encode());
    }
}

impl ChainIdentity {
    /// Reads the identity of the chain in `database`; `None` when there is none.
    pub(super) fn read(database: &Database) -> Result<Option<Self>, StoreError> {
        let Some(format) = database.get_raw(&META, META_FORMAT)? else {
            return Ok(None);
        };
        let format = format.as_ref().try_into().map(u32::from_be_bytes);
        let format = format.map_err(|_| StoreError::corrupt(META.name(), META_FORMAT))?;
        if format != FORMAT {
            return Err(StoreError::OtherFormat {
                found: format,
                expected: FORMAT,
            });
        }
        let damaged = || StoreError::corrupt(META.name(), META_IDENTITY);
        let bytes = database
            .get_raw(&META, META_IDENTITY)?
            .ok_or_else(damaged)?;
        let row: IdentityRow = decode(META.name(), META_IDENTITY, &bytes)?;
        Ok(Some(Self {
            chain_id: row.chain_id.parse().map_err(|_| damaged())?,
            genesis_hash: Hash::new(row.genesis_hash),
        }))
    }

    pub(super) fn put(&self, batch: &mut Batch<'_>) {
        let row = IdentityRow {
            chain_id: self.chain_id.to_string(),
            genesis_hash: self.genesis_hash.into(),
        };
        batch.put_raw(&META, META_FORMAT, &FORMAT.to_be_bytes());
        batch.put_raw(&META, META_IDENTITY, &row.encode());
    }
}
