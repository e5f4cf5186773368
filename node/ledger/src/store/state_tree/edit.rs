//! Computes the next version of one page.
//!
//! ```text
//!   changes ─► split at each node of the page ─► bucket: read, changed ─► ≤ 8 keys: bucket
//!                                                                          more: split
//!   halves of ≤ 8 keys together ─► one bucket
//! ```

use std::{slice::Iter, sync::Arc};

use piaolian_contracts::state_tree::{
    Entry,
    hashing::{BUCKET_KEYS_MAX, turns_right},
};

use super::{
    Tree, bucket,
    page::{self, Slot},
    prefix::Prefix,
    rows::Rows,
    update::{LeafChange, LeafDelta, Work},
};
use crate::store::StoreError;

/// A page of the next version.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) slots: Vec<Slot>,
    /// The buckets that differ from the current version's, from left to right.
    pub(super) fresh: Vec<Fresh>,
    /// Whether the current version has a page at the same prefix.
    pub(super) replaces: bool,
}

/// A bucket of the next version.
#[derive(Debug)]
pub(super) struct Fresh {
    pub(super) prefix: Prefix,
    pub(super) entries: Arc<[Entry]>,
    /// Whether the current version has a bucket at the same prefix.
    replaces: bool,
}

impl Draft {
    /// Wraps a page of the current version.
    pub(super) fn kept(slots: Vec<Slot>) -> Self {
        Self {
            slots,
            fresh: Vec::new(),
            replaces: false,
        }
    }

    /// Whether it has no keys and therefore no row.
    pub(super) fn is_empty(&self) -> bool {
        page::keys_of(&self.slots) == 0
    }

    /// Returns the entries of the bucket `slot` at `prefix`.
    pub(super) fn bucket<R: Rows>(
        &self,
        tree: &Tree,
        rows: &R,
        prefix: Prefix,
        slot: &Slot,
    ) -> Result<Arc<[Entry]>, StoreError> {
        match self
            .fresh
            .binary_search_by(|fresh| fresh.prefix.cmp(&prefix))
        {
            Ok(place) => Ok(Arc::clone(&self.fresh[place].entries)),
            Err(_) => tree.bucket(rows, prefix, slot.keys),
        }
    }

    /// Appends `entries` as one bucket, or as several when they are too many for one.
    fn push(&mut self, prefix: Prefix, entries: &[Entry], replaces: bool) {
        if entries.len() > BUCKET_KEYS_MAX {
            let (left, right) = bucket::halves(entries, prefix.depth());
            self.push(prefix.child(false), left, false);
            self.push(prefix.child(true), right, false);
            return;
        }
        self.slots.push(Slot::of(entries, prefix.depth()));
        if !entries.is_empty() {
            self.fresh.push(Fresh {
                prefix,
                entries: Arc::from(entries),
                replaces,
            });
        }
    }

    /// Merges the last slots, from `first` on, into one bucket when they have few keys. They cover the subtree at
    /// `prefix`.
    pub(super) fn merge<R: Rows>(
        &mut self,
        tree: &Tree,
        rows: &R,
        first: usize,
        prefix: Prefix,
        work: &mut Work,
    ) -> Result<(), StoreError> {
        if page::keys_of(&self.slots[first..]) > BUCKET_KEYS_MAX {
            return Ok(());
        }
        // Each half has no more keys than a bucket holds, so it is a single bucket.
        let mut entries = Vec::with_capacity(BUCKET_KEYS_MAX);
        for (slot, right) in self.slots[first..].iter().zip([false, true]) {
            entries.extend_from_slice(&self.bucket(tree, rows, prefix.child(right), slot)?);
        }
        let below = self
            .fresh
            .partition_point(|fresh| fresh.prefix.first() < prefix.first());
        let fresh = self.fresh.split_off(below);
        for (slot, right) in self.slots[first..].iter().zip([false, true]) {
            let half = prefix.child(right);
            let fresh = fresh.iter().find(|fresh| fresh.prefix == half);
            if slot.keys > 0 && fresh.is_none_or(|fresh| fresh.replaces) {
                work.buckets_gone.push(half);
            }
        }
        self.slots.truncate(first);
        self.push(prefix, &entries, false);
        Ok(())
    }
}

/// Applies changes to a page.
pub(super) struct Edit<'a, R> {
    tree: &'a Tree,
    rows: &'a R,
    /// The remaining slots of the current page.
    slots: Iter<'a, Slot>,
    draft: Draft,
    work: &'a mut Work,
}

impl<'a, R: Rows> Edit<'a, R> {
    /// Returns the page at `prefix` with `changes`; `None` when they have no effect.
    pub(super) fn page(
        tree: &'a Tree,
        rows: &'a R,
        slots: &'a [Slot],
        prefix: Prefix,
        changes: &[LeafChange],
        work: &'a mut Work,
    ) -> Result<Option<Draft>, StoreError> {
        let before = work.leaves.len();
        let draft = Draft {
            slots: Vec::with_capacity(slots.len() + changes.len()),
            fresh: Vec::with_capacity(changes.len()),
            replaces: false,
        };
        let mut edit = Self {
            tree,
            rows,
            slots: slots.iter(),
            draft,
            work,
        };
        edit.subtree(prefix, changes)?;
        Ok((edit.work.leaves.len() > before).then_some(edit.draft))
    }

    fn subtree(&mut self, prefix: Prefix, changes: &[LeafChange]) -> Result<(), StoreError> {
        let slot = self
            .slots
            .as_slice()
            .first()
            .expect("slots cover their page, which decoding checks");
        if slot.depth > prefix.depth() {
            let (before, after) = part(changes, prefix.depth());
            let first = self.draft.slots.len();
            self.subtree(prefix.child(false), before)?;
            self.subtree(prefix.child(true), after)?;
            if changes.is_empty() {
                return Ok(());
            }
            return self
                .draft
                .merge(self.tree, self.rows, first, prefix, self.work);
        }
        self.slots.next();
        if changes.is_empty() {
            self.draft.slots.push(*slot);
            return Ok(());
        }
        self.bucket(slot, prefix, changes)
    }

    fn bucket(
        &mut self,
        slot: &Slot,
        prefix: Prefix,
        changes: &[LeafChange],
    ) -> Result<(), StoreError> {
        let present = self.tree.bucket(self.rows, prefix, slot.keys)?;
        let before = self.work.leaves.len();
        let mut next = std::mem::take(&mut self.work.room);
        change(&present, changes, &mut next, &mut self.work.leaves);
        if self.work.leaves.len() == before {
            self.draft.slots.push(*slot);
        } else {
            if slot.keys > 0 && !(1..=BUCKET_KEYS_MAX).contains(&next.len()) {
                self.work.buckets_gone.push(prefix);
            }
            self.draft.push(prefix, &next, slot.keys > 0);
        }
        self.work.room = next;
        Ok(())
    }
}

/// Computes `next` from `present` and `changes`, all ascending. Adds the differences to `deltas`.
fn change(
    present: &[Entry],
    changes: &[LeafChange],
    next: &mut Vec<Entry>,
    deltas: &mut Vec<LeafDelta>,
) {
    next.clear();
    next.extend_from_slice(present);
    for change in changes {
        let LeafChange {
            key_hash,
            value_hash,
        } = *change;
        let place = next.binary_search_by(|entry| entry.key_hash.cmp(&key_hash));
        let old = place.ok().map(|place| next[place].value_hash);
        if old == value_hash {
            continue;
        }
        deltas.push(LeafDelta {
            key_hash,
            old,
            new: value_hash,
        });
        match (place, value_hash) {
            (Ok(place), Some(value_hash)) => next[place].value_hash = value_hash,
            (Ok(place), None) => drop(next.remove(place)),
            (Err(place), Some(value_hash)) => next.insert(
                place,
                Entry {
                    key_hash,
                    value_hash,
                },
            ),
            (Err(_), None) => {}
        }
    }
}

/// Splits ascending `changes` at a node of `depth`.
pub(super) fn part(changes: &[LeafChange], depth: u16) -> (&[LeafChange], &[LeafChange]) {
    changes.split_at(changes.partition_point(|change| !turns_right(&change.key_hash, depth)))
}
