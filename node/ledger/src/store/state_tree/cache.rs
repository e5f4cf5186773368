//! Cache of recently used rows of the current version, decoded.
//!
//! ```text
//!   read ─► young ─hit─► row          young is full: it becomes old, and the previous old is dropped
//!             │ miss
//!           old ─hit─► moves to young          so rows used since the last turn remain
//!             │ miss
//!           column ─► young
//! ```
//!
//! A point read by `RocksDB` takes several microseconds even when all is in memory; this takes a tenth.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::prefix::Prefix;
use crate::store::StoreError;

/// Number of locks, so that threads of one update rarely contend. At most 256: a byte of the prefix selects one.
const SHARDS: usize = 16;

/// Memory of a row beyond its content, in bytes: its map entry and allocation headers.
const ROW_BYTES: usize = 96;

/// Decoded rows of one column.
#[derive(Debug)]
pub(super) struct Cache<T> {
    shards: [Mutex<Shard<T>>; SHARDS],
    /// Most bytes of one generation of one shard.
    generation_bytes_max: usize,
}

#[derive(Debug)]
struct Shard<T> {
    young: HashMap<Prefix, Arc<[T]>>,
    old: HashMap<Prefix, Arc<[T]>>,
    young_bytes: usize,
}

impl<T> Cache<T> {
    /// Creates a cache of about `bytes_max` bytes at most.
    pub(super) fn new(bytes_max: usize) -> Self {
        let shard = || Shard {
            young: HashMap::new(),
            old: HashMap::new(),
            young_bytes: 0,
        };
        Self {
            shards: std::array::from_fn(|_| Mutex::new(shard())),
            generation_bytes_max: bytes_max / SHARDS / 2,
        }
    }

    /// Returns the row at `prefix`; calls `read` when it is not cached.
    pub(super) fn get(
        &self,
        prefix: Prefix,
        read: impl FnOnce() -> Result<Vec<T>, StoreError>,
    ) -> Result<Arc<[T]>, StoreError> {
        if let Some(row) = self.shard(prefix).get(prefix, self.generation_bytes_max) {
            return Ok(row);
        }
        let row = Arc::from(read()?);
        self.put(prefix, Arc::clone(&row));
        Ok(row)
    }

    /// Caches the row at `prefix`.
    pub(super) fn put(&self, prefix: Prefix, row: Arc<[T]>) {
        self.shard(prefix)
            .put(prefix, row, self.generation_bytes_max);
    }

    /// Removes the row at `prefix`.
    pub(super) fn remove(&self, prefix: Prefix) {
        let mut shard = self.shard(prefix);
        shard.young.remove(&prefix);
        shard.old.remove(&prefix);
    }

    fn shard(&self, prefix: Prefix) -> MutexGuard<'_, Shard<T>> {
        // The first bits separate the threads of one update; the depth separates keys whose hashes an attacker chose to
        // share bits.
        let shard = (usize::from(prefix.first()[0] >> 4) ^ usize::from(prefix.depth())) % SHARDS;
        // Each update is complete before a panic can happen, so the state behind a poisoned lock is consistent.
        self.shards[shard]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the memory of a row, in bytes.
fn bytes_of<T>(row: &[T]) -> usize {
    size_of_val(row) + ROW_BYTES
}

impl<T> Shard<T> {
    fn get(&mut self, prefix: Prefix, bytes_max: usize) -> Option<Arc<[T]>> {
        if let Some(row) = self.young.get(&prefix) {
            return Some(Arc::clone(row));
        }
        let row = self.old.remove(&prefix)?;
        self.put(prefix, Arc::clone(&row), bytes_max);
        Some(row)
    }

    fn put(&mut self, prefix: Prefix, row: Arc<[T]>, bytes_max: usize) {
        self.young_bytes += bytes_of(&row);
        if let Some(replaced) = self.young.insert(prefix, row) {
            self.young_bytes -= bytes_of(&replaced);
        } else {
            self.old.remove(&prefix);
        }
        if self.young_bytes > bytes_max {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(number: u8) -> Prefix {
        Prefix::decode(&[number, 0, 8]).unwrap()
    }

    /// Counts misses of a cache whose generations hold four rows of a shard.
    struct Reader {
        cache: Cache<u8>,
        misses: usize,
    }

    impl Reader {
        fn new() -> Self {
            Self {
                cache: Cache::new((ROW_BYTES + 1) * 4 * SHARDS * 2),
                misses: 0,
            }
        }

        fn get(&mut self, number: u8) -> u8 {
            let read = || {
                self.misses += 1;
                Ok(vec![number])
            };
            self.cache.get(place(number), read).unwrap()[0]
        }
    }

    #[test]
    fn a_row_is_read_once_replaced_and_removed() {
        let mut reader = Reader::new();
        assert_eq!((reader.get(7), reader.get(7), reader.misses), (7, 7, 1));
        reader.cache.put(place(7), Arc::from([70]));
        assert_eq!((reader.get(7), reader.misses), (70, 1));
        reader.cache.remove(place(7));
        assert_eq!((reader.get(7), reader.misses), (7, 2));
    }

    #[test]
    fn used_rows_stay_and_others_are_dropped() {
        let mut reader = Reader::new();
        // All rows belong to one shard.
        for number in 1..16 {
            assert_eq!((reader.get(0), reader.get(number)), (0, number));
        }
        assert_eq!(reader.misses, 16, "the used one was read once");
        let shard = reader.cache.shard(place(0));
        assert!(
            shard.young.len() + shard.old.len() <= 9,
            "two generations are kept"
        );
    }

    #[test]
    fn a_row_lives_in_one_generation() {
        let mut reader = Reader::new();
        for number in 0..7 {
            reader.get(number);
        }
        reader.cache.put(place(0), Arc::from([100]));
        reader.cache.remove(place(0));
        assert_eq!(reader.get(0), 0);
    }

    #[test]
    fn faults_are_not_kept() {
        let reader = Reader::new();
        let fault = || Err(StoreError::corrupt("buckets", &[1]));
        assert!(reader.cache.get(place(1), fault).is_err());
        assert_eq!(*reader.cache.get(place(1), || Ok(vec![5])).unwrap(), [5]);
    }
}
