//! Checks the signatures of other validators.

use arc_malachitebft_app_channel::app::types::core::{ValidatorProof, VoteExtensionScope};
use arc_malachitebft_signing::{Error, VerificationResult, Verifier};
use async_trait::async_trait;
use piaolian_contracts::chain::{ChainId, PublicKey, Signature};

use super::{
    context::EngineTypes,
    types::{Proposal, Vote},
};

/// Verifies votes and proposals of one chain.
#[derive(Clone, Debug)]
pub(super) struct ChainVerifier {
    chain_id: ChainId,
}

impl ChainVerifier {
    /// Creates a verifier for `chain_id`.
    pub(super) const fn new(chain_id: ChainId) -> Self {
        Self { chain_id }
    }
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
            &vote.sign_bytes(&self.chain_id),
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
            &proposal.sign_bytes(&self.chain_id),
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
