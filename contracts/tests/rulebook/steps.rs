//! The steps of every model, and the members that take them.

use proptest::prelude::*;

use super::requests;
use crate::{
    claim_model::steps as claims, payments::model::steps as payments, properties::steps as receipts,
};

/// One thing that somebody tries.
#[derive(Clone, Debug)]
pub struct Try {
    pub step: Step,
    pub by: By,
}

#[derive(Clone, Debug)]
pub enum Step {
    Receipt(receipts::Step),
    Claim(claims::Step),
    Payment(payments::Step),
    Governance(requests::Step),
}

/// The member that tries it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum By {
    /// Whoever the step names.
    Own,
    /// The insurer that came last and leaves soon.
    Newcomer,
    /// An issuer that has no numbers and serves nobody.
    Stranger,
}

pub fn any_try() -> impl Strategy<Value = Try> {
    let by = prop_oneof![26 => Just(By::Own), 4 => Just(By::Newcomer), 1 => Just(By::Stranger)];
    (step(), by).prop_map(|(step, by)| Try { step, by })
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => receipts::step().prop_map(Step::Receipt),
        10 => claims::step().prop_map(Step::Claim),
        7 => payments::step().prop_map(Step::Payment),
        7 => requests::step().prop_map(Step::Governance),
        2 => consent(),
    ]
}

/// New receipts come all the time, and nobody claims them without one.
fn consent() -> impl Strategy<Value = Step> {
    let parts = (0..claims::RECEIPTS, 0..claims::CLAIMANTS, 5_000..90_000_u64);
    parts.prop_map(|(receipt, payer, ms)| {
        Step::Claim(claims::Step::Authorise { receipt, payer, ms })
    })
}
