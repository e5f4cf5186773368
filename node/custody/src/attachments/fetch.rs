//! Fetches missing attachments from peers.
//!
//! ```text
//!   missing ──► its author's turn ──► the author's node ──► others, in any order
//!                                            │                  │
//!                                            └──hash matches?───┴──► stored
//!   no peer has it ──► retried with growing pauses ──► given up after a month
//! ```

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    time::Duration,
};

use bytes::Bytes;
use futures::{StreamExt, stream::FuturesUnordered};
use piaolian_base::clock;
use piaolian_contracts::{chain::Hash, state::Fault, types::OrganisationId};
use piaolian_encryption::attachment_hash;
use rand::seq::SliceRandom;
use tokio::{
    task::block_in_place,
    time::{Instant, sleep_until, timeout},
};

use super::{
    Attachments, Peers,
    days::Day,
    fetch_schedule::{FetchResult, FetchSchedule, Turn},
    missing::{Missing, key_from},
};

/// Most attachments of one request, and of one turn.
pub(super) const ASKED_AT_ONCE: usize = 64;

/// Concurrent turns. Each has one request under way, and so at most one response of 10 MiB in memory.
const TURNS_AT_ONCE: usize = 16;

/// Longest turn: enough for three peers that do not answer, the author and two others.
const TURN_MAX: Duration = Duration::from_secs(30);

/// Peers that are asked for an attachment before it waits again.
const PEERS_ASKED_MAX: usize = 4;

/// Age at which the fetcher gives up a missing attachment, ms: 30 days.
pub(super) const GIVEN_UP_AFTER_MS: u64 = 30 * 86_400_000;

impl Attachments {
    /// Fetches missing attachments, for ever.
    pub(super) async fn fetch_missing(&self) -> Result<(), Fault> {
        let mut named = self.named.subscribe();
        let mut schedule = FetchSchedule::default();
        schedule.named(block_in_place(|| self.store.authors())?);
        let mut under_way = FuturesUnordered::new();
        loop {
            while under_way.len() < TURNS_AT_ONCE
                && let Some(turn) = schedule.begin(Instant::now())
            {
                under_way.push(self.run_turn(turn));
            }
            let has_place = under_way.len() < TURNS_AT_ONCE;
            let due = schedule.next().filter(|_| has_place);
            tokio::select! {
                Some(ended) = under_way.next() => {
                    let (turn, result) = ended?;
                    schedule.ended(turn, result, Instant::now());
                }
                // The sender lives as long as the attachments.
                _ = named.changed() => schedule.named(self.take_named()),
                () = until(due) => {}
            }
        }
    }

    /// Takes the authors of attachments that became missing since the last call.
    fn take_named(&self) -> BTreeSet<OrganisationId> {
        let mut taken = BTreeSet::new();
        self.named.send_if_modified(|named| {
            std::mem::swap(named, &mut taken);
            false
        });
        taken
    }

    /// Carries out an author's turn: asks for the next of its attachments.
    async fn run_turn(&self, turn: Turn) -> Result<(Turn, FetchResult), Fault> {
        let read = || {
            self.store
                .missing_of(&turn.author, &turn.from, ASKED_AT_ONCE)
        };
        let missing = block_in_place(read)?;
        let Some(day) = missing.first().map(Missing::day) else {
            return Ok((turn, FetchResult::default()));
        };
        let somebody = self.peers().is_some_and(|it| !it.connected().is_empty());
        if somebody {
            let wanted = block_in_place(|| self.not_here(&missing))?;
            let wanted = wanted.iter().map(|it| it.hash).collect();
            // Attachments that arrived before the timeout are stored.
            if let Ok(ended) = timeout(TURN_MAX, self.fetch(turn.author, wanted, Some(day))).await {
                ended?;
            }
        }
        let result = block_in_place(|| self.record_results(&missing, &day, somebody))?;
        Ok((turn, result))
    }

    /// Removes attachments of a day from the missing ones: those that have arrived, those that no peer had for too
    /// long, and those above the bound of the day.
    fn record_results(
        &self,
        missing: &[Missing],
        day: &Day,
        was_asked: bool,
    ) -> Result<FetchResult, Fault> {
        let mut still_missing = self.not_here(missing)?;
        let mut next = missing.last().map(Missing::next_key);
        let since = clock::now().as_ms().saturating_sub(GIVEN_UP_AFTER_MS);
        let before = still_missing.len();
        if was_asked {
            still_missing.retain(|it| it.since_ms >= since);
        }
        let given_up = before - still_missing.len();
        if given_up > 0 {
            tracing::warn!(
                count = given_up,
                author = %day.author,
                "attachments given up: no peer had them for 30 days"
            );
        }
        let is_missing = |it: &&Missing| still_missing.contains(it);
        let done = missing.iter().filter(|it| !is_missing(it)).copied();
        let done: Vec<Missing> = done.collect();
        self.store.remove_missing(&done)?;
        let is_over = !still_missing.is_empty() && self.store.is_over(day)?;
        if is_over {
            self.report_left_out(&self.store.leave_out(day)?);
            next = Some(key_from(&day.author, day.ends_ms()));
        }
        Ok(FetchResult {
            next,
            found: is_over || !done.is_empty(),
            still_missing: !is_over && !still_missing.is_empty(),
        })
    }

    fn not_here(&self, missing: &[Missing]) -> Result<Vec<Missing>, Fault> {
        let mut not_here = Vec::new();
        for it in missing {
            if !self.is_here(&it.hash)? {
                not_here.push(*it);
            }
        }
        Ok(not_here)
    }

    fn peers(&self) -> Option<&dyn Peers> {
        self.peers.get().map(|peers| &**peers)
    }

    /// Asks peers for attachments, their author first, and stores what they send. With a `day` the bytes are added to
    /// the sum of that day, and asking ends when the sum reaches the bound.
    pub(super) async fn fetch(
        &self,
        author: OrganisationId,
        mut wanted: Vec<Hash>,
        day: Option<Day>,
    ) -> Result<(), Fault> {
        let Some(peers) = self.peers() else {
            return Ok(());
        };
        for peer in in_order(peers.connected(), author) {
            while !wanted.is_empty() {
                if let Some(day) = &day
                    && block_in_place(|| self.store.is_over(day))?
                {
                    return Ok(());
                }
                let asked = &wanted[..wanted.len().min(ASKED_AT_ONCE)];
                let sent = peers.ask(peer, asked).await;
                let kept = block_in_place(|| self.keep_wanted(&wanted, sent, day))?;
                if kept.is_empty() {
                    break;
                }
                wanted.retain(|hash| !kept.contains(hash));
            }
        }
        Ok(())
    }

    /// Stores the wanted ones among the sent attachments and returns their hashes.
    fn keep_wanted(
        &self,
        wanted: &[Hash],
        sent: Vec<Bytes>,
        day: Option<Day>,
    ) -> Result<Vec<Hash>, Fault> {
        let kept = matching(wanted, sent);
        if !kept.is_empty() {
            let now_ms = clock::now().as_ms();
            self.store.keep_fetched(&kept, day, now_ms)?;
        }
        Ok(kept.into_iter().map(|(hash, _)| hash).collect())
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => pending().await,
    }
}

/// Returns the author, if connected, and then a few others in random order.
fn in_order(mut connected: Vec<OrganisationId>, author: OrganisationId) -> Vec<OrganisationId> {
    connected.shuffle(&mut rand::rng());
    connected.sort_by_key(|peer| *peer != author); // stable
    connected.truncate(PEERS_ASKED_MAX);
    connected
}

/// Returns the wanted ones among the sent attachments, each once, with its hash.
fn matching(wanted: &[Hash], sent: Vec<Bytes>) -> Vec<(Hash, Bytes)> {
    let named = sent
        .into_iter()
        .map(|attachment| (attachment_hash(&attachment), attachment));
    let matching: BTreeMap<Hash, Bytes> = named.filter(|(hash, _)| wanted.contains(hash)).collect();
    matching.into_iter().collect()
}
