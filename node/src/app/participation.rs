//! The node's participation in consensus: follow, validate, or keep silent.
//!
//! ```text
//!   none of its keys is in the set of the next height ─────────────► follow
//!   no last signed state: the key is not declared new ──────────────► refuse to start
//!   last signed height ahead of the chain (an old backup) ──────────► silent until the chain passes it
//!   otherwise ──────────────────────────────────────────────────────► validate
//! ```

use std::{io, path::PathBuf};

use arc_malachitebft_app_channel::{
    Channels, EngineHandle, NetworkMsg, app::engine::network::NetworkRef,
};
use ed25519_dalek::SigningKey;
use piaolian_base::layout;
use piaolian_consensus::{
    EngineTypes, ValidatorRole,
    double_sign::{DoubleSignError, LastSignState},
    engine::{self, EngineError, Participation},
    signer::GuardedSigner,
    wal::may_sign,
};
use piaolian_contracts::chain::{Address, PublicKey, ValidatorSet};
use piaolian_ledger::Ledger;
use tokio::sync::mpsc;

use super::{NodeError, Setup};

/// A validator cannot take part.
#[derive(Debug, thiserror::Error)]
pub enum ParticipationError {
    /// There is no last signed state, and no operator has declared that this key has never signed.
    #[error(
        "the last signed state {} is missing: if the validate key beside it has never signed, run `piaolian key \
         init-signer`; if it has signed, it must never sign again: move the key file out of this folder, and the node \
         follows without voting",
        .0.display()
    )]
    LastSignedStateMissing(PathBuf),
    /// The last signed state cannot be used.
    #[error(transparent)]
    LastSignedState(#[from] DoubleSignError),
    /// The engine's write-ahead log cannot be read.
    #[error("the consensus log cannot be read: {0}")]
    Wal(#[from] io::Error),
}

/// A node's own role in consensus, with the height until which it keeps silent.
pub(super) struct OwnRole {
    pub(super) address: Address,
    pub(super) participation: Participation,
    /// The organisation's role among the validators, whether or not this node holds the key.
    pub(super) role: ValidatorRole,
    /// The height that the chain must reach before this validator may sign.
    pub(super) silent_until: Option<u64>,
}

/// Returns the role that the committed state gives this node at the next height.
pub(super) fn own_role(setup: &Setup, ledger: &Ledger) -> Result<OwnRole, NodeError> {
    ledger.check_version()?;
    ledger.warn_of_unknown_version()?;
    let validators = ledger.validators()?;
    let held = setup.validate_keys.iter().find_map(|key| {
        let public_key = PublicKey::ed25519(key.verifying_key().to_bytes());
        let validator = validators.by_key(&public_key)?;
        Some((key, *validator.address()))
    });
    let role = ValidatorRole::of(setup.organisation, &validators);
    let Some((key, address)) = held else {
        warn_of_what_is_missing(setup, &validators);
        return Ok(OwnRole {
            address: NO_VALIDATOR,
            participation: Participation::Follow,
            role,
            silent_until: None,
        });
    };
    let tip = ledger.tip().height.get();
    let (participation, silent_until) = sign_or_keep_silent(setup, key, tip)?;
    Ok(OwnRole {
        address,
        participation,
        role,
        silent_until,
    })
}

fn sign_or_keep_silent(
    setup: &Setup,
    key: &SigningKey,
    tip: u64,
) -> Result<(Participation, Option<u64>), ParticipationError> {
    let missing = || ParticipationError::LastSignedStateMissing(setup.last_signed_state.clone());
    let last_signed = LastSignState::open(&setup.last_signed_state)?.ok_or_else(missing)?;
    let last_height = last_signed.height();
    let may_sign = may_sign(&last_signed, tip, &setup.data.join(layout::CONSENSUS_WAL))?;
    let signer = GuardedSigner::new(setup.genesis.chain_id().clone(), key.clone(), last_signed);
    Ok(if may_sign {
        (Participation::Validate(signer), None)
    } else {
        (Participation::Silent(signer), Some(last_height))
    })
}

/// Warns when a node that follows may be meant to validate, now or later.
fn warn_of_what_is_missing(setup: &Setup, validators: &ValidatorSet) {
    if let Some(own) = validators.of(&setup.organisation).next() {
        let key = own.public_key();
        tracing::error!(%key, "validate key of this organisation is not on this node, node does not validate");
    } else if !setup.validate_keys.is_empty() && !setup.last_signed_state.exists() {
        let path = setup.last_signed_state.display();
        tracing::warn!(%path, "validate key has no last signed state: create it with `piaolian key init-signer`");
    }
}

impl OwnRole {
    pub(super) const fn is_validating(&self) -> bool {
        matches!(self.participation, Participation::Validate(_))
    }

    /// Starts the engine for this participation, over our network.
    pub(super) async fn start_engine(
        self,
        setup: &Setup,
        network: (
            NetworkRef<EngineTypes>,
            mpsc::Sender<NetworkMsg<EngineTypes>>,
        ),
    ) -> Result<(Channels<EngineTypes>, EngineHandle), EngineError> {
        let wal = if self.is_validating() {
            layout::CONSENSUS_WAL
        } else {
            layout::SILENT_WAL
        };
        engine::start(engine::Setup {
            moniker: self.address.to_string(),
            chain_id: setup.genesis.chain_id().clone(),
            address: self.address,
            participation: self.participation,
            wal: setup.data.join(wal),
            network,
        })
        .await
    }
}

/// An address that no validator has: nobody knows a key that hashes to it.
const NO_VALIDATOR: Address = Address::new([0; 20]);
