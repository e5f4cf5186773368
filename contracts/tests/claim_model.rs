//! Claims against a small, obvious model: for any mix of authorisations, claims,
//! decisions, banks' words, corrections, locks and bookings of several payers, and paper
//!
//! - what the ledger accepts and what it refuses is what the model says,
//! - bookings, reservations and locks of each receipt are the model's, and together never
//!   above what may be claimed,
//! - the year's sums are the sum over the claims that count, and count a receipt once for
//!   each payer and fund,
//! - and no claim is filed or decided without a live authorisation.

mod model;
pub mod reference_computation;
pub mod requests;
pub mod steps;

use proptest::prelude::*;

use crate::world::{World, accepted, scale::tried};
use model::Model;
use requests::request;
use steps::{Step, beginning, step};

proptest! {
    #![proptest_config(tried(192))]

    #[test]
    fn claims_do_what_the_model_does(steps in prop::collection::vec(step(), 1..90)) {
        let mut world = beginning();
        let mut model = Model::new();
        for (turn, step) in steps.into_iter().enumerate() {
            play(&mut world, &mut model, step, turn);
        }
    }
}

fn play(world: &mut World, model: &mut Model, step: Step, turn: usize) {
    if let Step::Wait { ms } = step {
        world.wait_ms(ms);
        return;
    }
    let now = world.next_moment().time.as_ms();
    model.before = world.time.as_ms();
    // Every fifth step keeps its random target, where it is mostly refused.
    let step = &if turn.is_multiple_of(5) {
        step
    } else {
        model.choose(step, turn, now)
    };
    let expected = model.expects(step, now);
    let outcome = world.submit(request(world, step));
    let accepted = accepted(&outcome);
    if let Some(expected) = expected {
        assert_eq!(
            accepted, expected,
            "{step:?} at {now}: {outcome:?}\n{model:#?}"
        );
    }
    if accepted {
        model.apply(step, now);
    }
    model.compare(world);
    crate::invariants::check(world);
}
