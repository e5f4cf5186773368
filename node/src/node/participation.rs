//! Which part a node takes in consensus, and when a validator must keep silent.
//!
//! ```text
//!   no validator's key, or not in the set ─────────────────────────► follow
//!   mark missing ── the operator has not said that the key is new ──► refuse to start
//!   mark ahead of the chain (restored from an old backup) ──────────► silent until the chain passes it
//!   otherwise ──────────────────────────────────────────────────────► validate
//! ```

use std::{io, path::Path};

use ed25519_dalek::SigningKey;
use piaolian_contracts::chain::{Address, ChainId, PublicKey, ValidatorSet};

use crate::consensus::{
    engine::Participation,
    mark::{Mark, MarkError},
    signer::MarkedSigner,
    wal::may_sign,
};

/// Why a validator cannot take part.
#[derive(Debug, thiserror::Error)]
pub enum ParticipationError {
    /// There is no mark, and nobody has said that this key has never signed.
    #[error(
        "the signer's mark {0} is missing: if this key has never signed, run `piaolian keys mark`; \
         if it has, restore nothing but wait and register a new validator key"
    )]
    MarkMissing(String),
    /// The mark cannot be used.
    #[error(transparent)]
    Mark(#[from] MarkError),
    /// The engine's write-ahead log cannot be read.
    #[error("the consensus log cannot be read: {0}")]
    Wal(#[from] io::Error),
}

/// A node's part, with what to wait for when it is silence.
pub(super) struct Part {
    pub(super) address: Address,
    pub(super) participation: Participation,
    /// The height that the chain must reach before this validator may sign.
    pub(super) silent_until: Option<u64>,
}

/// Finds the part of a node that holds `key`.
pub(super) fn part(
    chain_id: &ChainId,
    validators: &ValidatorSet,
    key: Option<&SigningKey>,
    tip: u64,
    mark: &Path,
    wal: &Path,
) -> Result<Part, ParticipationError> {
    let validator = key.and_then(|key| {
        let public_key = PublicKey::ed25519(key.verifying_key().to_bytes());
        validators
            .by_key(&public_key)
            .map(|validator| (key, *validator.address()))
    });
    let Some((key, address)) = validator else {
        return Ok(Part {
            address: NO_VALIDATOR,
            participation: Participation::Follow,
            silent_until: None,
        });
    };
    let open = Mark::open(mark)?;
    let mark = open.ok_or_else(|| ParticipationError::MarkMissing(mark.display().to_string()))?;
    let (may_sign, marked) = (may_sign(&mark, tip, wal)?, mark.height());
    let signer = MarkedSigner::new(chain_id.clone(), key.clone(), mark);
    Ok(if may_sign {
        Part {
            address,
            participation: Participation::Validate(signer),
            silent_until: None,
        }
    } else {
        Part {
            address,
            participation: Participation::Silent(signer),
            silent_until: Some(marked),
        }
    })
}

/// An address that no validator has: no key hashes to it but by a preimage.
const NO_VALIDATOR: Address = Address::new([0; 20]);
