//! Starts the engine with our network, signer and write-ahead log.

use std::path::PathBuf;

use arc_malachitebft_app_channel::{
    Channels, ConsensusContext, EngineBuilder, EngineHandle, NetworkMsg, RequestContext,
    SyncContext, WalContext,
    app::{
        config::{ConsensusConfig, NodeConfig, ValuePayload, ValueSyncConfig},
        engine::network::NetworkRef,
    },
};
use futures::future::BoxFuture;
use piaolian_contracts::chain::{self, ChainId};
use tokio::sync::mpsc;

use super::{
    codec::ProtobufCodec, context::EngineTypes, signature_check::ChainVerifier,
    signer::GuardedSigner, types::Address,
};

/// Requests for state dumps that may wait; this node sends none.
const REQUESTS_MAX: usize = 8;

/// The node's role in consensus.
pub enum Participation {
    /// Votes and proposes.
    Validate(GuardedSigner),
    /// A validator that must not sign for now: it follows by sync. Its signer is present only because the engine
    /// requires one.
    Silent(GuardedSigner),
    /// Not a validator: follows by sync.
    Follow,
}

/// Inputs for starting the engine.
pub struct Setup {
    /// The name in the engine's logs and metrics.
    pub moniker: String,
    /// The chain.
    pub chain_id: ChainId,
    /// This node's address. A follower's is one that no validator has.
    pub address: chain::Address,
    /// The node's part.
    pub participation: Participation,
    /// The write-ahead log's file.
    pub wal: PathBuf,
    /// The network actor, and the channel on which proposal parts bypass its mailbox.
    pub network: (
        NetworkRef<EngineTypes>,
        mpsc::Sender<NetworkMsg<EngineTypes>>,
    ),
}

/// The engine cannot start.
#[derive(Debug, thiserror::Error)]
#[error("the consensus engine cannot start: {0}")]
pub struct EngineError(String);

/// The channels to the engine's actors, and the handle that stops them.
pub type Engine = (Channels<EngineTypes>, EngineHandle);

/// Starts the engine's actors.
///
/// # Errors
/// When the write-ahead log cannot be opened or an actor does not start.
#[must_use]
pub fn start(setup: Setup) -> BoxFuture<'static, Result<Engine, EngineError>> {
    Box::pin(build(setup))
}

async fn build(setup: Setup) -> Result<Engine, EngineError> {
    let verifier = Box::new(ChainVerifier::new(setup.chain_id));
    let address = Address(setup.address);
    let (context, enabled) = match setup.participation {
        Participation::Validate(signer) => (
            ConsensusContext::new_validator(address, verifier, Box::new(signer)),
            true,
        ),
        Participation::Silent(signer) => (
            ConsensusContext::new_validator(address, verifier, Box::new(signer)),
            false,
        ),
        Participation::Follow => (ConsensusContext::new_full_node(address, verifier), false),
    };
    let (network, parts) = setup.network;
    EngineBuilder::new(EngineTypes, EngineConfig::new(setup.moniker, enabled))
        .with_default_wal(WalContext::new(setup.wal, ProtobufCodec))
        .with_custom_network(network, parts)
        .with_default_sync(SyncContext::new(ProtobufCodec))
        .with_default_consensus(context)
        .with_default_request(RequestContext::new(REQUESTS_MAX))
        .build()
        .await
        .map_err(|error| EngineError(error.to_string()))
}

struct EngineConfig {
    moniker: String,
    consensus: ConsensusConfig,
    sync: ValueSyncConfig,
}

impl EngineConfig {
    fn new(moniker: String, enabled: bool) -> Self {
        let consensus = ConsensusConfig {
            enabled,
            value_payload: ValuePayload::ProposalAndParts,
            ..ConsensusConfig::default()
        };
        Self {
            moniker,
            consensus,
            sync: ValueSyncConfig::default(),
        }
    }
}

impl NodeConfig for EngineConfig {
    fn moniker(&self) -> &str {
        &self.moniker
    }

    fn consensus(&self) -> &ConsensusConfig {
        &self.consensus
    }

    fn consensus_mut(&mut self) -> &mut ConsensusConfig {
        &mut self.consensus
    }

    fn value_sync(&self) -> &ValueSyncConfig {
        &self.sync
    }

    fn value_sync_mut(&mut self) -> &mut ValueSyncConfig {
        &mut self.sync
    }
}
