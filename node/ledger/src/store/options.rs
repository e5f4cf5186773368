//! `RocksDB`'s settings, for a machine with a few cores and gigabytes that other processes share.

use rocksdb::{
    BlockBasedOptions, Cache, DBCompressionType, DBRecoveryMode, DataBlockIndexType, Options,
};

use super::database::Shape;

/// Cache for blocks, indexes and filters of all columns, in bytes.
const CACHE_BYTES: usize = 128 << 20;

/// Unflushed data of all columns in memory, in bytes.
const WRITE_BUFFERS_BYTES: usize = 128 << 20;

/// Unflushed data of one column in memory, in bytes.
const WRITE_BUFFER_BYTES: usize = 32 << 20;

/// Largest write-ahead log, in bytes. A log is kept until every column has flushed it. Opening replays it.
const LOG_BYTES_MAX: u64 = 256 << 20;

/// Table files kept open.
const OPEN_FILES_MAX: i32 = 512;

/// Threads that flush and compact.
const BACKGROUND_JOBS: i32 = 2;

/// Files of `RocksDB`'s own information log.
const INFO_LOG_FILES: usize = 4;
/// Bytes of one such file.
const INFO_LOG_BYTES: usize = 4 << 20;

/// Size from which values go to blob files, in bytes: bodies and outcomes of blocks.
const BLOB_BYTES_MIN: u64 = 4 << 10;

/// Bits for each key in the Bloom filter: one false positive in a hundred.
const FILTER_BITS_PER_KEY: f64 = 10.0;

/// Creates the cache that all columns share.
pub(super) fn cache() -> Cache {
    Cache::new_lru_cache(CACHE_BYTES)
}

/// Returns the settings of the whole database.
pub(super) fn database() -> Options {
    let mut options = Options::default();
    options.create_if_missing(true);
    options.create_missing_column_families(true);
    options.set_paranoid_checks(true);
    // Every batch goes to the log in one write, which is synced before the call returns.
    options.set_manual_wal_flush(false);
    // A power loss tears at most the batch in progress, whose write was not acknowledged.
    options.set_wal_recovery_mode(DBRecoveryMode::PointInTime);
    // A missing log is a fault, not a shorter chain.
    options.set_track_and_verify_wals_in_manifest(true);
    options.set_max_total_wal_size(LOG_BYTES_MAX);
    options.set_db_write_buffer_size(WRITE_BUFFERS_BYTES);
    options.set_max_open_files(OPEN_FILES_MAX);
    options.set_max_background_jobs(BACKGROUND_JOBS);
    options.set_bytes_per_sync(1 << 20);
    options.set_keep_log_file_num(INFO_LOG_FILES);
    options.set_max_log_file_size(INFO_LOG_BYTES);
    options
}

/// Returns the settings of one column.
pub(super) fn column(shape: Shape, cache: &Cache) -> Options {
    let mut blocks = BlockBasedOptions::default();
    blocks.set_block_cache(cache);
    blocks.set_bloom_filter(FILTER_BITS_PER_KEY, false);
    blocks.set_cache_index_and_filter_blocks(true);
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(true);
    blocks.set_format_version(5);

    let mut options = Options::default();
    options.set_write_buffer_size(WRITE_BUFFER_BYTES);
    options.set_level_compaction_dynamic_level_bytes(true);
    match shape {
        Shape::Rows => options.set_compression_type(DBCompressionType::Lz4),
        Shape::Hashes => options.set_compression_type(DBCompressionType::None),
        Shape::Tree => {
            options.set_compression_type(DBCompressionType::None);
            blocks.set_data_block_index_type(DataBlockIndexType::BinaryAndHash);
            // Every requested row exists, so a filter at the lowest level is useless.
            options.set_optimize_filters_for_hits(true);
        }
        Shape::Blobs => {
            options.set_compression_type(DBCompressionType::Lz4);
            options.set_enable_blob_files(true);
            options.set_min_blob_size(BLOB_BYTES_MIN);
            options.set_blob_compression_type(DBCompressionType::Lz4);
            // Bodies of undecided blocks are deleted.
            options.set_enable_blob_gc(true);
        }
    }
    options.set_block_based_table_factory(&blocks);
    options
}
