//! Building the engine around our network, signer and write-ahead log.

use std::path::PathBuf;

use arc_malachitebft_app_channel::{
    Channels, ConsensusContext, EngineBuilder, EngineHandle, NetworkMsg, RequestContext,
    SyncContext, WalContext,
    app::{
        config::{ConsensusConfig, NodeConfig, ValuePayload, ValueSyncConfig},
        engine::network::NetworkRef,
    },
};
use piaolian_contracts::chain::{self, ChainId};
use tokio::sync::mpsc;

use super::{
    codec::ProtobufCodec, context::Consensus, signer::MarkedSigner, types::Address,
    verifier::ChainVerifier,
};

/// Requests for state dumps that may wait; nothing of ours sends any.
const REQUESTS_MAX: usize = 8;

/// What part this node takes.
pub enum Participation {
    /// Votes and proposes.
    Validate(MarkedSigner),
    /// A validator that must keep silent for now: it follows by sync, and a
    /// signer is there only because the engine asks for one.
    Silent(MarkedSigner),
    /// Not a validator: follows by sync.
    Follow,
}

/// What the engine is built from.
pub struct Setup {
    /// The name in the engine's logs and metrics.
    pub moniker: String,
    /// The chain.
    pub chain_id: ChainId,
    /// This node's address; a follower's is one that no validator has.
    pub address: chain::Address,
    /// Its part.
    pub participation: Participation,
    /// The write-ahead log's file.
    pub wal: PathBuf,
    /// Our network actor, and the way of proposal parts past its mailbox.
    pub network: (NetworkRef<Consensus>, mpsc::Sender<NetworkMsg<Consensus>>),
}

/// The engine could not be started.
#[derive(Debug, thiserror::Error)]
#[error("the consensus engine cannot start: {0}")]
pub struct EngineError(String);

/// Starts the engine's actors.
///
/// # Errors
/// When the write-ahead log cannot be opened or an actor does not start.
pub async fn start(setup: Setup) -> Result<(Channels<Consensus>, EngineHandle), EngineError> {
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
    EngineBuilder::new(Consensus, EngineConfig::new(setup.moniker, enabled))
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
