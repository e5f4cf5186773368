//! Computing a reimbursement (docs/DOMAIN.md §6). The same inputs give the same result and the same steps on every
//! node.
//!
//! ```text
//!   base ─ self-paid parts ─► in scope ─ what is left of the deductible ─► above
//!        ─ tiers, each rounded once half up ─► sum ─ cap, what is left of the receipt ─► fund
//! ```

mod accumulator;
mod years;

pub use accumulator::{
    ACCUMULATORS, Accumulator, AccumulatorKey, Amounts, COUNTED_CLAIMS_MAX, CountedClaim,
};
pub use years::is_outdated;
pub(crate) use years::outdated_beside;
pub(super) use years::{YearFull, Years, change_lines, is_outdated_now, take_off};

use super::record::{Assessment, Limit, Reimbursement, TierStep};
use crate::{
    policies::{Policy, RATIO_WHOLE, Terms},
    receipts::Receipt,
    types::Fen,
};

/// The reason why no reimbursement can be computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unfit {
    /// The self-paid parts are more than the base.
    NothingInScope {
        /// The amount that the policy takes as the base.
        base: Fen,
    },
    /// The hospital's share is more than the fund leaves.
    HospitalShare {
        /// The amount that the fund leaves.
        left: Fen,
    },
    /// The policy has no deductible for an admission to such a hospital.
    NoDeductible,
    /// A sum overflows.
    TooLarge,
}

/// Computes one receipt's reimbursement. `left` is the amount left of the receipt for the policy's kind of fund.
/// `before` has the sums of the person's year in the plan before it.
pub(super) fn reimburse(
    receipt: &Receipt,
    policy: &Policy,
    assessment: Assessment,
    before: &Amounts,
    left: Fen,
) -> Result<Reimbursement, Unfit> {
    let terms = &policy.terms;
    let base = match terms.base {
        crate::policies::Base::Total => receipt.total,
        crate::policies::Base::Remaining => left,
    };
    let in_scope = in_scope(base, &assessment)?;
    let due = deductible(terms, &assessment, before)?;
    let deductible_taken = less(due.amount, due.met_before).min(in_scope);
    let above = less(in_scope, deductible_taken);
    let tiers_from = if terms.tiers_accumulate {
        before.above
    } else {
        Fen::ZERO
    };
    let tiers = tier_steps(terms, tiers_from, above)?;
    let tiers_sum = Fen::checked_sum(tiers.iter().map(|step| step.fund)).ok_or(Unfit::TooLarge)?;
    let cap_left = terms.cap.map(|cap| less(cap, before.fund_paid));
    let (fund, limit) = limited(tiers_sum, cap_left, left);
    let personal = less(base, fund)
        .checked_sub(assessment.hospital_share)
        .filter(|personal| *personal >= Fen::ZERO)
        .ok_or(Unfit::HospitalShare {
            left: less(base, fund),
        })?;
    Ok(Reimbursement {
        receipt: receipt.id,
        policy_version: policy.version,
        year: year_of(receipt),
        base_kind: terms.base,
        base,
        assessment,
        in_scope,
        deductible: due.amount,
        deductible_before: due.met_before,
        deductible_taken,
        above,
        above_before: before.above,
        tiers_from,
        tiers,
        tiers_sum,
        paid_before: before.fund_paid,
        cap: terms.cap,
        left,
        limit,
        fund,
        personal,
        admission: due.admission,
    })
}

/// The deductible of a receipt.
struct Deductible {
    amount: Fen,
    met_before: Fen,
    admission: Option<u32>,
}

/// The deductible of the year, of which a part was met before, or that of the next admission.
fn deductible(
    terms: &Terms,
    assessment: &Assessment,
    before: &Amounts,
) -> Result<Deductible, Unfit> {
    if terms.admission_deductibles.is_empty() {
        return Ok(Deductible {
            amount: terms.deductible,
            met_before: before.deductible_met,
            admission: None,
        });
    }
    let admission = before.admissions.checked_add(1).ok_or(Unfit::TooLarge)?;
    let amount = terms.admission_deductible(assessment.hospital_level, admission);
    Ok(Deductible {
        amount: amount.ok_or(Unfit::NoDeductible)?,
        met_before: Fen::ZERO,
        admission: Some(admission),
    })
}

/// The year in which a receipt counts: that of its issue date.
pub(super) fn year_of(receipt: &Receipt) -> u16 {
    u16::try_from(receipt.issue_date.year()).expect("a year has four digits")
}

fn in_scope(base: Fen, assessment: &Assessment) -> Result<Fen, Unfit> {
    let self_paid = [
        assessment.fully_self_paid,
        assessment.over_limit,
        assessment.prior_self_pay,
    ];
    Fen::checked_sum(self_paid)
        .and_then(|self_paid| base.checked_sub(self_paid))
        .filter(|in_scope| *in_scope >= Fen::ZERO)
        .ok_or(Unfit::NothingInScope { base })
}

/// The parts of `from` to `from + above` that fall in each tier.
fn tier_steps(terms: &Terms, from: Fen, above: Fen) -> Result<Vec<TierStep>, Unfit> {
    let end = from.checked_add(above).ok_or(Unfit::TooLarge)?;
    let ends = terms.tiers.iter().skip(1).map(|next| Some(next.from));
    let tiers = terms.tiers.iter().zip(ends.chain([None]));
    let step = tiers.map(|(tier, to)| {
        let reached = to.map_or(end, |to| to.min(end));
        let amount = less(reached, tier.from.max(from));
        TierStep {
            from: tier.from,
            to,
            ratio: tier.ratio,
            amount,
            fund: share(amount, tier.ratio),
        }
    });
    Ok(step.filter(|step| step.amount.is_positive()).collect())
}

/// `ratio` parts per 10,000 of an amount, rounded half up.
fn share(amount: Fen, ratio: u32) -> Fen {
    let whole = i128::from(RATIO_WHOLE);
    let parts = i128::from(amount.get()).saturating_mul(ratio.into());
    let rounded = parts.saturating_add(whole / 2).div_euclid(whole);
    Fen::new(i64::try_from(rounded).expect("a part is at most the whole"))
}

/// Returns the part of `sum` that may be paid, and the limit that reduced it.
fn limited(sum: Fen, cap_left: Option<Fen>, left: Fen) -> (Fen, Limit) {
    let by_cap = cap_left.map_or(sum, |cap_left| cap_left.min(sum));
    if left < by_cap {
        (left, Limit::Receipt)
    } else if by_cap < sum {
        (by_cap, Limit::Cap)
    } else {
        (sum, Limit::None)
    }
}

/// Returns `amount` less `off`, both at least 0, or 0 if `off` is larger.
fn less(amount: Fen, off: Fen) -> Fen {
    amount
        .checked_sub(off)
        .filter(|left| left.is_positive())
        .unwrap_or(Fen::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policies::{Base, Tier};

    fn terms(tiers: &[(i64, u32)]) -> Terms {
        let tier = |(from, ratio): &(i64, u32)| Tier {
            from: Fen::new(*from),
            ratio: *ratio,
        };
        Terms {
            fund_kind: crate::types::FundKind::Commercial,
            from_date: crate::types::BeijingDate::parse("", 20_260_101).unwrap(),
            deductible: Fen::ZERO,
            cap: None,
            tiers: tiers.iter().map(tier).collect(),
            tiers_accumulate: true,
            base: Base::Total,
            receipt_kinds: vec![],
            filing_days_max: None,
            plan_code: "PLAN".parse().unwrap(),
            admission_deductibles: vec![],
        }
    }

    fn parts(terms: &Terms, from: i64, above: i64) -> Vec<(i64, i64)> {
        let steps = tier_steps(terms, Fen::new(from), Fen::new(above)).unwrap();
        steps
            .iter()
            .map(|step| (step.amount.get(), step.fund.get()))
            .collect()
    }

    #[test]
    fn an_amount_is_cut_at_the_edges_of_tiers() {
        let terms = terms(&[(0, 5_000), (1_000, 6_000), (3_000, 10_000)]);
        assert_eq!(parts(&terms, 0, 999), [(999, 500)]);
        assert_eq!(parts(&terms, 0, 1_000), [(1_000, 500)]);
        assert_eq!(parts(&terms, 0, 1_001), [(1_000, 500), (1, 1)]);
        assert_eq!(parts(&terms, 999, 2), [(1, 1), (1, 1)]);
        assert_eq!(parts(&terms, 1_000, 2_000), [(2_000, 1_200)]);
        assert_eq!(
            parts(&terms, 500, 5_000),
            [(500, 250), (2_000, 1_200), (2_500, 2_500)]
        );
        assert_eq!(parts(&terms, 7_000, 0), []);
    }

    #[test]
    fn a_share_is_rounded_half_up_once() {
        for (amount, ratio, expected) in [
            (1, 5_000, 1),
            (1, 4_999, 0),
            (3, 5_000, 2),
            (333, 3_333, 111),
            (10_000, 1, 1),
            (5_000, 1, 1),
            (4_999, 1, 0),
            (i64::MAX, 10_000, i64::MAX),
            (i64::MAX, 0, 0),
        ] {
            assert_eq!(
                share(Fen::new(amount), ratio).get(),
                expected,
                "{amount} × {ratio}"
            );
        }
    }

    #[test]
    fn the_lower_of_two_limits_is_named() {
        let limited = |cap: Option<i64>, left: i64| {
            let (fund, limit) = limited(Fen::new(100), cap.map(Fen::new), Fen::new(left));
            (fund.get(), limit)
        };
        assert_eq!(limited(None, 100), (100, Limit::None));
        assert_eq!(limited(Some(100), 100), (100, Limit::None));
        assert_eq!(limited(Some(99), 100), (99, Limit::Cap));
        assert_eq!(limited(Some(99), 99), (99, Limit::Cap));
        assert_eq!(limited(Some(99), 98), (98, Limit::Receipt));
        assert_eq!(limited(None, 0), (0, Limit::Receipt));
    }

    #[test]
    fn sums_beyond_all_money_are_refused() {
        let terms = terms(&[(0, 10_000)]);
        assert!(tier_steps(&terms, Fen::new(1), Fen::new(i64::MAX)).is_err());
        let assessment = Assessment {
            fully_self_paid: Fen::new(i64::MAX),
            over_limit: Fen::new(1),
            ..Assessment::default()
        };
        assert!(in_scope(Fen::new(i64::MAX), &assessment).is_err());
    }
}
