//! The schedule of dials to peers.
//!
//! ```text
//!   waiting ── due ──► dialling ── ready ──► connected
//!      ▲                   │                     │
//!      └──── back off ─────┴──────── lost ───────┘
//! ```

use std::{collections::HashMap, time::Duration};

use libp2p::PeerId;
use tokio::time::Instant;

use super::membership::{Candidate, Links};

/// Wait before the first dial after a failure; it doubles with each further failure.
const BACK_OFF_MIN: Duration = Duration::from_millis(100);

/// Longest wait, so that a peer that comes back is dialled soon.
const BACK_OFF_MAX: Duration = Duration::from_secs(10);

/// A connection that lasts this long ends a series of failures.
const LASTING: Duration = Duration::from_secs(10);

/// Time after which this node dials although the other side is responsible for dialling: a firewall may allow
/// connections in one direction only.
const STAND_IN_AFTER: Duration = Duration::from_secs(10);

/// The same for a peer that was never dialled. If both nodes start together, the other side dials within this time. If
/// it has not, it may be backing off because this node was down.
const FIRST_STAND_IN_AFTER: Duration = Duration::from_millis(500);

/// The peers to dial, each with its phase and its failures.
#[derive(Debug)]
pub(super) struct Dials {
    links: Links,
    states: HashMap<PeerId, State>,
}

#[derive(Clone, Copy, Debug)]
struct State {
    phase: Phase,
    failures: u32,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Waiting(Instant),
    Dialling,
    Connected(Instant),
}

impl Dials {
    pub(super) fn new(links: Links, now: Instant) -> Self {
        let mut dials = Self {
            links: Links {
                candidates: Vec::new(),
                wanted: 0,
            },
            states: HashMap::new(),
        };
        dials.set_links(links, now);
        dials
    }

    /// Replaces the links; peers that remain keep their state.
    pub(super) fn set_links(&mut self, links: Links, now: Instant) {
        let former = std::mem::take(&mut self.states);
        for candidate in &links.candidates {
            let state = former.get(&candidate.peer).copied().unwrap_or(State {
                phase: Phase::Waiting(now + stand_in_delay(candidate, FIRST_STAND_IN_AFTER)),
                failures: 0,
            });
            self.states.insert(candidate.peer, state);
        }
        self.links = links;
    }

    /// Returns the peers to dial now, and marks them as dialling.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Candidate> {
        let mut room = self.room();
        let mut due = Vec::new();
        for candidate in &self.links.candidates {
            if room == 0 {
                break;
            }
            if let Some(state) = self.states.get_mut(&candidate.peer)
                && matches!(state.phase, Phase::Waiting(at) if at <= now)
            {
                state.phase = Phase::Dialling;
                due.push(candidate.clone());
                room -= 1;
            }
        }
        due
    }

    /// Returns the time of the next dial.
    pub(super) fn next(&self) -> Option<Instant> {
        if self.room() == 0 {
            return None;
        }
        let waiting = self.states.values().filter_map(|state| match state.phase {
            Phase::Waiting(at) => Some(at),
            Phase::Dialling | Phase::Connected(_) => None,
        });
        waiting.min()
    }

    /// Notes that a peer is connected, whichever side dialled.
    pub(super) fn connected(&mut self, peer: PeerId, now: Instant) {
        if let Some(state) = self.states.get_mut(&peer) {
            state.phase = Phase::Connected(now);
        }
    }

    /// Notes that a dial failed or a connection was lost.
    pub(super) fn lost(&mut self, peer: PeerId, now: Instant) {
        let known = self.links.candidates.iter().find(|it| it.peer == peer);
        let (Some(candidate), Some(state)) = (known, self.states.get_mut(&peer)) else {
            return;
        };
        match state.phase {
            Phase::Waiting(_) => return,
            Phase::Connected(since) if now.saturating_duration_since(since) >= LASTING => {
                state.failures = 0;
            }
            Phase::Dialling | Phase::Connected(_) => {}
        }
        let stand_in = stand_in_delay(candidate, STAND_IN_AFTER);
        let wait = stand_in + back_off(state.failures, rand::random());
        state.phase = Phase::Waiting(now + wait);
        state.failures = state.failures.saturating_add(1);
    }

    fn room(&self) -> usize {
        let active = self
            .states
            .values()
            .filter(|state| !matches!(state.phase, Phase::Waiting(_)));
        self.links.wanted.saturating_sub(active.count())
    }
}

fn stand_in_delay(candidate: &Candidate, delay: Duration) -> Duration {
    if candidate.stand_in {
        delay
    } else {
        Duration::ZERO
    }
}

/// Returns the wait after a number of failures. Half of it is random (`chance` in `0..1`), so that nodes that lost
/// each other at the same time do not dial at the same time.
fn back_off(failures: u32, chance: f64) -> Duration {
    let full = BACK_OFF_MIN
        .saturating_mul(1 << failures.min(16))
        .min(BACK_OFF_MAX);
    full.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(stand_in: bool) -> Candidate {
        Candidate {
            peer: PeerId::random(),
            endpoints: ["/ip4/10.0.0.1/tcp/1".parse().unwrap()].into(),
            stand_in,
        }
    }

    fn peers(due: &[Candidate]) -> Vec<PeerId> {
        due.iter().map(|candidate| candidate.peer).collect()
    }

    #[test]
    fn one_side_dials_immediately_and_the_other_stands_in_later() {
        let (now, first, second) = (Instant::now(), candidate(false), candidate(true));
        let links = Links {
            candidates: vec![first.clone(), second.clone()],
            wanted: 2,
        };
        let mut dials = Dials::new(links, now);
        assert_eq!(peers(&dials.due(now)), [first.peer]);
        let soon = now + FIRST_STAND_IN_AFTER;
        assert_eq!(dials.next(), Some(soon));
        assert_eq!(peers(&dials.due(soon)), [second.peer]);
        dials.lost(second.peer, soon);
        assert!(dials.next().unwrap() > soon + STAND_IN_AFTER);
    }

    #[test]
    fn failures_back_off_within_bounds() {
        for chance in [0.0, 1.0] {
            let mut last = Duration::ZERO;
            for failures in 0..100 {
                let wait = back_off(failures, chance);
                assert!(wait >= last.min(BACK_OFF_MAX / 2) && wait <= BACK_OFF_MAX);
                last = wait;
            }
        }
    }

    #[test]
    fn a_lost_peer_is_dialled_again_and_one_that_lasted_soon() {
        let (mut now, one) = (Instant::now(), candidate(false));
        let links = Links {
            candidates: vec![one.clone()],
            wanted: 1,
        };
        let mut dials = Dials::new(links, now);
        for _ in 0..20 {
            assert_eq!(dials.due(now).len(), 1);
            dials.lost(one.peer, now);
            dials.lost(one.peer, now);
            now = dials.next().unwrap();
        }
        dials.due(now);
        dials.connected(one.peer, now);
        assert_eq!(dials.next(), None);
        now += LASTING;
        dials.lost(one.peer, now);
        assert!(dials.next().unwrap() <= now + BACK_OFF_MIN);
    }

    #[test]
    fn a_follower_tries_the_next_candidate() {
        let (now, all) = (Instant::now(), [candidate(false), candidate(false)]);
        let links = Links {
            candidates: all.to_vec(),
            wanted: 1,
        };
        let mut dials = Dials::new(links, now);
        assert_eq!(peers(&dials.due(now)), [all[0].peer]);
        assert!(dials.due(now).is_empty());
        dials.lost(all[0].peer, now);
        assert_eq!(peers(&dials.due(now)), [all[1].peer]);
    }
}
