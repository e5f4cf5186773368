//! Decides which author's attachments are fetched next.
//!
//! ```text
//!   named ──► fresh ──turn──► asked for ──► not found: retried in rounds from the first on, one turn each wait;
//!               ▲                 │         found: the next turn at once
//!               └─ there are more ┘
//! ```
//!
//! An author has one turn at a time, and no author waits for another. The schedule holds only two places among the
//! missing attachments of each author, so its size does not depend on their number.

use std::{collections::BTreeMap, time::Duration};

use piaolian_contracts::types::OrganisationId;
use tokio::time::Instant;

/// First wait of an author after a retry that found nothing. It doubles each time.
const WAIT_FIRST: Duration = Duration::from_millis(200);

/// Longest wait of an author.
const WAIT_MAX: Duration = Duration::from_secs(30);

/// A place among the missing attachments of an author: the first key from there on.
pub(super) type Place = Vec<u8>;

/// An author's turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) author: OrganisationId,
    pub(super) from: Place,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// For attachments that were not asked for yet.
    Fresh,
    /// For attachments that no peer had.
    Retry,
}

/// The result of a turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FetchResult {
    /// The place after the attachments of the turn; `None` when nothing was missing from the turn's place on.
    pub(super) next: Option<Place>,
    /// Whether an attachment of the turn is no longer missing.
    pub(super) found: bool,
    /// Whether an attachment of the turn is still missing.
    pub(super) still_missing: bool,
}

/// The authors of missing attachments.
#[derive(Debug, Default)]
pub(super) struct FetchSchedule {
    authors: BTreeMap<OrganisationId, Author>,
    begun: u64,
}

#[derive(Debug)]
struct Author {
    fresh: Place,
    has_fresh: bool,
    retry: Place,
    retry_at: Option<Instant>,
    wait: Duration,
    under_way: bool,
    /// Number of the author's last turn. The author with the lowest one is next.
    turn: u64,
}

impl Default for Author {
    fn default() -> Self {
        Self {
            fresh: Place::new(),
            has_fresh: true,
            retry: Place::new(),
            retry_at: None,
            wait: WAIT_FIRST,
            under_way: false,
            turn: 0,
        }
    }
}

impl FetchSchedule {
    /// Schedules authors of attachments that became missing.
    pub(super) fn named(&mut self, authors: impl IntoIterator<Item = OrganisationId>) {
        for author in authors {
            self.authors.entry(author).or_default().has_fresh = true;
        }
    }

    /// Begins the next turn that is due.
    pub(super) fn begin(&mut self, now: Instant) -> Option<Turn> {
        let due = self.authors.iter_mut().filter(|(_, it)| it.is_due(now));
        let (id, author) = due.min_by_key(|(_, it)| it.turn)?;
        self.begun += 1;
        author.turn = self.begun;
        author.under_way = true;
        let is_fresh = std::mem::take(&mut author.has_fresh);
        let (kind, from) = if is_fresh {
            (Kind::Fresh, author.fresh.clone())
        } else {
            (Kind::Retry, author.retry.clone())
        };
        Some(Turn {
            author: *id,
            from,
            kind,
        })
    }

    /// Returns the time at which the next retry is due.
    pub(super) fn next(&self) -> Option<Instant> {
        let idle = self.authors.values().filter(|it| !it.under_way);
        idle.filter_map(|it| it.retry_at).min()
    }

    /// Records the result of a turn.
    pub(super) fn ended(&mut self, turn: Turn, result: FetchResult, now: Instant) {
        let Some(author) = self.authors.get_mut(&turn.author) else {
            return;
        };
        author.under_way = false;
        match turn.kind {
            Kind::Fresh => author.asked_for_fresh(result, now),
            Kind::Retry => author.retried(&turn.from, result, now),
        }
        if !author.has_fresh && author.retry_at.is_none() {
            self.authors.remove(&turn.author);
        }
    }
}

impl Author {
    fn is_due(&self, now: Instant) -> bool {
        !self.under_way && (self.has_fresh || self.retry_at.is_some_and(|at| at <= now))
    }

    fn asked_for_fresh(&mut self, result: FetchResult, now: Instant) {
        if let Some(next) = result.next {
            self.fresh = next;
            self.has_fresh = true;
        }
        if result.still_missing {
            self.retry_at.get_or_insert(now + self.wait);
        }
    }

    fn retried(&mut self, from: &Place, result: FetchResult, now: Instant) {
        match result.next {
            Some(next) => {
                self.retry = next;
                self.wait = if result.found {
                    WAIT_FIRST
                } else {
                    (self.wait * 2).min(WAIT_MAX)
                };
                let pause = if result.found {
                    Duration::ZERO
                } else {
                    self.wait
                };
                self.retry_at = Some(now + pause);
            }
            None if from.is_empty() => {
                self.wait = WAIT_FIRST;
                self.retry_at = None;
            }
            // The round begins again at the first attachment.
            None => {
                self.retry = Place::new();
                self.retry_at = Some(now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(code: &str) -> OrganisationId {
        code.parse().unwrap()
    }

    fn one() -> OrganisationId {
        id("91350100M000100Y43")
    }

    fn other() -> OrganisationId {
        id("91440300708461136T")
    }

    fn result(next: Option<u8>, found: bool, still_missing: bool) -> FetchResult {
        FetchResult {
            next: next.map(|place| vec![place]),
            found,
            still_missing,
        }
    }

    fn from(turn: &Turn) -> &[u8] {
        &turn.from
    }

    #[test]
    fn an_author_has_one_turn_at_a_time() {
        let now = Instant::now();
        let mut schedule = FetchSchedule::default();
        schedule.named([one(), other()]);
        let first = schedule.begin(now).unwrap();
        let second = schedule.begin(now).unwrap();
        assert_ne!(first.author, second.author);
        assert_eq!(schedule.begin(now), None);

        // One author is slow; the other has turn after turn.
        let mut second = second;
        for place in 1..=9 {
            schedule.ended(second, result(Some(place), true, false), now);
            second = schedule.begin(now).unwrap();
            assert_eq!(second.author, other());
            assert_eq!(from(&second), [place]);
        }
    }

    #[test]
    fn the_author_with_the_oldest_turn_is_next() {
        let now = Instant::now();
        let mut schedule = FetchSchedule::default();
        schedule.named([one(), other()]);
        let mut authors = Vec::new();
        for place in 1..=6 {
            let turn = schedule.begin(now).unwrap();
            authors.push(turn.author);
            schedule.ended(turn, result(Some(place), true, false), now);
        }
        assert_eq!(authors[..2], authors[2..4]);
        assert_eq!(authors[..2], authors[4..]);
        assert_ne!(authors[0], authors[1]);
    }

    #[test]
    fn an_author_without_missing_attachments_is_removed() {
        let now = Instant::now();
        let mut schedule = FetchSchedule::default();
        schedule.named([one()]);
        let turn = schedule.begin(now).unwrap();
        schedule.ended(turn, result(Some(1), true, false), now);
        let turn = schedule.begin(now).unwrap();
        schedule.ended(turn, FetchResult::default(), now);
        assert!(schedule.authors.is_empty());
        assert_eq!((schedule.begin(now), schedule.next()), (None, None));
    }

    #[test]
    fn an_attachment_named_during_a_turn_is_asked_for_after_it() {
        let now = Instant::now();
        let mut schedule = FetchSchedule::default();
        schedule.named([one()]);
        let turn = schedule.begin(now).unwrap();
        schedule.named([one()]);
        schedule.ended(turn, FetchResult::default(), now);
        assert_eq!(schedule.begin(now).unwrap().author, one());
    }

    #[test]
    fn retries_wait_longer_each_time_and_go_on_in_order() {
        let mut now = Instant::now();
        let mut schedule = FetchSchedule::default();
        schedule.named([one()]);
        let turn = schedule.begin(now).unwrap();
        schedule.ended(turn, result(Some(1), false, true), now);
        let turn = schedule.begin(now).unwrap();
        schedule.ended(turn, FetchResult::default(), now);

        let mut waits = Vec::new();
        for (result, at) in [
            (result(Some(1), false, true), &[][..]),
            (result(Some(2), false, true), &[1]),
            (result(Some(3), true, true), &[2]),
            (result(None, false, false), &[3]),
            (result(Some(1), false, true), &[]),
        ] {
            let due = schedule.next().unwrap();
            waits.push((due - now).as_millis());
            if due > now {
                assert_eq!(schedule.begin(now), None);
            }
            now = due;
            let turn = schedule.begin(now).unwrap();
            assert_eq!(from(&turn), at);
            schedule.ended(turn, result, now);
        }
        waits.push((schedule.next().unwrap() - now).as_millis());
        // The third finds something: the next turn is due at once, and the round begins again.
        assert_eq!(waits, [200, 400, 800, 0, 0, 400]);
    }

    #[test]
    fn waits_are_bounded() {
        let mut now = Instant::now();
        let mut schedule = FetchSchedule::default();
        schedule.named([one()]);
        let turn = schedule.begin(now).unwrap();
        schedule.ended(turn, result(None, false, true), now);
        for _ in 0..40 {
            now = schedule.next().unwrap();
            let turn = schedule.begin(now).unwrap();
            schedule.ended(turn, result(Some(1), false, true), now);
        }
        assert_eq!(schedule.next(), Some(now + WAIT_MAX));
    }

    #[test]
    fn fresh_attachments_do_not_wait_for_retries() {
        let now = Instant::now();
        let mut schedule = FetchSchedule::default();
        schedule.named([one()]);
        let turn = schedule.begin(now).unwrap();
        schedule.ended(turn, result(Some(7), false, true), now);
        let turn = schedule.begin(now).unwrap();
        schedule.ended(turn, FetchResult::default(), now);
        assert_eq!(schedule.begin(now), None);
        schedule.named([one()]);
        let turn = schedule.begin(now).unwrap();
        assert_eq!(from(&turn), [7]);
    }
}
