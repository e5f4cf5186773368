//! Supervision changes only its own tables.

use piaolian_proto::v1 as proto;
use proptest::prelude::*;

use super::steps::{Step, beginning, request, step};
use crate::world::{World, memory::Memory, requests::set_parameters, scale::tried};

/// The most sensitive thresholds: most steps raise an alert.
const SENSITIVE: proto::AlertThresholds = proto::AlertThresholds {
    hours_from: 0,
    hours_to: 1,
    hour_receipts_max: 1,
    reversal_share_max: 1,
    reversals_min: 0,
    verification_window_ms: 1,
    amount_factor_max: 1,
    amount_receipts_min: 1,
    number_gap_max: 1,
};

/// A world with these thresholds.
fn watched_by(thresholds: proto::AlertThresholds) -> World {
    let mut world = beginning();
    world.accept(set_parameters(move |parameters| {
        parameters.alerts = Some(thresholds)
    }));
    world
}

/// Takes each step in a block of its own, and calls `after` after it. Returns the outcomes and the state without the
/// tables of supervision.
fn run(mut world: World, steps: &[Step], after: fn(&mut World)) -> (Vec<proto::Outcome>, Memory) {
    let mut outcomes = Vec::new();
    for (place, step) in steps.iter().enumerate() {
        if let Step::Wait { ms } = step {
            world.wait_ms(*ms);
        } else if let Some(request) = request(step, place) {
            let bytes = world.sign(request.as_ref());
            outcomes.extend(world.block(&[bytes]).outcomes);
            after(&mut world);
        }
    }
    let state = world.state.without_idempotency().without_supervision();
    (outcomes, state.without_parameters())
}

proptest! {
    #![proptest_config(tried(96))]

    #[test]
    fn alerts_change_no_verdict_and_no_receipt(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        // Parameters set anew would set the thresholds too.
        let steps: Vec<Step> = steps
            .into_iter()
            .filter(|step| !matches!(step, Step::SetFundRules { .. }))
            .collect();
        let off = run(watched_by(proto::AlertThresholds::default()), &steps, |_| ());
        let sensitive = run(watched_by(SENSITIVE), &steps, |_| ());
        prop_assert_eq!(&sensitive, &off);
        // No rule reads the tables of supervision: without them the results are the same.
        let forgetful = run(watched_by(SENSITIVE), &steps, |world| {
            world.state = world.state.without_supervision();
        });
        prop_assert_eq!(&forgetful, &off);
    }
}

#[test]
fn the_sensitive_thresholds_find_something_in_every_issue() {
    let mut world = watched_by(SENSITIVE);
    let before = world.alerts().len();
    let step = Step::Issue {
        numbers: vec![None, Some(24)],
    };
    let bytes = world.sign(request(&step, 0).unwrap().as_ref());
    world.block(&[bytes]);
    let kinds: Vec<&str> = world.alerts()[before..]
        .iter()
        .map(|alert| alert.kind.name)
        .collect();
    assert_eq!(kinds, ["NumberGap", "OutsideHours", "AboveRate"]);
}
