//! Attachments that the ledger names and this node lacks.
//!
//! Rows are kept by author and hash. If a hash had only one row, an author above its daily bound could name another
//! author's attachment, and the fetcher would give that attachment up.

use std::collections::{BTreeMap, BTreeSet};

use piaolian_contracts::{chain::Hash, state::Fault, types::OrganisationId};

use super::{
    days::{Day, LeftOut, Sum},
    scan::NamedAttachments,
    store::{AttachmentStore, AttachmentsError, Cursor},
};
use crate::local_db::{Change, Durability, Row};

pub(super) const MISSING: &str = "missing";

/// Bound on the count of missing attachments.
const COUNTED_MAX: usize = 10_000;

/// An attachment that the ledger names and this node lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    /// The organisation that put it on the ledger.
    pub(super) author: OrganisationId,
    /// Time of the block that named it, Unix ms.
    pub(super) named_ms: u64,
    pub(super) hash: Hash,
    /// Time since when this node lacks it, Unix ms.
    pub(super) since_ms: u64,
}

impl Missing {
    pub(super) fn day(&self) -> Day {
        Day::of(self.author, self.named_ms)
    }

    /// Returns the first key after this one.
    pub(super) fn next_key(&self) -> Vec<u8> {
        [&self.key()[..], &[0]].concat()
    }

    pub(super) fn delete(&self) -> Change {
        Change::Delete(MISSING, self.key())
    }

    fn key(&self) -> Vec<u8> {
        let place = key_from(&self.author, self.named_ms);
        [&place[..], self.hash.as_bytes()].concat()
    }

    fn put(&self) -> Change {
        Change::Put(MISSING, self.key(), self.since_ms.to_be_bytes().to_vec())
    }
}

/// The missing attachments of a block.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Noted {
    /// Authors of attachments that became missing.
    pub(super) authors: BTreeSet<OrganisationId>,
    /// Attachments of authors that have used up their day.
    pub(super) left_out: Vec<LeftOut>,
}

impl AttachmentStore {
    /// Notes the attachments that a block names and this node lacks, together with the cursor.
    pub(super) fn note(
        &self,
        height: u64,
        named: &NamedAttachments,
        now_ms: u64,
        is_here: impl Fn(&Hash) -> Result<bool, Fault>,
    ) -> Result<Noted, Fault> {
        let cursor = Cursor {
            height,
            time_ms: named.time_ms,
        };
        let mut by_author: BTreeMap<OrganisationId, Vec<Missing>> = BTreeMap::new();
        for (hash, author) in &named.attachments {
            if !is_here(hash)? {
                by_author.entry(*author).or_default().push(Missing {
                    author: *author,
                    named_ms: named.time_ms,
                    hash: *hash,
                    since_ms: now_ms,
                });
            }
        }
        let _counting = self.counting();
        let mut changes = vec![cursor.put()];
        let mut noted = Noted::default();
        for (author, missing) in by_author {
            let day = Day::of(author, named.time_ms);
            if self.is_over(&day)? {
                let sum = self.sum(&day)?;
                let count = missing.len() as u64;
                let left_out = sum.left_out + count;
                changes.push(Sum { left_out, ..sum }.put(&day));
                let first = sum.left_out == 0;
                noted.left_out.push(LeftOut { day, count, first });
            } else {
                changes.extend(missing.iter().map(Missing::put));
                noted.authors.insert(author);
            }
        }
        let written = self.db.write(changes, Durability::Buffered);
        written.map_err(AttachmentsError::from)?;
        Ok(noted)
    }

    /// Returns the authors of missing attachments.
    pub(super) fn authors(&self) -> Result<Vec<OrganisationId>, AttachmentsError> {
        let mut authors = Vec::new();
        let mut from = Vec::new();
        loop {
            let rows = self.db.rows(MISSING, &from, 1)?;
            let Some(row) = rows.first() else {
                return Ok(authors);
            };
            let author = parse(row)?.author;
            // Longer than any key of this author.
            from = [&key_from(&author, u64::MAX)[..], &[0xff; 33]].concat();
            authors.push(author);
        }
    }

    /// Returns missing attachments of an author from a key on, in the order in which they were named, all of one day.
    pub(super) fn missing_of(
        &self,
        author: &OrganisationId,
        from: &[u8],
        limit: usize,
    ) -> Result<Vec<Missing>, AttachmentsError> {
        let from = from.max(author.as_bytes().as_slice());
        let rows = self.db.rows(MISSING, from, limit)?;
        let missing: Vec<Missing> = rows.iter().map(parse).collect::<Result<_, _>>()?;
        let day = missing.first().map(Missing::day);
        let of_day = |it: &Missing| it.author == *author && Some(it.day()) == day;
        Ok(missing.into_iter().take_while(of_day).collect())
    }

    /// Returns missing attachments of a day, from a time on.
    pub(super) fn missing_on(
        &self,
        day: &Day,
        from_ms: u64,
        limit: usize,
    ) -> Result<Vec<Missing>, AttachmentsError> {
        let mut missing = self.missing_of(&day.author, &key_from(&day.author, from_ms), limit)?;
        missing.retain(|it| it.day() == *day);
        Ok(missing)
    }

    /// Removes attachments from the missing ones: they have arrived, or are given up.
    pub(super) fn remove_missing(&self, missing: &[Missing]) -> Result<(), AttachmentsError> {
        let changes = missing.iter().map(Missing::delete);
        Ok(self.db.write(changes, Durability::Buffered)?)
    }

    pub(super) fn missing_count(&self) -> Result<usize, AttachmentsError> {
        Ok(self.db.rows(MISSING, &[], COUNTED_MAX)?.len())
    }
}

/// Returns the first key of the attachments that an author named from a time on.
pub(super) fn key_from(author: &OrganisationId, named_ms: u64) -> Vec<u8> {
    [&author.as_bytes()[..], &named_ms.to_be_bytes()].concat()
}

fn parse(row: &Row) -> Result<Missing, AttachmentsError> {
    read(row).ok_or(AttachmentsError::Broken(MISSING))
}

fn read((key, value): &Row) -> Option<Missing> {
    let (author, rest) = key.split_at_checked(OrganisationId::BYTES)?;
    let (named_ms, hash) = rest.split_first_chunk()?;
    Some(Missing {
        author: OrganisationId::try_from(author).ok()?,
        named_ms: u64::from_be_bytes(*named_ms),
        hash: Hash::try_from(hash).ok()?,
        since_ms: u64::from_be_bytes((**value).try_into().ok()?),
    })
}
