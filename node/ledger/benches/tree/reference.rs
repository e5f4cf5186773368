//! `jmt` over RocksDB, with the settings that the store uses: nodes and values in a column each, every
//! batch synced. Stale nodes stay, so pruning, which a node would have to pay for, is not counted.

use std::{error::Error, path::Path};

use jmt::{
    JellyfishMerkleTree, KeyHash, OwnedValue, RootHash, Version,
    storage::{LeafNode, Node, NodeKey, TreeReader},
};
use rocksdb::{
    BlockBasedOptions, Cache, ColumnFamily, DB, DBCompressionType, Options, WriteBatch,
    WriteOptions,
};
use sha2_10::Sha256;

use crate::{Tree, meter::Meter};

pub(crate) struct Jmt {
    database: DB,
    version: Version,
    root: RootHash,
}

impl Jmt {
    pub(crate) fn create(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let cache = Cache::new_lru_cache(128 << 20);
        let mut options = Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_max_total_wal_size(256 << 20);
        options.set_db_write_buffer_size(128 << 20);
        options.set_max_background_jobs(2);
        let column = |compression| {
            let mut blocks = BlockBasedOptions::default();
            blocks.set_block_cache(&cache);
            blocks.set_bloom_filter(10.0, false);
            blocks.set_cache_index_and_filter_blocks(true);
            let mut options = Options::default();
            options.set_write_buffer_size(32 << 20);
            options.set_compression_type(compression);
            options.set_block_based_table_factory(&blocks);
            options
        };
        let columns = [
            ("nodes", column(DBCompressionType::None)),
            ("values", column(DBCompressionType::Lz4)),
        ];
        let database = DB::open_cf_with_opts(&options, folder, columns)?;
        Ok(Self {
            database,
            version: 0,
            root: RootHash([0; 32]),
        })
    }

    fn column(&self, name: &str) -> &ColumnFamily {
        self.database.cf_handle(name).expect("opened with it")
    }

    fn tree(&self) -> JellyfishMerkleTree<'_, Self, Sha256> {
        JellyfishMerkleTree::new(self)
    }
}

impl Tree for Jmt {
    const NAME: &'static str = "jmt 0.12";

    fn batch(&mut self, pairs: Vec<([u8; 19], Vec<u8>)>) -> Result<f64, Box<dyn Error>> {
        let meter = Meter::start()?;
        let pairs = pairs
            .into_iter()
            .map(|(key, value)| (KeyHash::with::<Sha256>(key), Some(value)));
        let (root, update) = self
            .tree()
            .put_value_set(pairs.collect::<Vec<_>>(), self.version)?;
        let work = meter.foreground_us()?;
        let mut batch = WriteBatch::default();
        for (key, node) in update.node_batch.nodes() {
            batch.put_cf(
                self.column("nodes"),
                borsh::to_vec(key)?,
                borsh::to_vec(node)?,
            );
        }
        for ((version, key), value) in update.node_batch.values() {
            let value = value.as_deref().unwrap_or_default();
            batch.put_cf(
                self.column("values"),
                [&key.0[..], &version.to_be_bytes()].concat(),
                value,
            );
        }
        let mut options = WriteOptions::default();
        options.set_sync(true);
        self.database.write_opt(batch, &options)?;
        self.version += 1;
        self.root = root;
        Ok(work)
    }

    fn proof_bytes(&self, key: &[u8; 19]) -> Result<usize, Box<dyn Error>> {
        let key = KeyHash::with::<Sha256>(key);
        let (value, proof) = self.tree().get_with_proof(key, self.version - 1)?;
        proof.verify(self.root, key, value)?;
        Ok(borsh::to_vec(&proof)?.len())
    }

    fn remark(&self) -> String {
        "stale nodes kept".to_owned()
    }
}

impl TreeReader for Jmt {
    fn get_node_option(&self, node_key: &NodeKey) -> anyhow::Result<Option<Node>> {
        let row = self
            .database
            .get_pinned_cf(self.column("nodes"), borsh::to_vec(node_key)?)?;
        Ok(row.map(|row| borsh::from_slice(&row)).transpose()?)
    }

    fn get_value_option(
        &self,
        max_version: Version,
        key_hash: KeyHash,
    ) -> anyhow::Result<Option<OwnedValue>> {
        let mut cursor = self.database.raw_iterator_cf(self.column("values"));
        cursor.seek_for_prev([&key_hash.0[..], &max_version.to_be_bytes()].concat());
        let found = cursor
            .item()
            .filter(|(key, _)| key.starts_with(&key_hash.0));
        Ok(found.map(|(_, value)| value.to_vec()))
    }

    fn get_rightmost_leaf(&self) -> anyhow::Result<Option<(NodeKey, LeafNode)>> {
        anyhow::bail!("only a restoring tree asks for it")
    }
}
