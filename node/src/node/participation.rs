//! Which part a node takes in consensus, and when a validator must keep silent.
//!
//! ```text
//!   no validator's key, or not in the set ─────────────────────────► follow
//!   mark missing ── the operator has not said that the key is new ──► refuse to start
//!   mark ahead of the chain (restored from an old backup) ──────────► silent until the chain passes it
//!   otherwise ──────────────────────────────────────────────────────► validate
//! ```

use std::{io, path::PathBuf};

use arc_malachitebft_app_channel::{
    Channels, EngineHandle, NetworkMsg, app::engine::network::NetworkRef,
};
use ed25519_dalek::SigningKey;
use piaolian_contracts::chain::{Address, PublicKey};
use tokio::sync::mpsc;

use super::{NodeError, Setup};
use crate::{
    consensus::{
        Consensus,
        engine::{self, EngineError, Participation},
        mark::{Mark, MarkError},
        signer::MarkedSigner,
        wal::may_sign,
    },
    ledger::Ledger,
};

/// Why a validator cannot take part.
#[derive(Debug, thiserror::Error)]
pub enum ParticipationError {
    /// There is no mark, and nobody has said that this key has never signed.
    #[error(
        "the signer's mark {} is missing: if this key has never signed, run `piaolian keys mark`; \
         if it has, it must not sign again: take its file out of that folder, and the node follows",
        .0.display()
    )]
    MarkMissing(PathBuf),
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

/// The engine's log of its own messages, in the data folder.
const WAL_FILE: &str = "consensus.wal";

/// The log while this node is silent. It is not the validator's own: the engine empties the
/// log of a node that does not validate, and an empty log would say that nothing was signed.
const SILENT_WAL_FILE: &str = "silent.wal";

/// Finds the part of a node.
pub(super) fn part(setup: &Setup, ledger: &Ledger) -> Result<Part, NodeError> {
    let validators = ledger.validators()?;
    let validator = setup.validate_key.as_ref().and_then(|key| {
        let public_key = PublicKey::ed25519(key.verifying_key().to_bytes());
        let validator = validators.by_key(&public_key)?;
        Some((key, *validator.address()))
    });
    let Some((key, address)) = validator else {
        return Ok(Part {
            address: NO_VALIDATOR,
            participation: Participation::Follow,
            silent_until: None,
        });
    };
    Ok(validator_part(
        setup,
        key,
        address,
        ledger.tip().height.get(),
    )?)
}

fn validator_part(
    setup: &Setup,
    key: &SigningKey,
    address: Address,
    tip: u64,
) -> Result<Part, ParticipationError> {
    let missing = || ParticipationError::MarkMissing(setup.mark.clone());
    let mark = Mark::open(&setup.mark)?.ok_or_else(missing)?;
    let (may_sign, marked) = (
        may_sign(&mark, tip, &setup.data.join(WAL_FILE))?,
        mark.height(),
    );
    let signer = MarkedSigner::new(setup.genesis.chain_id().clone(), key.clone(), mark);
    Ok(if may_sign {
        Part {
            address,
            participation: Participation::Validate(signer),
            silent_until: None,
        }
    } else {
        let silent_until = Some(marked);
        Part {
            address,
            participation: Participation::Silent(signer),
            silent_until,
        }
    })
}

impl Part {
    pub(super) const fn is_validating(&self) -> bool {
        matches!(self.participation, Participation::Validate(_))
    }

    /// Starts the engine for this part, over our network.
    pub(super) async fn start_engine(
        self,
        setup: &Setup,
        network: (NetworkRef<Consensus>, mpsc::Sender<NetworkMsg<Consensus>>),
    ) -> Result<(Channels<Consensus>, EngineHandle), EngineError> {
        let wal = if self.is_validating() {
            WAL_FILE
        } else {
            SILENT_WAL_FILE
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

/// An address that no validator has: no key hashes to it but by a preimage.
const NO_VALIDATOR: Address = Address::new([0; 20]);
