//! Walking down a table whose keys begin with date and issuer.

use crate::{
    malformed::{Malformed, fixed},
    state::{Fault, StateReader, Table},
    storage::{corrupt, predecessor},
    types::{BeijingDate, OrganisationId},
};

/// Bytes of a date within a key.
const DATE_BYTES: usize = size_of::<u32>();
/// The end of the issuer within a key.
const ISSUER_END: usize = DATE_BYTES + OrganisationId::BYTES;

/// The dates and the issuer: the part of a filter that matches the order of the keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Bounds {
    /// The first issue date; `None`: from the beginning.
    pub from: Option<BeijingDate>,
    /// The last issue date; `None`: to the end.
    pub to: Option<BeijingDate>,
    /// The issuer; `None`: all.
    pub issuer: Option<OrganisationId>,
}

/// The bounds of one page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Entries on the page, at least 1.
    pub entries_max: usize,
    /// The most entries examined, at least 1: each costs a seek, and one or two reads.
    pub looked_at_max: usize,
}

/// A page of a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListPage<T> {
    /// The entries, newest first.
    pub entries: Vec<T>,
    /// The start of the next page; `None`: there is none.
    pub next: Option<Vec<u8>>,
}

/// An entry that the walk reaches.
pub(super) struct WalkEntry<'e> {
    pub(super) issuer: OrganisationId,
    /// The part of the key after the issuer.
    pub(super) rest: &'e [u8],
    pub(super) value: &'e [u8],
}

/// Whether an entry belongs on the page, and which entries to skip if not.
pub(super) enum Relevance<T> {
    /// The entry belongs on the page.
    Take(T),
    /// The entry does not; the next may.
    Skip,
    /// No entry of this issuer and day does.
    SkipIssuer,
    /// No entry of this issuer and day does whose rest of the key is above this.
    SkipTo(Vec<u8>),
}

/// Walks down a table whose keys have `key_bytes` bytes, from `start` or from the end.
///
/// # Errors
/// When the store cannot be read, or `judge` cannot.
pub(super) fn walk<T>(
    state: &dyn StateReader,
    (table, key_bytes): (Table, usize),
    bounds: &Bounds,
    start: Option<&[u8]>,
    limits: &Limits,
    mut judge: impl FnMut(&WalkEntry<'_>) -> Result<Relevance<T>, Fault>,
) -> Result<ListPage<T>, Fault> {
    let top = bounds.top(key_bytes);
    // A client may send any start; entries above the bounds are never shown.
    let mut at = Some(start.map_or(&top[..], |start| start.min(&top)).to_vec());
    let mut entries = Vec::new();
    for _ in 0..limits.looked_at_max {
        let Some(seek) = at.as_deref().filter(|_| entries.len() < limits.entries_max) else {
            break;
        };
        let Some((key, value)) = state.floor(table, seek)? else {
            at = None;
            break;
        };
        let (date, issuer) = head(table, &key)?;
        if bounds.from.is_some_and(|from| date < from.get()) {
            at = None;
            break;
        }
        at = match bounds.issuer {
            Some(wanted) if wanted != issuer => skip_to_issuer(date, &issuer, &wanted, key_bytes),
            Some(_) | None => {
                let entry = WalkEntry {
                    issuer,
                    rest: &key[ISSUER_END..],
                    value: &value,
                };
                match judge(&entry)? {
                    Relevance::Take(entry) => {
                        entries.push(entry);
                        predecessor(&key)
                    }
                    Relevance::Skip => predecessor(&key),
                    Relevance::SkipIssuer => {
                        predecessor(&filled(&[&key[..ISSUER_END]], 0, key_bytes))
                    }
                    Relevance::SkipTo(rest) => {
                        let parts = [&key[..ISSUER_END], &rest];
                        Some(filled(&parts, u8::MAX, key_bytes))
                    }
                }
            }
        };
    }
    Ok(ListPage { entries, next: at })
}

impl Bounds {
    /// At or above every key within the bounds.
    fn top(&self, key_bytes: usize) -> Vec<u8> {
        let date = self.to.map_or(u32::MAX, BeijingDate::get).to_be_bytes();
        let issuer = self.issuer.as_ref().map(OrganisationId::as_bytes);
        let issuer = issuer.map_or(&[][..], |issuer| &issuer[..]);
        filled(&[&date, issuer], u8::MAX, key_bytes)
    }
}

/// Skips from another issuer's entry to the next possible place of the wanted issuer: on the same day if that lies
/// below, otherwise on an earlier day.
fn skip_to_issuer(
    date: u32,
    issuer: &OrganisationId,
    wanted: &OrganisationId,
    key_bytes: usize,
) -> Option<Vec<u8>> {
    let date = if wanted < issuer {
        date
    } else {
        date.checked_sub(1)?
    };
    let parts = [&date.to_be_bytes()[..], wanted.as_bytes()];
    Some(filled(&parts, u8::MAX, key_bytes))
}

/// Date and issuer of a key.
fn head(table: Table, key: &[u8]) -> Result<(u32, OrganisationId), Fault> {
    let parse = || {
        let short = || Malformed::new("key", "is too short");
        let (date, rest) = key.split_at_checked(DATE_BYTES).ok_or_else(short)?;
        let issuer = rest.get(..OrganisationId::BYTES).ok_or_else(short)?;
        let date = u32::from_be_bytes(fixed("date", date)?);
        Ok((date, OrganisationId::try_from(issuer)?))
    };
    parse().map_err(|error| corrupt(table, error))
}

/// The parts one after another, and the rest of the key filled up.
fn filled(parts: &[&[u8]], with: u8, key_bytes: usize) -> Vec<u8> {
    let mut key = parts.concat();
    key.resize(key_bytes, with);
    key
}
