//! Relays transactions to every validator.
//!
//! ```text
//!   client ──► other node ──► a few validators ──► all other validators
//!   client ──► validator ────────────────────────► all other validators
//! ```
//!
//! A validator relays only the transactions that it received first-hand, so each transaction crosses each link between
//! validators once. Relaying is best effort: a full queue loses transactions rather than the connection, because votes
//! matter more. The node that accepted a transaction keeps it and includes it in its own proposals.

use std::{
    collections::HashSet,
    hash::{BuildHasher, RandomState},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::{Bytes, BytesMut};
use libp2p::PeerId;
use tokio::sync::mpsc;

use super::{
    frame::{Class, Frame, Kind},
    handler::FrameOutcome,
    peers::Peers,
};

/// Largest encoded transaction, in bytes: a body of 512 KiB with its signature.
pub const TRANSACTION_BYTES_MAX: usize = 512 * 1024 + 128;

/// Most transactions in one batch.
const BATCH_MAX: usize = 4_096;

/// A batch takes no further transaction after this many bytes, so that the first ones do not wait for the last.
const BATCH_BYTES: usize = 256 * 1024;

/// Validators that a non-validating node forwards to: one may be Byzantine or slow.
const FORWARD_TO: usize = 2;

/// Batches that may wait for the application. At the limit, peers wait.
const RECEIVED_MAX: usize = 64;

/// Transactions remembered as seen in each of two generations.
const SEEN_MAX: usize = 1 << 17;

/// Unverified transactions from a peer. If a validator relayed them, recently seen ones are left out. First-hand
/// transactions may repeat, because their sender sends them again until a block contains them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedTransactions {
    /// The peer that sent them.
    pub from: PeerId,
    /// Whether this validator is the first to have them. It relays the accepted ones to the other validators by
    /// [`relay_transactions`](super::NetworkHandle::relay_transactions).
    pub first_hand: bool,
    /// Encoded `piaolian.v1.Transaction` messages.
    pub transactions: Vec<Bytes>,
}

/// A transaction cannot be relayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a transaction of {bytes} bytes exceeds the bound of {TRANSACTION_BYTES_MAX} or is empty")]
pub struct RelayError {
    bytes: usize,
}

/// Both directions of the relay.
pub(super) struct Relay {
    seen: Mutex<Seen>,
    received: mpsc::Sender<ReceivedTransactions>,
    turn: AtomicUsize,
}

impl Relay {
    /// Creates the relay and the application's receiver.
    pub(super) fn new() -> (Self, mpsc::Receiver<ReceivedTransactions>) {
        let (received, application) = mpsc::channel(RECEIVED_MAX);
        let relay = Self {
            seen: Mutex::default(),
            received,
            turn: AtomicUsize::new(0),
        };
        (relay, application)
    }

    /// Sends transactions. Returns the number of validators that all of them are queued for.
    pub(super) fn send(&self, peers: &Peers, transactions: &[Bytes]) -> Result<usize, RelayError> {
        let frames = batches(transactions)?;
        {
            // Copies of our own transactions are not new.
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            for transaction in transactions {
                seen.insert(transaction);
            }
        }
        let (validating, mut outboxes) = peers.validators();
        if !validating && outboxes.len() > FORWARD_TO {
            let turn = self.turn.fetch_add(1, Ordering::Relaxed) % outboxes.len();
            outboxes.rotate_left(turn);
            outboxes.truncate(FORWARD_TO);
        }
        outboxes.retain(|outbox| frames.iter().all(|frame| outbox.offer(frame.clone())));
        Ok(outboxes.len())
    }

    /// Takes a batch from a peer.
    pub(super) fn take(&self, from: PeerId, first_hand: bool, body: &Bytes) -> FrameOutcome {
        // Room is reserved first, because a transaction for which the application has no room must not count as seen.
        let place = match self.received.try_reserve() {
            Ok(place) => place,
            Err(mpsc::error::TrySendError::Full(())) => return FrameOutcome::Busy,
            Err(mpsc::error::TrySendError::Closed(())) => return FrameOutcome::Taken,
        };
        let Some(mut transactions) = parse(body) else {
            return FrameOutcome::Misbehaved("batch of transactions");
        };
        {
            let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
            // A first-hand sender repeats transactions that this node may have refused temporarily, and no other peer
            // will send them. Validators relay to all others and keep what they relay.
            transactions.retain(|it| seen.insert(it) || first_hand);
        }
        if !transactions.is_empty() {
            place.send(ReceivedTransactions {
                from,
                first_hand,
                transactions,
            });
        }
        FrameOutcome::Taken
    }
}

fn batches(transactions: &[Bytes]) -> Result<Vec<Frame>, RelayError> {
    let mut frames = Vec::new();
    let mut body = BytesMut::new();
    let mut count = 0;
    for transaction in transactions {
        let bytes = transaction.len();
        let length = u32::try_from(bytes)
            .ok()
            .filter(|_| (1..=TRANSACTION_BYTES_MAX).contains(&bytes))
            .ok_or(RelayError { bytes })?;
        if count == BATCH_MAX || body.len() >= BATCH_BYTES {
            frames.push(batch(&body));
            body.clear();
            count = 0;
        }
        body.extend_from_slice(&length.to_be_bytes());
        body.extend_from_slice(transaction);
        count += 1;
    }
    if count > 0 {
        frames.push(batch(&body));
    }
    Ok(frames)
}

fn batch(body: &[u8]) -> Frame {
    const {
        let longest = BATCH_BYTES + size_of::<u32>() + TRANSACTION_BYTES_MAX;
        assert!(longest < Class::Transactions.frame_bytes_max());
    }
    Frame::new(Kind::Transactions, &[body]).expect("checked above for the longest batch")
}

/// Decodes a batch of at most [`BATCH_MAX`] transactions. Empty transactions would take more memory than bytes on the
/// wire, so they are refused.
pub(super) fn parse(body: &Bytes) -> Option<Vec<Bytes>> {
    let mut rest = body.clone();
    let mut transactions = Vec::new();
    while !rest.is_empty() {
        let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
        let _ = rest.split_to(size_of::<u32>());
        let fits = (1..=TRANSACTION_BYTES_MAX.min(rest.len())).contains(&length);
        if !fits || transactions.len() == BATCH_MAX {
            return None;
        }
        transactions.push(rest.split_to(length));
    }
    (!transactions.is_empty()).then_some(transactions)
}

/// Recently seen transactions, in two generations. The older one is dropped when the newer one is full, so that a
/// transaction that no block could include can be sent again later. The hashes are keyed at random, so that no peer can
/// find a collision that makes another's transaction look seen.
#[derive(Default)]
struct Seen {
    key: RandomState,
    newer: HashSet<u64>,
    older: HashSet<u64>,
}

impl Seen {
    /// Adds a transaction. Returns `true` when it is new.
    fn insert(&mut self, transaction: &Bytes) -> bool {
        let hash = self.key.hash_one(transaction);
        if self.older.contains(&hash) || !self.newer.insert(hash) {
            return false;
        }
        if self.newer.len() > SEEN_MAX {
            self.older = std::mem::take(&mut self.newer);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{LENGTH_BYTES, parse as parse_frame};

    fn bodies(transactions: &[Bytes]) -> Vec<Bytes> {
        let body = |frame: Frame| {
            let content = frame.into_encoded().slice(LENGTH_BYTES..);
            parse_frame(Class::Transactions, content).unwrap().1
        };
        batches(transactions)
            .unwrap()
            .into_iter()
            .map(body)
            .collect()
    }

    fn transactions(number: usize, bytes: usize) -> Vec<Bytes> {
        let one = |n: usize| [&n.to_be_bytes()[..], &vec![0; bytes - 8]].concat().into();
        (0..number).map(one).collect()
    }

    #[test]
    fn batches_read_back_in_order_and_are_bounded() {
        for (number, bytes) in [
            (1, TRANSACTION_BYTES_MAX),
            (3, 300_000),
            (10_000, 8),
            (0, 8),
        ] {
            let sent = transactions(number, bytes);
            let batches = bodies(&sent);
            let read: Vec<_> = batches.iter().map(|body| parse(body).unwrap()).collect();
            assert!(read.iter().all(|batch| batch.len() <= BATCH_MAX));
            assert_eq!(read.concat(), sent);
        }
    }

    #[test]
    fn a_truncated_batch_is_malformed() {
        let body = bodies(&transactions(2, 8)).remove(0);
        for cut in 0..body.len() {
            let whole = cut == body.len() / 2; // exactly the first of the two
            assert_eq!(parse(&body.slice(..cut)).is_some(), whole, "{cut}");
        }
    }

    #[test]
    fn empty_and_oversized_transactions_are_refused_in_both_directions() {
        for bytes in [0, TRANSACTION_BYTES_MAX + 1] {
            assert_eq!(
                batches(&[vec![0; bytes].into()]).unwrap_err(),
                RelayError { bytes }
            );
            let length = u32::try_from(bytes).unwrap().to_be_bytes();
            let body = [&length[..], &vec![0; bytes]].concat();
            assert!(parse(&body.into()).is_none());
        }
    }

    #[test]
    fn a_relayed_transaction_is_received_once_and_an_own_one_never() {
        let (relay, mut application) = Relay::new();
        let sent = transactions(3, 8);
        let peers = Peers::new(PeerId::random(), crate::Limits::default(), |_| {});
        assert_eq!(relay.send(&peers, &sent[..1]), Ok(0));

        let from = PeerId::random();
        let batch = bodies(&sent).remove(0);
        assert!(matches!(
            relay.take(from, false, &batch),
            FrameOutcome::Taken
        ));
        assert!(matches!(
            relay.take(from, false, &batch),
            FrameOutcome::Taken
        ));
        let received = application.try_recv().unwrap();
        assert_eq!(received.transactions, sent[1..]);
        assert!(!received.first_hand);
        assert!(application.try_recv().is_err());
    }

    #[test]
    fn first_hand_transactions_are_received_every_time() {
        let (relay, mut application) = Relay::new();
        let sent = transactions(2, 8);
        let batch = bodies(&sent).remove(0);
        for _ in 0..2 {
            let taken = relay.take(PeerId::random(), true, &batch);
            assert!(matches!(taken, FrameOutcome::Taken));
            assert_eq!(application.try_recv().unwrap().transactions, sent);
        }
        let relayed = relay.take(PeerId::random(), false, &batch);
        assert!(matches!(relayed, FrameOutcome::Taken));
        assert!(application.try_recv().is_err());
    }

    #[test]
    fn a_peer_waits_while_the_application_has_no_room() {
        let (relay, mut application) = Relay::new();
        let from = PeerId::random();
        for one in transactions(RECEIVED_MAX, 8) {
            let batch = bodies(&[one]).remove(0);
            assert!(matches!(
                relay.take(from, false, &batch),
                FrameOutcome::Taken
            ));
        }
        let late = bodies(&[Bytes::from_static(b"late")]).remove(0);
        assert!(matches!(relay.take(from, false, &late), FrameOutcome::Busy));
        application.try_recv().unwrap();
        assert!(matches!(
            relay.take(from, false, &late),
            FrameOutcome::Taken
        ));
    }

    #[test]
    fn seen_transactions_are_forgotten_eventually() {
        let mut seen = Seen::default();
        let first = Bytes::from_static(b"first");
        assert!(seen.insert(&first));
        for one in transactions(SEEN_MAX, 8) {
            seen.insert(&one);
        }
        assert!(!seen.insert(&first));
        for one in transactions(2 * SEEN_MAX, 16) {
            seen.insert(&one);
        }
        assert!(seen.insert(&first));
        assert!(seen.newer.len() + seen.older.len() <= 2 * SEEN_MAX + 2);
    }
}
