//! Limits on attempts, against guessing (docs/DOMAIN.md §3). Wrong attempts are counted for each token and for each
//! thing that is asked about.
//!
//! ```text
//!   begin: counted as wrong ─► succeeded: taken back      wrong ─► above the limit: rejected for ten minutes
//! ```

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::api_error::ApiError;

/// Time for which a wrong answer counts.
const WINDOW: Duration = Duration::from_secs(600);
/// Wrong answers that one thing allows within the window.
const WRONG_OF_A_THING_MAX: u32 = 10;
/// Wrong answers that one token may cause within the window.
const WRONG_OF_A_TOKEN_MAX: u32 = 1_000;
/// Most things that are remembered with wrong answers. At the limit all attempts are rejected until windows end. Only
/// tokens that guess can cause this.
const THINGS_MAX: usize = 100_000;

/// Wrong answers, counted for each token and each thing.
pub(crate) struct AttemptLimiter<K> {
    counts: Mutex<Counts<K>>,
}

struct Counts<K> {
    tokens: HashMap<String, Window>,
    things: HashMap<K, Window>,
}

// A derived `Default` would require `K: Default`.
impl<K> Default for AttemptLimiter<K> {
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

impl<K: Eq + Hash> AttemptLimiter<K> {
    /// Begins an attempt, unless there were too many wrong ones with the token or at the thing. It counts as wrong
    /// until it [`succeeded`](Self::succeeded), so that a client gains nothing from concurrent attempts.
    ///
    /// # Errors
    /// When there were too many wrong attempts.
    pub(crate) fn begin(&self, token: &str, thing: K, now: Instant) -> Result<(), ApiError> {
        let mut counts = self.lock();
        if counts.things.len() >= THINGS_MAX {
            counts.things.retain(|_, window| window.is_open(now));
        }
        let spent = counts.things.len() >= THINGS_MAX
            || reached(&counts.tokens, token, WRONG_OF_A_TOKEN_MAX, now)
            || reached(&counts.things, &thing, WRONG_OF_A_THING_MAX, now);
        if spent {
            return Err(ApiError::TooManyAttempts);
        }
        add(&mut counts.tokens, token.to_owned(), now);
        add(&mut counts.things, thing, now);
        Ok(())
    }

    /// Takes the count of an attempt back.
    pub(crate) fn succeeded(&self, token: &str, thing: &K) {
        let mut counts = self.lock();
        take(&mut counts.tokens, token);
        take(&mut counts.things, thing);
    }

    fn lock(&self) -> MutexGuard<'_, Counts<K>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
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

fn take<K, Q>(counts: &mut HashMap<K, Window>, key: &Q)
where
    K: std::borrow::Borrow<Q> + Eq + Hash,
    Q: Eq + Hash + ?Sized,
{
    if let Some(window) = counts.get_mut(key) {
        window.wrong = window.wrong.saturating_sub(1);
        if window.wrong == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_at_one_thing_ends_whoever_tries() {
        let (limiter, now) = (AttemptLimiter::default(), Instant::now());
        for guesser in 0..WRONG_OF_A_THING_MAX {
            let guessed = limiter.begin(&format!("token {guesser}"), 1, now);
            assert!(guessed.is_ok());
        }
        let spent = Err(ApiError::TooManyAttempts);
        assert_eq!(limiter.begin("honest", 1, now), spent);
        assert!(limiter.begin("honest", 2, now).is_ok());
    }

    #[test]
    fn guessing_at_many_things_ends_for_that_token_alone() {
        let (limiter, now) = (AttemptLimiter::default(), Instant::now());
        for number in 0..u64::from(WRONG_OF_A_TOKEN_MAX) {
            assert!(limiter.begin("guesser", number, now).is_ok());
        }
        assert!(limiter.begin("guesser", 5_000, now).is_err());
        assert!(limiter.begin("honest", 5_000, now).is_ok());
    }

    #[test]
    fn right_answers_leave_nothing_behind() {
        let (limiter, now) = (AttemptLimiter::default(), Instant::now());
        for _ in 0..2 * WRONG_OF_A_TOKEN_MAX {
            assert!(limiter.begin("honest", 1, now).is_ok());
            limiter.succeeded("honest", &1);
        }
        let counts = limiter.lock();
        assert!(counts.tokens.is_empty() && counts.things.is_empty());
    }

    #[test]
    fn attempts_made_at_once_are_no_more_than_one_after_the_other() {
        let (limiter, now) = (AttemptLimiter::default(), Instant::now());
        let all = std::thread::scope(|scope| {
            let guess = |_| scope.spawn(|| limiter.begin("guesser", 1, now).is_ok());
            let guessing: Vec<_> = (0..100).map(guess).collect();
            let made = guessing.into_iter().map(|guess| guess.join().unwrap());
            made.filter(|made| *made).count()
        });
        assert_eq!(all, WRONG_OF_A_THING_MAX as usize);
    }

    #[test]
    fn wrong_answers_are_forgotten_after_the_window() {
        let (limiter, now) = (AttemptLimiter::default(), Instant::now());
        for _ in 0..WRONG_OF_A_THING_MAX {
            assert!(limiter.begin("token", 1, now).is_ok());
        }
        assert!(limiter.begin("token", 1, now).is_err());
        for _ in 0..WRONG_OF_A_THING_MAX {
            assert!(limiter.begin("token", 1, now + WINDOW).is_ok());
        }
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (limiter, now) = (AttemptLimiter::default(), Instant::now());
        for number in 0..THINGS_MAX as u64 {
            let token = format!("guesser {}", number / u64::from(WRONG_OF_A_TOKEN_MAX));
            assert!(limiter.begin(&token, number, now).is_ok());
        }
        let other = u64::from(u32::MAX);
        assert!(limiter.begin("honest", other, now).is_err());
        assert!(limiter.begin("honest", other, now + WINDOW).is_ok());
        assert_eq!(limiter.lock().things.len(), 1);
    }
}
