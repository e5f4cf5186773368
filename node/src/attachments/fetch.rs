//! Fetching what is missing.
//!
//! ```text
//!   missing, due ──► by author ──► the author's node ──► others, in any order
//!                                       │                   │
//!                                       └──hash it names?───┴──► kept
//!   nobody has it ──► later, and later again ──► given up after a month
//! ```

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::Duration,
};

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, stream};
use piaolian_contracts::{chain::Hash, state::Fault, types::OrganisationId};
use piaolian_sealing::attachment_hash;
use rand::seq::SliceRandom;
use tokio::{
    task::block_in_place,
    time::{Instant, timeout_at},
};

use super::{Attachments, store::Missing};
use crate::clock;

/// Attachments asked for in one request.
pub(super) const ASKED_AT_ONCE: usize = 64;

/// Requests under way at a time, each with one peer.
const REQUESTS_MAX: usize = 4;

/// Missing attachments looked at in one step.
const STEP: usize = 1_024;

/// Peers asked for one attachment before it waits again.
const PEERS_ASKED_MAX: usize = 4;

/// How long an attachment waits that nobody had, at first and at most.
const WAIT_FIRST: Duration = Duration::from_millis(200);
const WAIT_MAX: Duration = Duration::from_secs(30);

/// After so long nobody looks for it any more by itself: 30 days.
const GIVEN_UP_AFTER_MS: u64 = 30 * 86_400_000;

/// When an attachment is due to be looked for again.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    until: Instant,
    last: Duration,
}

/// When each is due; what is not in it is due now.
#[derive(Debug, Default)]
struct Schedule(HashMap<Hash, Waiting>);

impl Schedule {
    fn is_due(&self, hash: &Hash, now: Instant) -> bool {
        self.0.get(hash).is_none_or(|waiting| waiting.until <= now)
    }

    fn found(&mut self, hash: &Hash) {
        self.0.remove(hash);
    }

    fn not_found(&mut self, hash: Hash, now: Instant) {
        let next = |waiting: &Waiting| (waiting.last * 2).min(WAIT_MAX);
        let last = self.0.get(&hash).map_or(WAIT_FIRST, next);
        let until = now + last;
        self.0.insert(hash, Waiting { until, last });
    }

    /// When the first is due.
    fn next(&self) -> Option<Instant> {
        self.0.values().map(|waiting| waiting.until).min()
    }
}

impl Attachments {
    /// Fetches what is missing, for ever.
    pub(super) async fn fetch_missing(&self) -> Result<(), Fault> {
        let mut schedule = Schedule::default();
        loop {
            let mut from = Vec::new();
            loop {
                let missing = block_in_place(|| self.store.missing(&from, STEP))?;
                self.fetch_due(&missing, &mut schedule).await?;
                match missing.last().filter(|_| missing.len() == STEP) {
                    // What follows the last key.
                    Some(last) => from = [last.hash.as_bytes(), &[0][..]].concat(),
                    None => break,
                }
            }
            // Woken by what was named meanwhile, too.
            let named = self.named.notified();
            match schedule.next() {
                Some(due) => {
                    let _ = timeout_at(due, named).await;
                }
                None => named.await,
            }
        }
    }

    /// Fetches those that are due, and notes which nobody had.
    async fn fetch_due(&self, missing: &[Missing], schedule: &mut Schedule) -> Result<(), Fault> {
        let now = Instant::now();
        let mut by_author: BTreeMap<OrganisationId, Vec<Hash>> = BTreeMap::new();
        for missing in missing.iter().filter(|it| schedule.is_due(&it.hash, now)) {
            by_author
                .entry(missing.author)
                .or_default()
                .push(missing.hash);
        }
        let chunks = by_author.into_iter().flat_map(|(author, hashes)| {
            let chunks = hashes.chunks(ASKED_AT_ONCE).map(<[Hash]>::to_vec);
            chunks.map(|chunk| (author, chunk)).collect::<Vec<_>>()
        });
        let fetches = chunks.map(|(author, chunk)| async move {
            let left = self.fetch(author, chunk.clone()).await?;
            Ok::<_, Fault>((chunk, left))
        });
        let fetched: Vec<_> = stream::iter(fetches)
            .buffer_unordered(REQUESTS_MAX)
            .try_collect()
            .await?;
        let now = Instant::now();
        let mut not_found = BTreeSet::new();
        for (asked, left) in fetched {
            for hash in &asked {
                if left.contains(hash) {
                    schedule.not_found(*hash, now);
                } else {
                    schedule.found(hash);
                }
            }
            not_found.extend(left);
        }
        self.give_up(missing, &not_found, schedule)
    }

    fn give_up(
        &self,
        missing: &[Missing],
        not_found: &BTreeSet<Hash>,
        schedule: &mut Schedule,
    ) -> Result<(), Fault> {
        let since = clock::now().as_ms().saturating_sub(GIVEN_UP_AFTER_MS);
        let old = missing
            .iter()
            .filter(|it| not_found.contains(&it.hash) && it.named_ms < since);
        let old: Vec<Hash> = old.map(|it| it.hash).collect();
        if !old.is_empty() {
            tracing::warn!(
                count = old.len(),
                "attachments that nobody had for 30 days are given up"
            );
            block_in_place(|| self.store.give_up(&old))?;
            for hash in &old {
                schedule.found(hash);
            }
        }
        Ok(())
    }

    /// Asks peers for attachments, their author first, and keeps what they send; gives what
    /// nobody who was asked had.
    pub(super) async fn fetch(
        &self,
        author: OrganisationId,
        mut wanted: Vec<Hash>,
    ) -> Result<Vec<Hash>, Fault> {
        let Some(peers) = self.peers.get() else {
            return Ok(wanted);
        };
        for peer in in_order(peers.connected(), author) {
            while !wanted.is_empty() {
                let asked = &wanted[..wanted.len().min(ASKED_AT_ONCE)];
                let sent = peers.ask(peer, asked).await;
                let kept = matching(&wanted, sent);
                if kept.is_empty() {
                    break;
                }
                block_in_place(|| self.store.keep_fetched(&kept, clock::now().as_ms()))?;
                wanted.retain(|hash| kept.iter().all(|(kept, _)| kept != hash));
            }
        }
        Ok(wanted)
    }
}

/// The author first, then a few others.
fn in_order(mut connected: Vec<OrganisationId>, author: OrganisationId) -> Vec<OrganisationId> {
    connected.shuffle(&mut rand::rng());
    connected.sort_by_key(|peer| *peer != author); // stable
    connected.truncate(PEERS_ASKED_MAX);
    connected
}

/// What of the sent was wanted, each with the hash that it has.
fn matching(wanted: &[Hash], sent: Vec<Bytes>) -> Vec<(Hash, Bytes)> {
    let named = sent
        .into_iter()
        .map(|attachment| (attachment_hash(&attachment), attachment));
    named.filter(|(hash, _)| wanted.contains(hash)).collect()
}
