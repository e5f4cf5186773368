//! A reimbursement counted fen by fen: slow, and obviously correct.

use piaolian_proto::v1::{self as proto, policy_terms::YearlyLimit};

/// Returns the deductible met, the amount above it, and the amount that the fund pays, by looking at each fen. `left`
/// is the amount left of the receipt, `sums` has the earlier sums of the year.
pub fn line(terms: &proto::PolicyTerms, in_scope: i64, left: i64, sums: &[i64; 3]) -> [i64; 3] {
    let before = if terms.tiers_accumulate { sums[1] } else { 0 };
    let (mut met, mut above) = (0, 0);
    let mut parts = vec![0; terms.tiers.len()];
    for _ in 0..in_scope {
        if sums[0] + met < terms.deductible_fen {
            met += 1;
            continue;
        }
        let reached = |tier: &proto::PolicyTier| tier.from_fen <= before + above;
        parts[terms.tiers.iter().rposition(reached).unwrap()] += 1;
        above += 1;
    }
    let rounded = |(tier, part): (&proto::PolicyTier, i64)| {
        (2 * part * i64::from(tier.ratio) + 10_000) / 20_000
    };
    let fund: i64 = terms.tiers.iter().zip(parts).map(rounded).sum();
    [met, above, fund.min(cap_left(terms, sums[2])).min(left)]
}

fn cap_left(terms: &proto::PolicyTerms, paid: i64) -> i64 {
    match terms.yearly_limit.unwrap() {
        YearlyLimit::CapFen(cap) => (cap - paid).max(0),
        YearlyLimit::Uncapped(_) => i64::MAX,
    }
}

/// The base that the policy takes.
pub fn base(terms: &proto::PolicyTerms, total: i64, left: i64) -> i64 {
    match terms.base() {
        proto::PolicyBase::Total => total,
        proto::PolicyBase::Remaining => left,
        proto::PolicyBase::Unspecified => panic!("a policy says its base"),
    }
}
