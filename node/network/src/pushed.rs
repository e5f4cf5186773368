//! Decided blocks that the feed pushed without a request.
//!
//! ```text
//!   feed ──► Decided(height, block) ──► kept here ──► Status(feed, height) ──► sync actor
//!   sync actor ──► OutgoingRequest(feed, height …) ──► answered from here, once
//! ```
//!
//! The engine accepts only blocks that it has requested. The network tells it that the feed has the block. The engine
//! requests the block, and the network answers without a round trip.

use std::{
    collections::BTreeMap,
    ops::RangeInclusive,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use libp2p::PeerId;

/// Most blocks kept. The engine requests 25 heights ahead.
const BLOCKS_MAX: usize = 64;

/// Most bytes kept: several blocks of 4 MiB.
const BYTES_MAX: usize = 32 * 1024 * 1024;

/// The pushed blocks of one peer. A request is answered only with blocks of the peer that it was sent to. Otherwise one
/// peer could be blamed for the forgery of another.
#[derive(Debug, Default)]
pub(super) struct Pushed(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    from: Option<PeerId>,
    blocks: BTreeMap<u64, Bytes>,
    bytes: usize,
}

impl Pushed {
    /// Keeps a block, and drops the lowest ones above the bounds.
    pub(super) fn keep(&self, from: PeerId, height: u64, block: Bytes) {
        let mut state = self.lock();
        if state.from != Some(from) {
            *state = State {
                from: Some(from),
                ..State::default()
            };
        }
        state.bytes += block.len();
        if let Some(replaced) = state.blocks.insert(height, block) {
            state.bytes -= replaced.len();
        }
        while state.blocks.len() > BLOCKS_MAX || state.bytes > BYTES_MAX {
            match state.blocks.pop_first() {
                Some((_, dropped)) => state.bytes -= dropped.len(),
                None => break,
            }
        }
    }

    /// Removes and returns the consecutive blocks from the start of a range.
    pub(super) fn take(&self, from: PeerId, range: &RangeInclusive<u64>) -> Vec<Bytes> {
        let mut state = self.lock();
        if state.from != Some(from) {
            return Vec::new();
        }
        let mut taken = Vec::new();
        for height in range.clone() {
            let Some(block) = state.blocks.remove(&height) else {
                break;
            };
            state.bytes -= block.len();
            taken.push(block);
        }
        taken
    }

    /// Drops the blocks below a height that has started.
    pub(super) fn started(&self, height: u64) {
        let mut state = self.lock();
        state.blocks = state.blocks.split_off(&height);
        state.bytes = state.blocks.values().map(Bytes::len).sum();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No update can panic half-way, so the state behind a poisoned lock is consistent.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(bytes: usize) -> Bytes {
        vec![0; bytes].into()
    }

    #[test]
    fn each_block_answers_once_and_blocks_are_consecutive() {
        let (pushed, feed) = (Pushed::default(), PeerId::random());
        for height in [3, 4, 6] {
            pushed.keep(feed, height, block(1));
        }
        assert!(pushed.take(PeerId::random(), &(3..=6)).is_empty());
        assert_eq!(pushed.take(feed, &(3..=u64::MAX)).len(), 2);
        assert!(pushed.take(feed, &(3..=6)).is_empty());
        assert_eq!(pushed.take(feed, &(6..=6)).len(), 1);
    }

    #[test]
    fn kept_blocks_are_bounded_in_number_and_bytes() {
        let (pushed, feed) = (Pushed::default(), PeerId::random());
        for height in 0..1_000 {
            pushed.keep(feed, height, block(1));
        }
        assert_eq!(pushed.lock().blocks.len(), BLOCKS_MAX);
        pushed.keep(feed, 1_000, block(BYTES_MAX));
        assert_eq!(pushed.lock().blocks.len(), 1);
    }

    #[test]
    fn blocks_of_started_heights_are_dropped() {
        let (pushed, feed) = (Pushed::default(), PeerId::random());
        for height in 1..=4 {
            pushed.keep(feed, height, block(2));
        }
        pushed.started(3);
        assert_eq!(pushed.lock().bytes, 4);
        assert!(pushed.take(feed, &(2..=2)).is_empty());
        assert_eq!(pushed.take(feed, &(3..=4)).len(), 2);
    }

    #[test]
    fn blocks_of_an_earlier_feed_are_dropped() {
        let (pushed, feed, next) = (Pushed::default(), PeerId::random(), PeerId::random());
        pushed.keep(feed, 1, block(1));
        pushed.keep(next, 2, block(1));
        assert!(pushed.take(feed, &(1..=1)).is_empty());
        assert_eq!(pushed.take(next, &(2..=2)).len(), 1);
    }
}
