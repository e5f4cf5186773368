//! The governors: the members that decide by vote, and their threshold.

use std::collections::BTreeSet;

use piaolian_proto::v1 as proto;

use super::schema::GOVERNORS;
use crate::{
    action::ActionContext,
    chain::ValidatorSet,
    malformed::{Malformed, required},
    organisations::active_member,
    rejection::Stop,
    storage::stored_as,
    types::OrganisationId,
};

/// Most governors: as many as validators, because at first the organisations that run validators govern.
pub const GOVERNORS_MAX: usize = crate::chain::validators::VALIDATORS_MAX;

/// The governors with their threshold, which is more than half of them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Governors {
    /// Ascending.
    organisations: Vec<OrganisationId>,
    threshold: u32,
}

impl Governors {
    /// Makes governors from organisations in any order, of whom `threshold` must agree.
    ///
    /// # Errors
    /// When there are none, too many, or one twice, or the threshold is not more than
    /// half of them or more than all.
    pub fn new(mut organisations: Vec<OrganisationId>, threshold: u32) -> Result<Self, Malformed> {
        organisations.sort_unstable();
        if !(1..=GOVERNORS_MAX).contains(&organisations.len()) {
            return Err(Malformed::new("organisations", "must be 1 to 128"));
        }
        if !organisations.is_sorted_by(|a, b| a < b) {
            return Err(Malformed::new("organisations", "must name each once"));
        }
        let count = organisations.len() as u64;
        let agreeing = u64::from(threshold);
        if agreeing > count || agreeing.saturating_mul(2) <= count {
            let form = "must be more than half of the governors, and at most all";
            return Err(Malformed::new("threshold", form));
        }
        Ok(Self {
            organisations,
            threshold,
        })
    }

    /// Makes governors from organisations in any order, of whom more than two thirds must agree.
    ///
    /// # Errors
    /// When there are none, too many, or one twice.
    pub fn of_two_thirds(organisations: Vec<OrganisationId>) -> Result<Self, Malformed> {
        let count = u32::try_from(organisations.len()).unwrap_or(u32::MAX);
        let threshold = (count.saturating_mul(2) / 3).saturating_add(1);
        Self::new(organisations, threshold)
    }

    /// The organisations that run validators, of whom more than two thirds must agree.
    pub fn of_validators(validators: &ValidatorSet) -> Self {
        let organisations = validators.validators().iter();
        let organisations: BTreeSet<_> = organisations.map(|v| *v.organisation()).collect();
        Self::of_two_thirds(organisations.into_iter().collect())
            .expect("a set has 1 to 128 validators")
    }

    /// The governors, ascending.
    pub fn organisations(&self) -> &[OrganisationId] {
        &self.organisations
    }

    /// The number of governors that must agree.
    pub const fn threshold(&self) -> u32 {
        self.threshold
    }

    /// Whether `organisation` is one of them.
    pub fn contains(&self, organisation: &OrganisationId) -> bool {
        self.organisations.binary_search(organisation).is_ok()
    }
}

stored_as!(Governors: proto::Governors, "governors");

impl From<&Governors> for proto::Governors {
    fn from(governors: &Governors) -> Self {
        let organisations = governors.organisations.iter();
        Self {
            organisations: organisations.map(ToString::to_string).collect(),
            threshold: governors.threshold,
        }
    }
}

impl TryFrom<proto::Governors> for Governors {
    type Error = Malformed;

    fn try_from(message: proto::Governors) -> Result<Self, Malformed> {
        let organisations = message.organisations.iter();
        // One more than allowed, so that too many are reported as too many.
        let parsed = organisations
            .take(GOVERNORS_MAX.saturating_add(1))
            .map(|code| OrganisationId::parse("organisations", code))
            .collect::<Result<_, _>>()?;
        Self::new(parsed, message.threshold)
    }
}

/// Replaces the governors.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeGovernors {
    governors: Governors,
}

impl TryFrom<proto::ChangeGovernors> for ChangeGovernors {
    type Error = Malformed;

    fn try_from(message: proto::ChangeGovernors) -> Result<Self, Malformed> {
        let governors = Governors::try_from(required("governors", message.governors)?);
        Ok(Self {
            governors: governors.map_err(|error| error.within("governors"))?,
        })
    }
}

impl ChangeGovernors {
    /// Replaces the governors. Each new one must be a member that is not suspended.
    pub(super) fn apply(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        for organisation in &self.governors.organisations {
            active_member(ctx.overlay, *organisation, ctx.block.height.next())?;
        }
        ctx.overlay
            .entry(GOVERNORS, &())?
            .set(self.governors.clone());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Record;

    fn organisations(count: usize) -> Vec<OrganisationId> {
        let codes = (0..).filter_map(|number: u32| {
            let body = format!("91350100{number:09}");
            "0123456789ABCDEFGHJKLMNPQRTUWXY"
                .chars()
                .find_map(|check| format!("{body}{check}").parse().ok())
        });
        codes.take(count).collect()
    }

    #[test]
    fn the_threshold_is_more_than_half_and_at_most_all() {
        for (count, fitting) in [
            (1, 1..=1),
            (2, 2..=2),
            (3, 2..=3),
            (4, 3..=4),
            (128, 65..=128),
        ] {
            for threshold in 0..=130 {
                let governors = Governors::new(organisations(count), threshold);
                assert_eq!(
                    governors.is_ok(),
                    fitting.contains(&threshold),
                    "{threshold}"
                );
            }
        }
    }

    #[test]
    fn governors_are_few_and_stand_once_in_any_order() {
        let mut three = organisations(3);
        three.reverse();
        let governors = Governors::new(three.clone(), 2).unwrap();
        assert!(governors.organisations().is_sorted());
        assert_eq!(Governors::decode(&governors.encode()), Ok(governors));
        three[0] = three[1];
        assert!(Governors::new(three, 2).is_err());
        assert!(Governors::new(vec![], 0).is_err());
        assert!(Governors::new(organisations(129), 100).is_err());
    }
}
