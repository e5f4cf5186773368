//! Connections that have not yet shown who they are.
//!
//! ```text
//!   TCP ──► enter ──► Noise, Yamux ──► admit ──► members, limits …
//!             │ too many wait
//!             ▼
//!        the one that has waited longest is turned away
//! ```
//!
//! Anyone can open a connection and then say nothing. Were newcomers refused when too many
//! wait, a few idle strangers would keep members out. A member needs milliseconds, so it is
//! the longest wait that ends.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    task::Waker,
};

use futures::task::AtomicWaker;
use libp2p::Multiaddr;

/// Those who wait, the longest first. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Door {
    waiting: Arc<Mutex<VecDeque<(Multiaddr, Arc<Guest>)>>>,
    waiting_max: usize,
}

/// A connection on its way in.
#[derive(Debug, Default)]
pub(super) struct Guest {
    stage: AtomicU8,
    task: AtomicWaker,
}

const WAITING: u8 = 0;
const ADMITTED: u8 = 1;
const TURNED_AWAY: u8 = 2;

/// What became of a connection so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Waiting,
    Admitted,
    TurnedAway,
}

impl Door {
    pub(super) fn new(waiting_max: usize) -> Self {
        Self {
            waiting: Arc::default(),
            waiting_max,
        }
    }

    /// A connection from a remote address, which is its own while it lasts.
    pub(super) fn enter(&self, from: Multiaddr) -> Arc<Guest> {
        let guest = Arc::new(Guest::default());
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        // Those who left by themselves are known here only.
        waiting.retain(|(_, guest)| Arc::strong_count(guest) > 1);
        waiting.push_back((from, guest.clone()));
        if waiting.len() > self.waiting_max
            && let Some((_, longest)) = waiting.pop_front()
        {
            longest.become_stage(TURNED_AWAY);
        }
        guest
    }

    /// It has shown a key and may stay, as far as the door goes.
    pub(super) fn admit(&self, from: &Multiaddr) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let place = waiting.iter().position(|(waiting, _)| waiting == from);
        if let Some((_, guest)) = place.and_then(|place| waiting.remove(place)) {
            guest.become_stage(ADMITTED);
        }
    }
}

impl Guest {
    /// Where it stands; the task is woken when that changes.
    pub(super) fn stage(&self, task: &Waker) -> Stage {
        self.task.register(task);
        match self.stage.load(Ordering::Acquire) {
            WAITING => Stage::Waiting,
            ADMITTED => Stage::Admitted,
            _ => Stage::TurnedAway,
        }
    }

    fn become_stage(&self, stage: u8) {
        self.stage.store(stage, Ordering::Release);
        self.task.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(port: u16) -> Multiaddr {
        format!("/ip4/10.0.0.1/tcp/{port}").parse().unwrap()
    }

    fn stages(guests: &[Arc<Guest>]) -> Vec<Stage> {
        let stage = |guest: &Arc<Guest>| guest.stage(Waker::noop());
        guests.iter().map(stage).collect()
    }

    #[test]
    fn the_longest_wait_ends_when_too_many_wait() {
        use Stage::{Admitted, TurnedAway, Waiting};

        let door = Door::new(2);
        let mut guests = vec![door.enter(address(1)), door.enter(address(2))];
        door.admit(&address(1));
        guests.push(door.enter(address(3)));
        assert_eq!(stages(&guests), [Admitted, Waiting, Waiting]);
        guests.push(door.enter(address(4)));
        assert_eq!(stages(&guests), [Admitted, TurnedAway, Waiting, Waiting]);
    }

    #[test]
    fn those_who_left_take_no_place() {
        let door = Door::new(2);
        let stays = door.enter(address(1));
        for port in 2..100 {
            drop(door.enter(address(port)));
        }
        assert_eq!(stays.stage(Waker::noop()), Stage::Waiting);
    }
}
