//! Details of the sample hospital, for tests.

use piaolian_details::{
    Rules,
    generate::{Generated, Kind, Plan, receipts},
};
use rand::{SeedableRng, rngs::StdRng};

pub(crate) const HOSPITAL: &str = "12990100MA0000002Q";

pub(crate) fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

pub(crate) fn hospital_rules() -> Rules {
    Rules::of(HOSPITAL.parse().unwrap())
}

/// Returns a receipt of this kind; the same for the same seed.
pub(crate) fn generated(kind: Kind, seed: u64) -> Generated {
    let plan = Plan {
        issuer: HOSPITAL.parse().unwrap(),
        issuer_name: "样例市第一医院".into(),
        area: "990100".into(),
        issue_date: 20_261_121,
        kinds: vec![kind],
        first_number: Some(1),
        first_serial: 1,
    };
    receipts(plan, seed).next().unwrap()
}
