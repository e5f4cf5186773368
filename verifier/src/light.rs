//! A light client: follows headers and changes of validators, and sees forks.
//!
//! ```text
//!   trusted ─► header ─► header ─► …      each by the validators that the one before names
//!                 └─ another header of the same height, certified too
//!                       └─► Fork: whoever signed both, more than a third of the power
//! ```

use std::collections::VecDeque;

use piaolian_contracts::{
    chain::{
        Address, CertificateError, ChainId, CommitCertificate, Hash, Header, Height, ValidatorSet,
        certificate::verify_certified_header,
    },
    malformed::{Malformed, required},
    types::OrganisationId,
};
use piaolian_proto::v1::CertifiedHeader;

use crate::evidence::Trust;

/// Headers that are kept to hold later ones against: an hour of blocks each second.
pub const KEPT_HEADERS_MAX: usize = 3_600;

/// Follows a chain from what it trusts.
#[derive(Clone, Debug)]
pub struct LightClient {
    chain_id: ChainId,
    /// The last header followed; `None` at the beginning.
    tip: Option<Header>,
    /// Hash of the validators of the next height.
    next_validators: Hash,
    /// The last headers followed, ascending.
    kept: VecDeque<(Height, CertifiedHeader)>,
}

/// Somebody who certified two blocks of one height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoubleSigner {
    /// Whose validator.
    pub organisation: OrganisationId,
    /// Its address.
    pub address: Address,
    /// Its part of the voting power.
    pub power: u64,
}

/// Two certified blocks of one height: the promise of consensus was broken, by those who
/// signed both, who have more than a third of the power. Anybody can check it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fork {
    /// The height.
    pub height: Height,
    /// The block that was followed.
    pub first: CertifiedHeader,
    /// The other one.
    pub second: CertifiedHeader,
    /// Whether both were certified in one round: then each of the signers signed two blocks
    /// in it, which no honest one ever does. Over two rounds, at least one broke its lock.
    pub same_round: bool,
    /// Who signed both, by address.
    pub signers: Vec<DoubleSigner>,
    /// The power of all validators of the height.
    pub total_power: u64,
}

/// Why a header is not followed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LightError {
    /// It is not certified.
    #[error("the header is not certified: {0}")]
    Certificate(#[from] CertificateError),
    /// A part is absent.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Others certified it than are known to validate that height. A header in between hands
    /// over to them, or they are none of this chain.
    #[error("the header of height {height} was certified by another validator set, {found}")]
    OtherValidators {
        /// Its height.
        height: Height,
        /// The hash of the set.
        found: Hash,
    },
    /// It does not follow the header below it, though it is certified: that height has
    /// another block too, which the one who showed this one can show.
    #[error("the header of height {height} follows another block, {parent}")]
    OtherParent {
        /// Its height.
        height: Height,
        /// What it follows.
        parent: Hash,
    },
    /// Its time is not after that of the header below it.
    #[error("the header of height {0} is not later than the one before")]
    TimeStands(Height),
    /// A height that was passed and is not kept.
    #[error("the header of height {0} is too old to be compared")]
    TooOld(Height),
    /// Two certified blocks of one height.
    #[error("two blocks of height {} are certified", .0.height)]
    Fork(Box<Fork>),
}

impl LightClient {
    /// Begins with the founding document's validators.
    #[must_use]
    pub fn new(trust: Trust) -> Self {
        Self {
            chain_id: trust.chain_id,
            tip: None,
            next_validators: trust.validators_hash,
            kept: VecDeque::new(),
        }
    }

    /// Begins with a header that is known to be the chain's, from whatever source.
    #[must_use]
    pub fn from_header(trusted: Header) -> Self {
        Self {
            chain_id: trusted.chain_id.clone(),
            next_validators: trusted.next_validators_hash,
            tip: Some(trusted),
            kept: VecDeque::new(),
        }
    }

    /// The last header followed.
    #[must_use]
    pub const fn tip(&self) -> Option<&Header> {
        self.tip.as_ref()
    }

    /// The height of that.
    #[must_use]
    pub fn height(&self) -> Height {
        self.tip.as_ref().map_or(Height::GENESIS, |tip| tip.height)
    }

    /// Takes a header from anywhere: follows it when it is above the tip, compares it when
    /// it is not. Heights may be left out while the validators stay the same.
    ///
    /// # Errors
    /// When it is not certified by those that validate its height, or shows a fork.
    pub fn take(&mut self, certified: &CertifiedHeader) -> Result<Header, LightError> {
        let header = verify_certified_header(&self.chain_id, certified)?;
        if header.height <= self.height() {
            self.compare(&header, certified)?;
            return Ok(header);
        }
        self.check_next(&header)?;
        self.next_validators = header.next_validators_hash;
        self.tip = Some(header.clone());
        if self.kept.len() == KEPT_HEADERS_MAX {
            self.kept.pop_front();
        }
        self.kept.push_back((header.height, certified.clone()));
        Ok(header)
    }

    fn check_next(&self, header: &Header) -> Result<(), LightError> {
        let height = header.height;
        if header.validators_hash != self.next_validators {
            let found = header.validators_hash;
            return Err(LightError::OtherValidators { height, found });
        }
        let Some(tip) = &self.tip else {
            return Ok(());
        };
        if header.time <= tip.time {
            return Err(LightError::TimeStands(height));
        }
        if height == tip.height.next() && header.parent_hash != tip.hash() {
            let parent = header.parent_hash;
            return Err(LightError::OtherParent { height, parent });
        }
        Ok(())
    }

    /// Holds a certified header against the one that was followed at its height.
    fn compare(&self, header: &Header, certified: &CertifiedHeader) -> Result<(), LightError> {
        let height = header.height;
        if self.tip.as_ref() == Some(header) {
            return Ok(());
        }
        let place = self
            .kept
            .binary_search_by_key(&height, |(height, _)| *height);
        let kept = place.ok().and_then(|place| self.kept.get(place));
        let (_, first) = kept.ok_or(LightError::TooOld(height))?;
        match Fork::between(&self.chain_id, first, certified)? {
            Some(fork) => Err(LightError::Fork(Box::new(fork))),
            None => Ok(()),
        }
    }
}

impl Fork {
    /// The fork that two certified headers of one height are; `None` when they are the same
    /// block.
    ///
    /// # Errors
    /// When one of them is not certified, or the two are of different heights or sets.
    pub fn between(
        chain_id: &ChainId,
        first: &CertifiedHeader,
        second: &CertifiedHeader,
    ) -> Result<Option<Self>, LightError> {
        let one = verify_certified_header(chain_id, first)?;
        let other = verify_certified_header(chain_id, second)?;
        let height = one.height;
        if other.height != height {
            return Err(Malformed::new("header.height", format!("must be {height}")).into());
        }
        if one.validators_hash != other.validators_hash {
            let found = other.validators_hash;
            return Err(LightError::OtherValidators { height, found });
        }
        if one.hash() == other.hash() {
            return Ok(None);
        }
        let validators = required("validators", first.validators.clone())?;
        let validators = ValidatorSet::try_from(validators)?;
        let (ours, theirs) = (certificate(first)?, certificate(second)?);
        Ok(Some(Self {
            height,
            same_round: ours.round == theirs.round,
            signers: signers_of_both(&validators, &ours, &theirs),
            total_power: validators.total_power(),
            first: first.clone(),
            second: second.clone(),
        }))
    }

    /// The power of those who signed both: more than a third of the total.
    #[must_use]
    pub fn power(&self) -> u64 {
        let powers = self.signers.iter().map(|signer| signer.power);
        powers.fold(0, u64::saturating_add)
    }
}

fn certificate(certified: &CertifiedHeader) -> Result<CommitCertificate, Malformed> {
    CommitCertificate::try_from(required("certificate", certified.certificate.as_ref())?)
}

fn signers_of_both(
    validators: &ValidatorSet,
    first: &CommitCertificate,
    second: &CommitCertificate,
) -> Vec<DoubleSigner> {
    let signed = |certificate: &CommitCertificate, address: &Address| {
        let mut signatures = certificate.signatures.iter();
        signatures.any(|(signer, _)| signer == address)
    };
    let both = validators.validators().iter().filter(|validator| {
        signed(first, validator.address()) && signed(second, validator.address())
    });
    both.map(|validator| DoubleSigner {
        organisation: *validator.organisation(),
        address: *validator.address(),
        power: validator.power(),
    })
    .collect()
}
