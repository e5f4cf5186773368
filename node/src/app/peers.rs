//! The part of a node that needs peers: its network, and the peers that may connect to it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use libp2p::identity;
use piaolian_consensus::{EngineTypes, InboundPart, transport};
use piaolian_ledger::{Admission, Ledger, LedgerError, Origin};
use piaolian_network::{Limits, Network, NetworkConfig, NetworkHandle, ReceivedTransactions};
use tokio::sync::mpsc;

use super::{
    NodeError, Setup, StopReason, attachments::Served, blocks::StoredBlocks,
    membership::MembershipFeed,
};

/// A started network, and the membership that it follows.
pub(super) struct NetworkComponents {
    pub(super) network: Network<EngineTypes>,
    pub(super) membership: MembershipFeed,
    pub(super) block_parts: mpsc::Receiver<InboundPart>,
}

/// Starts the network for the peers that may connect by the committed state.
pub(super) async fn join(setup: &Setup, ledger: &Ledger) -> Result<NetworkComponents, NodeError> {
    let membership = MembershipFeed::read(ledger.clone(), setup.endpoints.clone())?;
    let config = NetworkConfig {
        listen: setup.listen.clone(),
        key: peer_identity(&setup.peer_key)?,
        genesis_hash: *setup.genesis.hash().as_bytes(),
        limits: Limits::default(),
    };
    let (network, block_parts) = transport::start(
        config,
        membership.subscribe(),
        Arc::new(StoredBlocks(ledger.view().clone())),
        Arc::new(Served(setup.attachments.clone())),
    )
    .await?;
    tracing::info!(address = %network.address, "network listens");
    Ok(NetworkComponents {
        network,
        membership,
        block_parts,
    })
}

fn peer_identity(key: &SigningKey) -> Result<identity::Keypair, identity::DecodingError> {
    identity::Keypair::ed25519_from_bytes(key.to_bytes())
}

/// Hands transactions from peers to admission. While admission is busy, peers wait.
pub(super) async fn take_transactions(
    mut transactions: mpsc::Receiver<ReceivedTransactions>,
    admission: Admission,
) -> Result<StopReason, NodeError> {
    while let Some(received) = transactions.recv().await {
        let origin = if received.first_hand {
            Origin::FirstHand
        } else {
            Origin::Relayed
        };
        for transaction in received.transactions {
            admission.take(transaction, origin).await?;
        }
    }
    Err(NodeError::Ended("transactions from peers"))
}

/// Relays transactions that clients submitted. Logs when the last validator is lost and when one is back: transactions
/// that could be queued for no validator are sent again later.
pub(super) struct ToValidators {
    network: NetworkHandle,
    alone: AtomicBool,
}

impl ToValidators {
    pub(super) const fn new(network: NetworkHandle) -> Self {
        Self {
            network,
            alone: AtomicBool::new(false),
        }
    }

    pub(super) fn send(&self, transactions: &[Bytes]) {
        match self.network.relay_transactions(transactions) {
            Ok(0) => {
                // The only validator of a chain has nobody to relay to, so nothing is missing.
                let misses = self.network.peers().iter().any(|peer| peer.validator);
                if misses && !self.alone.swap(true, Ordering::Relaxed) {
                    tracing::warn!(
                        count = transactions.len(),
                        "no validator connected, relay suspended"
                    );
                }
            }
            Ok(_) => {
                if self.alone.swap(false, Ordering::Relaxed) {
                    tracing::info!("validators connected again, relay resumed");
                }
            }
            Err(error) => tracing::error!(%error, "relay of transactions failed"),
        }
    }
}

/// Pushes decided blocks to the nodes that follow this one.
pub(super) async fn push_decided(
    ledger: Ledger,
    network: NetworkHandle,
) -> Result<StopReason, NodeError> {
    let mut tips = ledger.tips();
    while tips.changed().await.is_ok() {
        network.push_decided_up_to(tips.borrow_and_update().height.get());
    }
    Err(LedgerError::Stopped.into())
}
