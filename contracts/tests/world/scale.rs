//! The number of cases of each property, and the count of executed transactions.

use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::ProptestConfig;

use super::World;

/// proptest's own number of cases, which the environment may raise: `scripts/properties`.
const CASES_USUAL: u32 = 256;
/// How often the count is told.
const TOLD_EVERY: u64 = 10_000;

static TRANSACTIONS: AtomicU64 = AtomicU64::new(0);

/// A property that is usually tried `usual` times.
pub fn tried(usual: u32) -> ProptestConfig {
    let standard = ProptestConfig::default();
    let cases = usual.saturating_mul(standard.cases) / CASES_USUAL;
    ProptestConfig {
        cases: cases.max(1),
        ..standard
    }
}

/// Counts what a world was asked for, once it is over.
impl Drop for World {
    fn drop(&mut self) {
        let before = TRANSACTIONS.fetch_add(self.requests, Ordering::Relaxed);
        let after = before + self.requests;
        if after / TOLD_EVERY > before / TOLD_EVERY {
            #[allow(clippy::print_stdout, reason = "for whoever runs it with --nocapture")]
            {
                println!("{after} transactions were made so far");
            }
        }
    }
}
