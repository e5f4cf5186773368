//! Signs this validator's votes and proposals, protected against double signing.

use std::sync::{Arc, Mutex, PoisonError};

use arc_malachitebft_app_channel::app::types::core::{
    Height as _, NilOrVal, SignedMessage, ValidatorProof, VoteExtensionScope, VoteType,
};
use arc_malachitebft_signing::{Error, Signer};
use async_trait::async_trait;
use ed25519_dalek::{Signer as _, SigningKey};
use piaolian_contracts::chain::{ChainId, Hash, Signature};

use super::{
    context::EngineTypes,
    double_sign::{DoubleSignError, LastSignState, Position, SignedRecord, Step},
    types::{BlockId, Proposal, Vote, round_number},
};

/// A validator's key, guarded by its [`LastSignState`].
#[derive(Clone)]
pub struct GuardedSigner {
    chain_id: ChainId,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    key: SigningKey,
    last: LastSignState,
}

impl GuardedSigner {
    /// Creates a signer for `chain_id` with `key`, guarded by `last`.
    pub fn new(chain_id: ChainId, key: SigningKey, last: LastSignState) -> Self {
        Self {
            chain_id,
            inner: Arc::new(Mutex::new(Inner { key, last })),
        }
    }

    /// Signs on a blocking thread, because the state syncs its file.
    async fn sign(
        &self,
        position: Position,
        value: Option<BlockId>,
        message: Vec<u8>,
    ) -> Result<SignedRecord, Error> {
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || {
            let mut inner = inner.lock().unwrap_or_else(PoisonError::into_inner);
            let Inner { key, last } = &mut *inner;
            let value = value.map(|block| *block.0.as_bytes());
            last.sign(position, value, &message, |message| {
                key.sign(message).to_bytes()
            })
        })
        .await
        .map_err(Error::from_source)?
        .map_err(refuse)
    }
}

/// Logs the reason of a signing error, on which the engine stops.
fn refuse(error: DoubleSignError) -> Error {
    tracing::error!(%error, "refused to sign");
    Error::from_source(error)
}

#[async_trait]
impl Signer<EngineTypes> for GuardedSigner {
    async fn sign_vote(&self, vote: Vote) -> Result<SignedMessage<EngineTypes, Vote>, Error> {
        let step = match vote.vote_type {
            VoteType::Prevote => Step::Prevote,
            VoteType::Precommit => Step::Precommit,
        };
        let position = Position {
            height: vote.height.as_u64(),
            round: round_number(vote.round),
            step,
        };
        let asked = match vote.value {
            NilOrVal::Val(block) => Some(block),
            NilOrVal::Nil => None,
        };
        let message = vote.sign_bytes(&self.chain_id);
        let signed = self.sign(position, asked, message).await?;
        // A vote signed before a power loss may differ from the one that the engine asks for now.
        let value = signed.value.map(|hash| BlockId(Hash::new(hash)));
        let vote = Vote {
            value: value.map_or(NilOrVal::Nil, NilOrVal::Val),
            ..vote
        };
        Ok(SignedMessage::new(vote, Signature::new(signed.signature)))
    }

    async fn sign_proposal(
        &self,
        proposal: Proposal,
    ) -> Result<SignedMessage<EngineTypes, Proposal>, Error> {
        let position = Position {
            height: proposal.height.as_u64(),
            round: round_number(proposal.round),
            step: Step::Propose,
        };
        let message = proposal.sign_bytes(&self.chain_id);
        let signed = self.sign(position, Some(proposal.value), message).await?;
        let signature = Signature::new(signed.signature);
        Ok(SignedMessage::new(proposal, signature))
    }

    /// This chain uses no vote extensions, and the engine requests none.
    async fn sign_vote_extension(
        &self,
        _: VoteExtensionScope<EngineTypes>,
        (): (),
    ) -> Result<SignedMessage<EngineTypes, ()>, Error> {
        Err(Error::from_source(Unused("vote extensions")))
    }

    /// A peer's identity follows from the committed state.
    async fn sign_validator_proof(
        &self,
        _: Vec<u8>,
        _: Vec<u8>,
    ) -> Result<ValidatorProof<EngineTypes>, Error> {
        Err(Error::from_source(Unused("validator proofs")))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("this chain does not use {0}")]
struct Unused(&'static str);
