//! The row of a bucket: its entries, ascending, 64 bytes each.

use piaolian_contracts::state_tree::{
    Entry,
    hashing::{BUCKET_KEYS_MAX, turns_right},
};

use super::prefix::Prefix;

const ENTRY_BYTES: usize = 64;

/// Encodes `entries` into `row`, replacing its content.
pub(crate) fn encode(entries: &[Entry], row: &mut Vec<u8>) {
    row.clear();
    for entry in entries {
        row.extend_from_slice(&entry.key_hash);
        row.extend_from_slice(&entry.value_hash);
    }
}

/// Decodes the entries of the bucket at `prefix`; `None` when `row` is not such a bucket.
pub(crate) fn decode(row: &[u8], prefix: Prefix) -> Option<Vec<Entry>> {
    let (rows, rest) = row.as_chunks::<ENTRY_BYTES>();
    if !rest.is_empty() || rows.is_empty() || rows.len() > BUCKET_KEYS_MAX {
        return None;
    }
    let mut entries = Vec::with_capacity(rows.len());
    for row in rows {
        let (key_hash, value_hash) = row.split_first_chunk()?;
        let value_hash = value_hash.try_into().ok()?;
        entries.push(Entry {
            key_hash: *key_hash,
            value_hash,
        });
    }
    let whole = entries.is_sorted_by(|a, b| a.key_hash < b.key_hash)
        && entries.iter().all(|entry| prefix.contains(&entry.key_hash));
    whole.then_some(entries)
}

/// Splits ascending `entries` of the subtree at `depth` into its two halves.
pub(crate) fn halves(entries: &[Entry], depth: u16) -> (&[Entry], &[Entry]) {
    entries.split_at(entries.partition_point(|entry| !turns_right(&entry.key_hash, depth)))
}
