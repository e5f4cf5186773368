//! A light client: follows headers and changes of validators, and detects forks.
//!
//! ```text
//!   trusted ─► header ─► header ─► …      each certified by the validators that the one before names
//!                 └─ another header of the same height, certified too
//!                       └─► Fork: the signers of both, with more than a third of the power
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

/// Most headers that are kept for comparison: one hour with a block each second.
pub const KEPT_HEADERS_MAX: usize = 3_600;

/// Follows a chain from a trusted beginning.
#[derive(Clone, Debug)]
pub struct LightClient {
    chain_id: ChainId,
    /// The last header; `None` at the beginning.
    tip: Option<Header>,
    /// Hash of the validators of the next height.
    next_validators: Hash,
    /// The last headers, ascending.
    kept: VecDeque<(Height, CertifiedHeader)>,
}

/// A validator that signed two blocks of one height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DoubleSigner {
    /// The organisation of the validator.
    pub organisation: OrganisationId,
    /// Its address.
    pub address: Address,
    /// Its voting power.
    pub power: u64,
}

/// Two certified blocks of one height. The signers of both, who have more than a third of the voting power, broke the
/// guarantee of consensus. Anybody can verify it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fork {
    /// The height.
    pub height: Height,
    /// The block that the client follows.
    pub first: CertifiedHeader,
    /// The other block.
    pub second: CertifiedHeader,
    /// Both blocks were certified in one round: each signer signed two blocks in it, which an honest validator never
    /// does. Over two rounds, at least one signer broke its lock.
    pub same_round: bool,
    /// The signers of both, by address.
    pub signers: Vec<DoubleSigner>,
    /// The power of all validators of the height.
    pub total_power: u64,
}

/// Reasons why a header is rejected.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LightError {
    /// The header is not certified.
    #[error("the header is not certified: {0}")]
    Certificate(#[from] CertificateError),
    /// A part is absent.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// Other validators than the known ones of that height certified the header. Either a handover header is missing,
    /// or they belong to another chain.
    #[error("the header of height {height} was certified by another validator set, {found}")]
    OtherValidators {
        /// The height of the header.
        height: Height,
        /// The hash of the set that certified it.
        found: Hash,
    },
    /// The header is certified but does not follow the one below it: that height has another block too, which the
    /// sender of this header can show.
    #[error("the header of height {height} follows another block, {parent}")]
    OtherParent {
        /// The height of the header.
        height: Height,
        /// The hash of its parent.
        parent: Hash,
    },
    /// The header's time is not after the one below it.
    #[error("the header of height {0} is not later than the one before")]
    TimeStands(Height),
    /// The header of that height is no longer kept.
    #[error("the header of height {0} is too old to be compared")]
    TooOld(Height),
    /// Two blocks of one height are certified.
    #[error("two blocks of height {} are certified", .0.height)]
    Fork(Box<Fork>),
}

impl LightClient {
    /// Makes a client that trusts the founding document's validators.
    pub fn new(trust: Trust) -> Self {
        Self {
            chain_id: trust.chain_id,
            tip: None,
            next_validators: trust.validators_hash,
            kept: VecDeque::new(),
        }
    }

    /// Makes a client that trusts a header from another source.
    pub fn from_header(trusted: Header) -> Self {
        Self {
            chain_id: trusted.chain_id.clone(),
            next_validators: trusted.next_validators_hash,
            tip: Some(trusted),
            kept: VecDeque::new(),
        }
    }

    /// Returns the last header.
    pub const fn tip(&self) -> Option<&Header> {
        self.tip.as_ref()
    }

    /// Returns the height of the last header.
    pub fn height(&self) -> Height {
        self.tip.as_ref().map_or(Height::GENESIS, |tip| tip.height)
    }

    /// Takes a header from any source: follows it when it is above the tip, and compares it otherwise. Heights may be
    /// skipped while the validators stay the same.
    ///
    /// # Errors
    /// When the validators of its height did not certify it, or it reveals a fork.
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

    /// Compares a certified header with the one of the same height that the client follows.
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
    /// Returns the fork of two certified headers of one height; `None` when they are the same block.
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

    /// Returns the voting power of the signers of both: more than a third of the total.
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
