//! Verifies the signatures of other validators.

use arc_malachitebft_app_channel::app::types::core::{
    NilOrVal, ValidatorProof, VoteExtensionScope, VoteType,
};
use arc_malachitebft_signing::{Error, VerificationResult, Verifier};
use async_trait::async_trait;
use piaolian_contracts::chain::{self, ChainId, PublicKey, Signature};

use super::{
    context::EngineTypes,
    types::{Proposal, Vote, round_number},
};

/// Verifies votes and proposals of one chain.
#[derive(Clone, Debug)]
pub(super) struct ChainVerifier {
    chain_id: ChainId,
}

impl ChainVerifier {
    /// Creates a verifier for `chain_id`.
    #[must_use]
    pub(super) const fn new(chain_id: ChainId) -> Self {
        Self { chain_id }
    }
}

/// Returns the sign bytes of a vote.
pub(super) fn vote_bytes(chain_id: &ChainId, vote: &Vote) -> Vec<u8> {
    use arc_malachitebft_app_channel::app::types::core::Height as _;
    let step = match vote.vote_type {
        VoteType::Prevote => chain::VoteType::Prevote,
        VoteType::Precommit => chain::VoteType::Precommit,
    };
    let block = match &vote.value {
        NilOrVal::Nil => None,
        NilOrVal::Val(id) => Some(&id.0),
    };
    let height = chain::Height::new(vote.height.as_u64());
    chain::vote_sign_bytes(
        chain_id,
        step,
        height,
        round_number(vote.round),
        block,
        &vote.address.0,
    )
}

/// Returns the sign bytes of a proposal.
pub(super) fn proposal_bytes(chain_id: &ChainId, proposal: &Proposal) -> Vec<u8> {
    use arc_malachitebft_app_channel::app::types::core::Height as _;
    chain::proposal_sign_bytes(
        chain_id,
        chain::Height::new(proposal.height.as_u64()),
        round_number(proposal.round),
        &proposal.value.0,
        proposal.pol_round.as_u32(),
        &proposal.address.0,
    )
}

fn verify(key: &PublicKey, message: &[u8], signature: &Signature) -> VerificationResult {
    VerificationResult::from_bool(key.verify(message, signature).is_ok())
}

#[async_trait]
impl Verifier<EngineTypes> for ChainVerifier {
    async fn verify_signed_vote(
        &self,
        vote: &Vote,
        signature: &Signature,
        public_key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(verify(
            public_key,
            &vote_bytes(&self.chain_id, vote),
            signature,
        ))
    }

    async fn verify_signed_proposal(
        &self,
        proposal: &Proposal,
        signature: &Signature,
        public_key: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(verify(
            public_key,
            &proposal_bytes(&self.chain_id, proposal),
            signature,
        ))
    }

    /// This chain uses no vote extensions.
    async fn verify_signed_vote_extension(
        &self,
        _: &VoteExtensionScope<EngineTypes>,
        (): &(),
        _: &Signature,
        _: &PublicKey,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::Invalid)
    }

    /// A peer's identity follows from the committed state, never from its own proof.
    async fn verify_validator_proof(
        &self,
        _: &ValidatorProof<EngineTypes>,
    ) -> Result<VerificationResult, Error> {
        Ok(VerificationResult::Invalid)
    }
}
