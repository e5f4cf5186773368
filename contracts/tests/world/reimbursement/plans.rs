//! The sums of a plan's year, what begins and changes them, and consents to policies.

use piaolian_contracts::{
    claims::{ACCUMULATORS, AccumulatorKey, Amounts, HolderTag},
    types::Fen,
};
use piaolian_proto::v1::{self as proto, transaction_body::Action};

use super::{Ask, TAG};
use crate::world::World;

/// The sums of a year's claims for [`TAG`] under `BASIC`: deductible met, above it, paid.
pub fn sums(world: &World, year: u16) -> [i64; 3] {
    let key = AccumulatorKey {
        insurer: world.member("insurer").id,
        holder_tag: HolderTag::parse("", &TAG).unwrap(),
        year,
        plan_code: "BASIC".parse().unwrap(),
    };
    let stored = ACCUMULATORS.get(&world.state, &key).unwrap();
    let Amounts {
        deductible_met,
        above,
        fund_paid,
        ..
    } = stored.unwrap_or_default().sums;
    [deductible_met, above, fund_paid].map(Fen::get)
}

/// The insurer has a decision computed again.
pub fn recompute(number: &str) -> Ask<proto::RecomputeClaim> {
    let claim_number = number.to_owned();
    Ask::new("insurer", Action::RecomputeClaim, move |_| {
        proto::RecomputeClaim {
            claim_number: claim_number.clone(),
        }
    })
}

/// The insurer sets the sums with which the year of [`TAG`] begins: deductible met, above it, paid.
pub fn set_opening_sums(plan: &str, year: u32, sums: [i64; 3]) -> Ask<proto::SetOpeningSums> {
    let plan = plan.to_owned();
    Ask::new("insurer", Action::SetOpeningSums, move |_| {
        proto::SetOpeningSums {
            plan_code: plan.clone(),
            holder_tag: TAG.to_vec().into(),
            year,
            sums: Some(met_elsewhere(sums, 0)),
            reviewer: "chen.jing".to_owned(),
        }
    })
}

/// Amounts that were met elsewhere: deductible met, above it, paid, and admissions.
pub fn met_elsewhere(sums: [i64; 3], admissions: u32) -> proto::MetElsewhere {
    let [deductible_met_fen, above_fen, fund_paid_fen] = sums;
    proto::MetElsewhere {
        deductible_met_fen,
        above_fen,
        fund_paid_fen,
        admissions,
        evidence_hash: vec![0xe1; 32].into(),
    }
}

/// Finance consents to a version of the insurer's policy.
pub fn consent(code: &str, version: u32) -> Ask<proto::ConsentPolicy> {
    let code = code.to_owned();
    Ask::new("finance", Action::ConsentPolicy, move |world| {
        proto::ConsentPolicy {
            insurer: world.member("insurer").id.to_string(),
            policy_code: code.clone(),
            version,
            reason: "decided by the city".to_owned(),
        }
    })
}
