//! The validator set: who decides, and with what weight.
//!
//! ```text
//!   hash = SHA-256("piaolian/validators/v1" ‖ encoded ValidatorSetRecord)
//!   quorum = more than two thirds of the total power
//! ```

use piaolian_proto::v1 as proto;
use prost::Message;

use super::{
    address::Address,
    hash::Hash,
    key::{KeyAlgorithm, PublicKey},
};
use crate::{malformed::Malformed, types::OrganisationId};

/// Most validators of a chain. It is bounded because every vote goes to every other validator.
pub const VALIDATORS_MAX: usize = 128;

/// Largest power of one validator, so that sums and their multiples by three fit
/// a `u64` without a check.
pub const POWER_MAX: u64 = 1 << 32;

/// A member of the validator set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validator {
    organisation: OrganisationId,
    public_key: PublicKey,
    power: u64,
    address: Address,
}

impl Validator {
    /// A validator of `organisation` with 1 to [`POWER_MAX`] votes.
    ///
    /// # Errors
    /// When the power is out of bounds or the key cannot sign.
    pub fn new(
        organisation: OrganisationId,
        public_key: PublicKey,
        power: u64,
    ) -> Result<Self, Malformed> {
        if !(1..=POWER_MAX).contains(&power) {
            return Err(Malformed::new("power", "must be 1 to 4,294,967,296"));
        }
        if public_key.algorithm() != KeyAlgorithm::Ed25519 {
            return Err(Malformed::new("public_key", "must be an Ed25519 key"));
        }
        Ok(Self {
            organisation,
            public_key,
            power,
            address: public_key.address(),
        })
    }

    /// The organisation that runs it.
    pub const fn organisation(&self) -> &OrganisationId {
        &self.organisation
    }

    /// The key that verifies its votes.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// Its weight.
    pub const fn power(&self) -> u64 {
        self.power
    }

    /// Its address.
    pub const fn address(&self) -> &Address {
        &self.address
    }
}

/// The validators, sorted by address; at least one, no address twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorSet {
    validators: Vec<Validator>,
    total_power: u64,
}

impl ValidatorSet {
    /// A set of validators in any order.
    ///
    /// # Errors
    /// When there are none, more than [`VALIDATORS_MAX`], or one twice.
    pub fn new(mut validators: Vec<Validator>) -> Result<Self, Malformed> {
        validators.sort_by_key(|validator| validator.address);
        Self::from_sorted(validators)
    }

    fn from_sorted(validators: Vec<Validator>) -> Result<Self, Malformed> {
        if !(1..=VALIDATORS_MAX).contains(&validators.len()) {
            return Err(Malformed::new("validators", "must be 1 to 128"));
        }
        let ascending = validators
            .windows(2)
            .all(|pair| matches!(pair, [a, b] if a.address < b.address));
        if !ascending {
            return Err(Malformed::new(
                "validators",
                "must be sorted by address, none twice",
            ));
        }
        let total_power = validators
            .iter()
            .fold(0_u64, |sum, validator| sum.saturating_add(validator.power));
        Ok(Self {
            validators,
            total_power,
        })
    }

    /// The validators, sorted by address.
    pub fn validators(&self) -> &[Validator] {
        &self.validators
    }

    /// The validator at `address`.
    pub fn by_address(&self, address: &Address) -> Option<&Validator> {
        self.validators
            .binary_search_by(|validator| validator.address.cmp(address))
            .ok()
            .and_then(|place| self.validators.get(place))
    }

    /// The validator whose key this is.
    pub fn by_key(&self, key: &PublicKey) -> Option<&Validator> {
        self.by_address(&key.address())
            .filter(|validator| validator.public_key == *key)
    }

    /// The validators that `organisation` runs.
    pub fn of(&self, organisation: &OrganisationId) -> impl Iterator<Item = &Validator> {
        let organisation = *organisation;
        self.validators
            .iter()
            .filter(move |validator| validator.organisation == organisation)
    }

    /// The sum of all powers.
    pub const fn total_power(&self) -> u64 {
        self.total_power
    }

    /// Whether `power` is more than two thirds of the total.
    #[must_use]
    pub const fn is_quorum(&self, power: u64) -> bool {
        power.saturating_mul(3) > self.total_power.saturating_mul(2)
    }

    /// The canonical encoding of the record.
    pub fn encode(&self) -> Vec<u8> {
        proto::ValidatorSetRecord::from(self).encode_to_vec()
    }

    /// The hash that headers carry.
    pub fn hash(&self) -> Hash {
        Hash::tagged("piaolian/validators/v1", &[&self.encode()])
    }
}

impl From<&ValidatorSet> for proto::ValidatorSetRecord {
    fn from(set: &ValidatorSet) -> Self {
        let validators = set.validators.iter().map(|validator| proto::Validator {
            organisation: validator.organisation.to_string(),
            public_key: validator.public_key.as_bytes().to_vec().into(),
            power: validator.power,
        });
        Self {
            validators: validators.collect(),
        }
    }
}

impl TryFrom<proto::ValidatorSetRecord> for ValidatorSet {
    type Error = Malformed;

    /// Takes a record as it is stored: sorted by address.
    fn try_from(record: proto::ValidatorSetRecord) -> Result<Self, Malformed> {
        let parse = |(place, validator): (usize, &proto::Validator)| {
            parse_validator(validator)
                .map_err(|error| error.within(format_args!("validators[{place}]")))
        };
        let validators = record
            .validators
            .iter()
            .take(VALIDATORS_MAX.saturating_add(1))
            .enumerate()
            .map(parse)
            .collect::<Result<_, _>>()?;
        Self::from_sorted(validators)
    }
}

fn parse_validator(validator: &proto::Validator) -> Result<Validator, Malformed> {
    Validator::new(
        OrganisationId::parse("organisation", &validator.organisation)?,
        PublicKey::parse("public_key", KeyAlgorithm::Ed25519, &validator.public_key)?,
        validator.power,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validator(seed: u8, power: u64) -> Validator {
        let organisation = "91350100M000100Y43".parse().unwrap();
        Validator::new(organisation, PublicKey::ed25519([seed; 32]), power).unwrap()
    }

    #[test]
    fn a_set_is_sorted_and_round_trips() {
        let set = ValidatorSet::new((1..=7).map(|seed| validator(seed, 1)).collect()).unwrap();
        let record = proto::ValidatorSetRecord::from(&set);
        assert_eq!(ValidatorSet::try_from(record.clone()).unwrap(), set);
        for member in set.validators() {
            assert_eq!(set.by_address(member.address()), Some(member));
            assert_eq!(set.by_key(member.public_key()), Some(member));
        }
        assert_eq!(set.by_key(&PublicKey::ed25519([9; 32])), None);

        let mut swapped = record;
        swapped.validators.swap(0, 1);
        assert!(ValidatorSet::try_from(swapped).is_err());
    }

    #[test]
    fn a_quorum_is_more_than_two_thirds() {
        let set = ValidatorSet::new((1..=3).map(|seed| validator(seed, 1)).collect()).unwrap();
        assert!(!set.is_quorum(2));
        assert!(set.is_quorum(3));
        let set = ValidatorSet::new((1..=4).map(|seed| validator(seed, POWER_MAX)).collect());
        let set = set.unwrap();
        assert!(!set.is_quorum(2 * POWER_MAX));
        assert!(set.is_quorum(3 * POWER_MAX));
    }

    #[test]
    fn empty_doubled_and_powerless_sets_are_refused() {
        assert!(ValidatorSet::new(vec![]).is_err());
        assert!(ValidatorSet::new(vec![validator(1, 1), validator(1, 1)]).is_err());
        let organisation = "91350100M000100Y43".parse().unwrap();
        for power in [0, POWER_MAX + 1] {
            assert!(Validator::new(organisation, PublicKey::ed25519([1; 32]), power).is_err());
        }
    }
}
