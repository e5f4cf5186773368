//! The chain's types in the form that the engine requires.
//!
//! The engine's traits cannot be implemented for types of another crate, so each of these wraps one of
//! `contracts::chain`. Votes and proposals also give the bytes that are signed.

use std::fmt;

use arc_malachitebft_app_channel::app::types::core::{
    self as engine, NilOrVal, Round, VotingPower,
};
use bytes::Bytes;
use piaolian_contracts::chain;

use super::context::EngineTypes;

/// A block's height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Height(u64);

impl Height {
    /// The engine's view of `height`.
    pub const fn new(height: u64) -> Self {
        Self(height)
    }
}

impl fmt::Display for Height {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl engine::Height for Height {
    const ZERO: Self = Self(0);
    const INITIAL: Self = Self(1);

    fn increment_by(&self, n: u64) -> Self {
        Self(self.0.saturating_add(n))
    }

    fn decrement_by(&self, n: u64) -> Option<Self> {
        self.0.checked_sub(n).map(Self)
    }

    fn as_u64(&self) -> u64 {
        self.0
    }
}

/// A validator's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub chain::Address);

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl engine::Address for Address {}

/// The value of consensus: the hash of a block's header.
///
/// The block itself is streamed in parts and found by this hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(pub chain::Hash);

impl fmt::Display for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl engine::Value for BlockId {
    type Id = Self;

    fn id(&self) -> Self {
        *self
    }
}

/// A member of the validator set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Validator {
    /// Address, derived from the public key.
    pub address: Address,
    /// The key whose votes count.
    pub public_key: chain::PublicKey,
    /// Voting power, at least 1.
    pub power: VotingPower,
}

impl engine::Validator<EngineTypes> for Validator {
    fn address(&self) -> &Address {
        &self.address
    }

    fn public_key(&self) -> &chain::PublicKey {
        &self.public_key
    }

    fn voting_power(&self) -> VotingPower {
        self.power
    }
}

/// The validators of one height, sorted by address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidatorSet {
    validators: Vec<Validator>,
}

impl From<&chain::ValidatorSet> for ValidatorSet {
    fn from(set: &chain::ValidatorSet) -> Self {
        let validators = set
            .validators()
            .iter()
            .map(|validator| Validator {
                address: Address(*validator.address()),
                public_key: *validator.public_key(),
                power: validator.power(),
            })
            .collect();
        Self { validators }
    }
}

impl engine::ValidatorSet<EngineTypes> for ValidatorSet {
    fn count(&self) -> usize {
        self.validators.len()
    }

    fn total_voting_power(&self) -> VotingPower {
        self.validators
            .iter()
            .map(|validator| validator.power)
            .sum()
    }

    fn get_by_address(&self, address: &Address) -> Option<&Validator> {
        self.validators
            .binary_search_by(|validator| validator.address.cmp(address))
            .ok()
            .and_then(|index| self.validators.get(index))
    }

    fn get_by_index(&self, index: usize) -> Option<&Validator> {
        self.validators.get(index)
    }
}

/// A prevote or precommit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// Prevote or precommit.
    pub vote_type: engine::VoteType,
    /// The height voted on.
    pub height: Height,
    /// The round voted in; always defined.
    pub round: Round,
    /// The block, or nil.
    pub value: NilOrVal<BlockId>,
    /// The voter.
    pub address: Address,
}

impl Vote {
    /// Returns the bytes that are signed.
    pub(crate) fn sign_bytes(&self, chain_id: &chain::ChainId) -> Vec<u8> {
        let step = match self.vote_type {
            engine::VoteType::Prevote => chain::VoteType::Prevote,
            engine::VoteType::Precommit => chain::VoteType::Precommit,
        };
        let block = match &self.value {
            NilOrVal::Nil => None,
            NilOrVal::Val(id) => Some(&id.0),
        };
        chain::vote_sign_bytes(
            chain_id,
            step,
            chain::Height::new(self.height.0),
            round_number(self.round),
            block,
            &self.address.0,
        )
    }
}

impl engine::Vote<EngineTypes> for Vote {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<BlockId> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<BlockId> {
        self.value
    }

    fn vote_type(&self) -> engine::VoteType {
        self.vote_type
    }

    fn validator_address(&self) -> &Address {
        &self.address
    }

    /// This chain uses no vote extensions.
    fn extension(&self) -> Option<&engine::SignedExtension<EngineTypes>> {
        None
    }

    fn take_extension(&mut self) -> Option<engine::SignedExtension<EngineTypes>> {
        None
    }

    fn extend(self, _: engine::SignedExtension<EngineTypes>) -> Self {
        self
    }
}

/// A proposal of a block in a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The height proposed for.
    pub height: Height,
    /// The round proposed in; always defined.
    pub round: Round,
    /// The block.
    pub value: BlockId,
    /// The round in which a quorum prevoted for the block, or nil when it is new.
    pub pol_round: Round,
    /// The proposer.
    pub address: Address,
}

impl Proposal {
    /// Returns the bytes that are signed.
    pub(crate) fn sign_bytes(&self, chain_id: &chain::ChainId) -> Vec<u8> {
        chain::proposal_sign_bytes(
            chain_id,
            chain::Height::new(self.height.0),
            round_number(self.round),
            &self.value.0,
            self.pol_round.as_u32(),
            &self.address.0,
        )
    }
}

impl engine::Proposal<EngineTypes> for Proposal {
    fn height(&self) -> Height {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &BlockId {
        &self.value
    }

    fn take_value(self) -> BlockId {
        self.value
    }

    fn pol_round(&self) -> Round {
        self.pol_round
    }

    fn validator_address(&self) -> &Address {
        &self.address
    }
}

/// One part of a streamed block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProposalPart {
    /// Announces the block and binds it to height, round and proposer.
    Init(ProposalInit),
    /// The next bytes of the encoded block.
    Data(Bytes),
    /// Ends the stream with the proposer's signature.
    Fin(ProposalFin),
}

/// The first part of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalInit {
    /// The height proposed for.
    pub height: Height,
    /// The round of first proposal; a restreamed block keeps it.
    pub round: u32,
    /// The proposer of that round.
    pub proposer: Address,
    /// Length of the encoded block, bytes.
    pub block_bytes: u64,
}

/// The last part of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposalFin {
    /// The hash of the block's header.
    pub block: BlockId,
    /// The proposer's signature over announcement and hash.
    pub signature: chain::Signature,
}

impl engine::ProposalPart<EngineTypes> for ProposalPart {
    fn is_first(&self) -> bool {
        matches!(self, Self::Init(_))
    }

    fn is_last(&self) -> bool {
        matches!(self, Self::Fin(_))
    }
}

/// Signatures and keys as the engine sees them: opaque bytes. The modules `signer` and `signature_check` sign and verify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ed25519;

/// A signature or key has the wrong length or form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an Ed25519 signature or public key")]
pub struct NotEd25519;

impl engine::SigningScheme for Ed25519 {
    type DecodingError = NotEd25519;
    type Signature = chain::Signature;
    type PublicKey = chain::PublicKey;
    /// The engine never holds a private key.
    type PrivateKey = ();

    fn decode_signature(bytes: &[u8]) -> Result<chain::Signature, NotEd25519> {
        chain::Signature::parse("signature", bytes).map_err(|_| NotEd25519)
    }

    fn encode_signature(signature: &chain::Signature) -> Vec<u8> {
        signature.as_bytes().to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<chain::PublicKey, NotEd25519> {
        bytes
            .try_into()
            .map(chain::PublicKey::ed25519)
            .map_err(|_| NotEd25519)
    }

    fn encode_public_key(public_key: &chain::PublicKey) -> Vec<u8> {
        public_key.as_bytes().to_vec()
    }
}

/// Returns the engine's round as a number. Votes and proposals always have one.
pub(crate) fn round_number(round: Round) -> u32 {
    round.as_u32().unwrap_or(u32::MAX)
}
