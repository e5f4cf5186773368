//! Random mixes of all actions of all members, against a small obvious model.
//!
//! ```text
//!   steps of receipts, claims, payments, governance ──► blocks of a few transactions
//!        each block      is what its accepted transactions alone would be
//!        what is accepted is noted in the books, which say when it must not be
//!        the state       holds what the books hold, and every invariant, on a full scan
//!        the whole sequence leads to the same state again
//! ```
//!
//! The books hold that money is conserved: of each receipt no more is booked and reserved
//! than may be claimed, the year's sums are the decided claims', each day allocates what
//! is matched, a notice is paid once; that no claim is without consent, and that every
//! number was granted and used once. The other models say what is refused and why; this
//! one looks for what any two domains do to each other.

mod audit;
mod books;
mod coverage;
mod generators;
mod harness;
mod members;
mod model_requests;
mod payment_generators;
mod receipt_generators;
mod requests;
mod steps;

use proptest::prelude::*;

use crate::world::scale::tried;
use harness::Harness;
use steps::{Try, any_try};

const CASES: u32 = 160;

proptest! {
    #![proptest_config(tried(CASES))]

    fn a_mix_of_all_actions_keeps_the_books(
        blocks in prop::collection::vec(prop::collection::vec(any_try(), 1..5), 1..130),
    ) {
        play(&blocks);
    }
}

fn play(blocks: &[Vec<Try>]) {
    let mut harness = Harness::new();
    for block in blocks {
        harness.play(block);
    }
    harness.check_replay();
}

#[test]
fn any_mix_of_all_actions_keeps_the_books() {
    a_mix_of_all_actions_keeps_the_books();
    if tried(CASES).cases >= CASES {
        coverage::check();
    }
}
