//! Idempotency: the client ids that are in use.
//!
//! ```text
//!   hour of valid_until ─► Segment: running hash, count      committed; deleted once the hour is over
//!   (organisation, client id) ─► ClientEntry                 derived; an entry of a past hour counts as absent
//!   hour, height, part ─► the client keys of that block      derived; how past entries are found and deleted
//!
//!   running hash = SHA-256("piaolian/segment/v1" ‖ previous, 32 zero bytes at first ‖ transaction id)
//! ```
//!
//! A transaction enters a block before its `valid_until`. Once that hour is over, nobody can replay it, and its entry
//! can be deleted.

use std::{collections::BTreeMap, ops::Range};

use super::client_ids::{CLIENT_IDS, ClientEntry, ClientKey, Hour, SEGMENTS, Segment};
use crate::{
    chain::{Hash, Height},
    malformed::{Malformed, fixed},
    state::{Fault, Table},
    storage::{Key, KeyBytes, Overlay, Record, Records, predecessor},
    transaction::Transaction,
    types::BlockTime,
};

/// The client keys that a block added for an hour.
const SEGMENT_ENTRIES: Records<PartKey, ClientKeys> = Records::new(Table::SegmentEntries);

/// A transaction is valid for at most 24 hours (a hard bound of the parameters),
/// so no segment lies further ahead of block time than this.
const HOURS_AHEAD_MAX: u64 = 25;

/// Entries of past hours that a block deletes, in addition to as many as it added. Past entries are thus deleted even
/// if no new ones arrive, and the work of a block is bounded.
const SWEEP_ENTRIES: usize = 2_000;

/// Client keys in one part of a block's list, 34 bytes each.
const PART_KEYS_MAX: usize = 1_024;

/// Hour (u64) ‖ height (u64) ‖ part (u32), big-endian.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct PartKey {
    hour: Hour,
    height: Height,
    part: u32,
}

impl PartKey {
    const BYTES: usize = 20;

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let bytes = fixed::<{ Self::BYTES }>("part key", bytes)?;
        let (hour, rest) = bytes.split_at(8);
        let (height, part) = rest.split_at(8);
        Ok(Self {
            hour: Hour(u64::from_be_bytes(fixed("hour", hour)?)),
            height: Height::new(u64::from_be_bytes(fixed("height", height)?)),
            part: u32::from_be_bytes(fixed("part", part)?),
        })
    }
}

impl Key for PartKey {
    fn bytes(&self) -> KeyBytes {
        let (hour, height) = (self.hour.0.to_be_bytes(), self.height.get().to_be_bytes());
        KeyBytes::of(&[&hour, &height, &self.part.to_be_bytes()])
    }
}

/// Client keys, one after the other.
#[derive(Clone, Debug)]
struct ClientKeys(Vec<ClientKey>);

impl Record for ClientKeys {
    fn encode(&self) -> Vec<u8> {
        self.0.iter().flat_map(|key| key.0).collect()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let keys = bytes.chunks(ClientKey::BYTES);
        keys.map(|key| fixed("client keys", key).map(ClientKey))
            .collect::<Result<_, _>>()
            .map(Self)
    }
}

/// The client ids of one block: adds new ones and deletes those of past hours.
#[derive(Debug, Default)]
pub(crate) struct Segments {
    added: BTreeMap<u64, Vec<(ClientKey, Hash)>>,
}

impl Segments {
    /// Marks the client id of a transaction that enters the block as used.
    pub(crate) fn add(
        &mut self,
        overlay: &mut Overlay<'_>,
        transaction: &Transaction,
        height: Height,
        index: u32,
    ) -> Result<(), Fault> {
        let hour = Hour::of(transaction.valid_until());
        let key = ClientKey::of(transaction);
        let id = *transaction.id();
        let entry = ClientEntry {
            hour,
            transaction: id,
            height,
            index,
        };
        overlay.entry(CLIENT_IDS, &key)?.set(entry);
        self.added.entry(hour.0).or_default().push((key, id));
        Ok(())
    }

    /// Writes the entries that the block added and deletes those of past hours.
    pub(crate) fn finish(
        self,
        overlay: &mut Overlay<'_>,
        height: Height,
        time: BlockTime,
        parent_time: BlockTime,
    ) -> Result<(), Fault> {
        let mut budget = SWEEP_ENTRIES;
        for (hour, entries) in self.added {
            budget = budget.saturating_add(entries.len());
            write_hour(overlay, Hour(hour), height, &entries)?;
        }
        delete_over(overlay, time, parent_time)?;
        sweep(overlay, time, budget)
    }
}

fn write_hour(
    overlay: &mut Overlay<'_>,
    hour: Hour,
    height: Height,
    entries: &[(ClientKey, Hash)],
) -> Result<(), Fault> {
    let entry = overlay.entry(SEGMENTS, &hour)?;
    let before = entry.get().map_or(Segment::EMPTY, |segment| *segment);
    let ids = entries.iter().map(|(_, id)| id);
    entry.set(ids.fold(before, Segment::with));
    for (part, entries) in (0_u32..).zip(entries.chunks(PART_KEYS_MAX)) {
        let keys = entries.iter().map(|(key, _)| *key).collect();
        overlay.insert_new(
            SEGMENT_ENTRIES,
            &PartKey { hour, height, part },
            ClientKeys(keys),
        )?;
    }
    Ok(())
}

/// Deletes the segments whose hour ended between the time of the parent and `time`.
fn delete_over(
    overlay: &mut Overlay<'_>,
    time: BlockTime,
    parent_time: BlockTime,
) -> Result<(), Fault> {
    for hour in hours_over(time, parent_time) {
        overlay.entry(SEGMENTS, &Hour(hour))?.remove()?;
    }
    Ok(())
}

/// Returns the hours that ended since the parent, at most [`HOURS_AHEAD_MAX`] + 1 however late the block is.
fn hours_over(time: BlockTime, parent_time: BlockTime) -> Range<u64> {
    let first = Hour::of(parent_time).0;
    let furthest = first.saturating_add(HOURS_AHEAD_MAX);
    first..Hour::of(time).0.min(furthest.saturating_add(1))
}

/// Deletes entries of past hours, latest first, part by part until `budget` of
/// them are gone.
fn sweep(overlay: &mut Overlay<'_>, time: BlockTime, budget: usize) -> Result<(), Fault> {
    let Some(last) = Hour::of(time).0.checked_sub(1) else {
        return Ok(());
    };
    let top = PartKey {
        hour: Hour(last),
        height: Height::new(u64::MAX),
        part: u32::MAX,
    };
    let mut at = Some(top.bytes().to_vec());
    let mut swept = 0_usize;
    while let Some(key) = at.filter(|_| swept < budget) {
        let Some((found, keys)) = SEGMENT_ENTRIES.floor(overlay.parent(), &key)? else {
            return Ok(());
        };
        let part = PartKey::decode(&found)
            .map_err(|error| crate::storage::corrupt(Table::SegmentEntries, error))?;
        for client in &keys.0 {
            delete_entry(overlay, client, part.hour)?;
        }
        swept = swept.saturating_add(keys.0.len().max(1));
        overlay.entry(SEGMENT_ENTRIES, &part)?.remove()?;
        at = predecessor(&found);
    }
    Ok(())
}

/// Deletes an entry, unless a later transaction has taken the client id since.
fn delete_entry(overlay: &mut Overlay<'_>, key: &ClientKey, hour: Hour) -> Result<(), Fault> {
    let entry = overlay.entry(CLIENT_IDS, key)?;
    if entry.get().is_some_and(|stored| stored.hour == hour) {
        entry.remove()?;
    }
    Ok(())
}
