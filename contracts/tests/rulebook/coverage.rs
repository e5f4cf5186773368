//! The coverage of actions. Each must be tried, accepted and refused: a mix that omits an action, or in which it is
//! never accepted, proves nothing about it.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use piaolian_proto::v1::transaction_body::Action;

use crate::world::descriptors::expect_every_action;

thread_local! {
    /// How often each action was accepted and refused, over all cases of a property: they
    /// run on its thread one after another.
    static COVERAGE: RefCell<BTreeMap<String, [u64; 2]>> = const { RefCell::new(BTreeMap::new()) };
}

pub fn note(action: &Action, is_accepted: bool) {
    let shown = format!("{action:?}");
    let (name, _) = shown.split_once('(').unwrap();
    COVERAGE.with_borrow_mut(|coverage| {
        coverage.entry(name.to_owned()).or_default()[usize::from(!is_accepted)] += 1;
    });
}

/// Every action that there is was tried, accepted and refused.
pub fn check() {
    COVERAGE.with_borrow(|coverage| {
        let tried: BTreeSet<String> = coverage.keys().cloned().collect();
        expect_every_action(
            &tried,
            "no step tries it: add one, as docs/HOW_TO_ADD.md says for its subject",
        );
        let idle = coverage.iter().filter(|(_, times)| times.contains(&0));
        let idle: Vec<_> = idle.collect();
        assert!(
            idle.is_empty(),
            "never accepted or never refused, [accepted, refused]: {idle:?}; send its step to where something can come \
             of it (contracts/tests/rulebook/*generators.rs)"
        );
    });
}
