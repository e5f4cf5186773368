//! The mempool: verified transactions that wait for a block.
//!
//! ```text
//!   admission ──insert──► pool, in order of arrival ──candidates──► the proposer
//!                           │ waiters                                   │
//!                           ◄────── deliver_outcomes (a block committed) ┘
//! ```
//!
//! A new transaction that would exceed a bound is refused as busy. An accepted transaction stays until it is committed
//! or expires.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use piaolian_contracts::{
    chain::{Hash, Height},
    transaction::{ClientId, Verified},
    types::{BlockTime, OrganisationId},
};
use piaolian_proto::v1;
use tokio::sync::{Notify, oneshot};

/// Most transactions: some tens of blocks.
const TRANSACTIONS_MAX: usize = 100_000;
/// Most bytes.
const BYTES_MAX: usize = 256 * 1024 * 1024;
/// An organisation may fill at most 1/`ORGANISATION_SHARE` of the pool: a flood from one leaves room for others.
const ORGANISATION_SHARE: usize = 2;
/// Most waiters for one transaction's outcome.
const WAITERS_MAX: usize = 16;

/// Protobuf framing of one transaction within a block, bytes: tag and length.
const FRAMING_BYTES: usize = 5;

/// Source of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A client of this node, or a node that follows this one. This node relays the transaction.
    FirstHand,
    /// A validator, which relayed it to all others.
    Relayed,
}

/// A transaction's outcome and its place in the chain.
#[derive(Clone, Debug, PartialEq)]
pub struct CommittedOutcome {
    /// The block's height.
    pub height: Height,
    /// The transaction's index in the block.
    pub index: u32,
    /// The outcome.
    pub outcome: v1::Outcome,
}

/// Reason why the pool does not take a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// The pool is full, in total or for this organisation.
    #[error("too many transactions are waiting; try again later")]
    Busy,
    /// Another transaction with the same organisation and client id is in the pool.
    #[error("client id is in use by another transaction that is waiting")]
    ClientIdInUse,
}

/// Result of [`Mempool::insert`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// The transaction was added.
    New,
    /// The transaction was in the pool already.
    Known,
}

struct Entry {
    sequence: u64,
    verified: Verified,
    arrived: Instant,
    relayed: Instant,
    waiters: Vec<oneshot::Sender<CommittedOutcome>>,
}

/// One organisation's share of the pool.
#[derive(Default)]
struct Share {
    transactions: usize,
    bytes: usize,
}

#[derive(Default)]
struct Pool {
    entries: HashMap<Hash, Entry>,
    order: BTreeMap<u64, Hash>,
    expiries: BTreeSet<(BlockTime, Hash)>,
    clients: HashMap<(OrganisationId, ClientId), Hash>,
    organisations: HashMap<OrganisationId, Share>,
    /// First-hand transactions by the time of the last relay, and then by arrival.
    relayed: BTreeSet<(Instant, u64)>,
    bytes: usize,
    sequence: u64,
}

/// The pool, shared by admission, the proposer and the waiters.
#[derive(Default)]
pub struct Mempool {
    pool: Mutex<Pool>,
    arrived: Notify,
}

impl Mempool {
    /// Adds a transaction, with a waiter for its outcome.
    ///
    /// # Errors
    /// When the pool is full or the client id is in use.
    pub fn insert(
        &self,
        verified: Verified,
        origin: Origin,
        waiter: Option<oneshot::Sender<CommittedOutcome>>,
    ) -> Result<Inserted, PoolError> {
        let inserted = self.lock().insert(verified, origin, waiter)?;
        if inserted == Inserted::New {
            self.arrived.notify_waiters();
        }
        Ok(inserted)
    }

    /// Adds a waiter for a transaction in the pool. `None` when it is not in the pool or has too many waiters.
    pub fn wait_for(&self, id: &Hash) -> Option<oneshot::Receiver<CommittedOutcome>> {
        let (sender, receiver) = oneshot::channel();
        let mut pool = self.lock();
        let entry = pool.entries.get_mut(id)?;
        entry.add_waiter(sender).then_some(receiver)
    }

    /// Returns the verified transaction with this id, if it is in the pool.
    pub fn get(&self, id: &Hash) -> Option<Verified> {
        self.lock()
            .entries
            .get(id)
            .map(|entry| entry.verified.clone())
    }

    /// Returns the transactions that fit into `bytes` of a block, in order of arrival. The first that does not fit ends
    /// the list, so that smaller ones do not overtake it.
    pub fn candidates(&self, bytes: usize) -> Vec<Verified> {
        let pool = self.lock();
        let mut left = bytes;
        pool.order
            .values()
            .filter_map(|id| pool.entries.get(id))
            .map(|entry| &entry.verified)
            .take_while(|verified| {
                let needed = verified.transaction().encoded().len() + FRAMING_BYTES;
                let fits = needed <= left;
                left = left.saturating_sub(needed);
                fits
            })
            .cloned()
            .collect()
    }

    /// Removes a transaction that can no longer enter a block.
    pub fn remove(&self, id: &Hash) {
        self.lock().remove(id);
    }

    /// Delivers the outcomes of a committed block to their waiters, and drops expired transactions. Returns, for each
    /// of the block's transactions, the time that it spent in this pool.
    pub fn deliver_outcomes(
        &self,
        outcomes: impl Iterator<Item = (Hash, CommittedOutcome)>,
        now: BlockTime,
    ) -> Vec<Duration> {
        let mut pool = self.lock();
        let mut waited = Vec::new();
        for (id, outcome) in outcomes {
            let Some(entry) = pool.remove(&id) else {
                continue;
            };
            waited.push(entry.arrived.elapsed());
            for waiter in entry.waiters {
                let _ = waiter.send(outcome.clone()); // the waiter may have stopped waiting
            }
        }
        pool.expire(now);
        waited
    }

    /// Returns first-hand transactions that have not been relayed for `age`, for relaying them again; at most
    /// `bytes_max` bytes.
    pub fn stale(&self, age: Duration, bytes_max: usize) -> Vec<Bytes> {
        let mut pool = self.lock();
        let (now, mut left) = (Instant::now(), bytes_max);
        let mut stale = Vec::new();
        while let Some(&(relayed, sequence)) = pool.relayed.first() {
            if now.duration_since(relayed) < age {
                break;
            }
            let id = pool.order.get(&sequence).copied();
            let Some(entry) = id.and_then(|id| pool.entries.get_mut(&id)) else {
                break; // unreachable: both maps have the same transactions
            };
            let encoded = entry.verified.transaction().encoded().clone();
            let Some(rest) = left.checked_sub(encoded.len()) else {
                break;
            };
            left = rest;
            entry.relayed = now;
            pool.relayed.remove(&(relayed, sequence));
            pool.relayed.insert((now, sequence));
            stale.push(encoded);
        }
        stale
    }

    /// Returns the number of transactions.
    pub fn len(&self) -> usize {
        self.lock().entries.len()
    }

    /// Returns the bytes of all transactions.
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    /// Whether the pool is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits until the pool is not empty.
    pub async fn wait_until_not_empty(&self) {
        loop {
            let arrived = self.arrived.notified();
            tokio::pin!(arrived);
            arrived.as_mut().enable(); // registered before the check, so that no arrival is missed
            if !self.is_empty() {
                return;
            }
            arrived.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn add_waiter(&mut self, waiter: oneshot::Sender<CommittedOutcome>) -> bool {
        self.waiters.retain(|waiter| !waiter.is_closed());
        let room = self.waiters.len() < WAITERS_MAX;
        if room {
            self.waiters.push(waiter);
        }
        room
    }
}

impl Pool {
    fn insert(
        &mut self,
        verified: Verified,
        origin: Origin,
        waiter: Option<oneshot::Sender<CommittedOutcome>>,
    ) -> Result<Inserted, PoolError> {
        let transaction = verified.transaction();
        let id = *transaction.id();
        if let Some(entry) = self.entries.get_mut(&id) {
            if let Some(waiter) = waiter
                && !entry.add_waiter(waiter)
            {
                return Err(PoolError::Busy);
            }
            return Ok(Inserted::Known);
        }
        let organisation = *transaction.organisation();
        let client = (organisation, *transaction.client_id());
        if self.clients.contains_key(&client) {
            return Err(PoolError::ClientIdInUse);
        }
        let bytes = transaction.encoded().len();
        let share = self.organisations.get(&organisation);
        let too_much_of_one = share.is_some_and(|share| {
            share.transactions >= TRANSACTIONS_MAX / ORGANISATION_SHARE
                || share.bytes + bytes > BYTES_MAX / ORGANISATION_SHARE
        });
        if self.entries.len() >= TRANSACTIONS_MAX
            || self.bytes + bytes > BYTES_MAX
            || too_much_of_one
        {
            return Err(PoolError::Busy);
        }
        self.sequence += 1;
        self.bytes += bytes;
        self.order.insert(self.sequence, id);
        self.expiries.insert((transaction.valid_until(), id));
        self.clients.insert(client, id);
        let share = self.organisations.entry(organisation).or_default();
        share.transactions += 1;
        share.bytes += bytes;
        let arrived = Instant::now();
        if origin == Origin::FirstHand {
            self.relayed.insert((arrived, self.sequence));
        }
        let entry = Entry {
            sequence: self.sequence,
            verified,
            arrived,
            relayed: arrived,
            waiters: waiter.into_iter().collect(),
        };
        self.entries.insert(id, entry);
        Ok(Inserted::New)
    }

    fn remove(&mut self, id: &Hash) -> Option<Entry> {
        let entry = self.entries.remove(id)?;
        let transaction = entry.verified.transaction();
        let organisation = *transaction.organisation();
        self.order.remove(&entry.sequence);
        self.expiries.remove(&(transaction.valid_until(), *id));
        self.clients
            .remove(&(organisation, *transaction.client_id()));
        self.relayed.remove(&(entry.relayed, entry.sequence));
        let bytes = transaction.encoded().len();
        self.bytes -= bytes;
        if let Some(share) = self.organisations.get_mut(&organisation) {
            share.transactions -= 1;
            share.bytes -= bytes;
            if share.transactions == 0 {
                self.organisations.remove(&organisation);
            }
        }
        Some(entry)
    }

    fn expire(&mut self, now: BlockTime) {
        while let Some(&(valid_until, id)) = self.expiries.first()
            && valid_until <= now
        {
            self.remove(&id);
        }
    }
}
