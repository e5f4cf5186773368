//! Guessing made useless (DOMAIN §3): wrong answers are counted, for each token and for
//! each thing that is asked about.
//!
//! ```text
//!   check ─► right: answered        wrong: counted ─► above the limit: ten minutes of silence
//! ```

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::door::DoorError;

/// How long a wrong answer counts.
const WINDOW: Duration = Duration::from_secs(600);
/// Wrong answers that one thing allows within the window.
const WRONG_OF_A_THING_MAX: u32 = 10;
/// Wrong answers that one token may cause within the window.
const WRONG_OF_A_TOKEN_MAX: u32 = 1_000;
/// Things that are remembered with wrong answers. Above it every question
/// waits for the window's end: only tokens that guess can bring this about.
const THINGS_MAX: usize = 100_000;

/// Wrong answers, counted for each token and each thing.
pub(super) struct Guesses<K> {
    counts: Mutex<Counts<K>>,
}

struct Counts<K> {
    tokens: HashMap<String, Window>,
    things: HashMap<K, Window>,
}

// A derive would ask the same of `K`.
impl<K> Default for Guesses<K> {
    fn default() -> Self {
        Self {
            counts: Mutex::new(Counts {
                tokens: HashMap::new(),
                things: HashMap::new(),
            }),
        }
    }
}

/// Wrong answers since the first of them.
#[derive(Clone, Copy)]
struct Window {
    since: Instant,
    wrong: u32,
}

impl<K: Eq + Hash> Guesses<K> {
    /// Refuses whoever had too many wrong answers, whatever is asked now.
    pub(super) fn check(&self, token: &str, thing: &K, now: Instant) -> Result<(), DoorError> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.things.len() >= THINGS_MAX {
            counts.things.retain(|_, window| window.is_open(now));
        }
        let spent = counts.things.len() >= THINGS_MAX
            || reached(&counts.tokens, token, WRONG_OF_A_TOKEN_MAX, now)
            || reached(&counts.things, thing, WRONG_OF_A_THING_MAX, now);
        if spent {
            Err(DoorError::TooManyVerifications)
        } else {
            Ok(())
        }
    }

    /// Counts a wrong answer.
    pub(super) fn count(&self, token: &str, thing: K, now: Instant) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        add(&mut counts.tokens, token.to_owned(), now);
        add(&mut counts.things, thing, now);
    }
}

impl Window {
    fn is_open(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < WINDOW
    }
}

fn reached<K, Q>(counts: &HashMap<K, Window>, key: &Q, wrong_max: u32, now: Instant) -> bool
where
    K: std::borrow::Borrow<Q> + Eq + Hash,
    Q: Eq + Hash + ?Sized,
{
    counts
        .get(key)
        .is_some_and(|window| window.is_open(now) && window.wrong >= wrong_max)
}

fn add<K: Eq + Hash>(counts: &mut HashMap<K, Window>, key: K, now: Instant) {
    let fresh = Window {
        since: now,
        wrong: 0,
    };
    let window = counts.entry(key).or_insert(fresh);
    if !window.is_open(now) {
        *window = fresh;
    }
    window.wrong = window.wrong.saturating_add(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_at_one_thing_ends_whoever_guesses() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for guesser in 0..WRONG_OF_A_THING_MAX {
            assert!(guesses.check("honest", &1, now).is_ok());
            guesses.count(&format!("token {guesser}"), 1, now);
        }
        assert_eq!(
            guesses.check("honest", &1, now),
            Err(DoorError::TooManyVerifications)
        );
        assert!(guesses.check("honest", &2, now).is_ok());
    }

    #[test]
    fn guessing_at_many_things_ends_for_that_token_alone() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for number in 0..u64::from(WRONG_OF_A_TOKEN_MAX) {
            guesses.count("guesser", number, now);
        }
        assert!(guesses.check("guesser", &5_000, now).is_err());
        assert!(guesses.check("honest", &5_000, now).is_ok());
    }

    #[test]
    fn wrong_answers_are_forgotten_after_the_window() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for _ in 0..WRONG_OF_A_THING_MAX {
            guesses.count("token", 1, now);
        }
        let later = now + WINDOW;
        assert!(guesses.check("token", &1, later).is_ok());
        guesses.count("token", 1, later);
        assert!(guesses.check("token", &1, later).is_ok());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (guesses, now) = (Guesses::default(), Instant::now());
        for number in 0..THINGS_MAX as u64 {
            guesses.count("guesser", number, now);
        }
        assert!(guesses.check("honest", &u64::from(u32::MAX), now).is_err());
        assert!(
            guesses
                .check("honest", &u64::from(u32::MAX), now + WINDOW)
                .is_ok()
        );
        assert!(guesses.counts.lock().unwrap().things.is_empty());
    }
}
