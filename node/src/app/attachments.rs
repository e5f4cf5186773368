//! The attachments' view of the chain and of the peers.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use libp2p::PeerId;
use piaolian_contracts::{
    Transaction,
    chain::{ChainId, Hash, Height},
    execute::attached,
    state::Fault,
    types::OrganisationId,
};
use piaolian_custody::attachments::{Attachments, Chain, Named, Peers};
use piaolian_ledger::{ChainView, Ledger, LedgerError, StoreError};
use piaolian_network::{AttachmentSource, NetworkHandle};
use tokio::sync::watch;

use super::NodeError;

/// Keeps the attachments in step with the chain, and fetches missing ones.
pub(super) async fn keep(
    attachments: Arc<Attachments>,
    ledger: Ledger,
    network: NetworkHandle,
) -> Result<(), NodeError> {
    let chain = Arc::new(Committed {
        view: ledger.view().clone(),
        chain_id: ledger.chain_id().clone(),
    });
    let mut committed = ledger.tips();
    let (tips, heights) = watch::channel(0);
    let told = async {
        loop {
            tips.send_replace(committed.borrow_and_update().height.get());
            if committed.changed().await.is_err() {
                return Err(NodeError::from(LedgerError::Stopped));
            }
        }
    };
    tokio::select! {
        stopped = told => stopped,
        ended = attachments.run(chain, heights, Box::new(Connected(network))) => Ok(ended.map_err(NodeError::Attachments)?),
    }
}

/// The committed blocks.
struct Committed {
    view: ChainView,
    chain_id: ChainId,
}

impl Chain for Committed {
    fn named_at(&self, height: u64) -> Result<Named, Fault> {
        let height = Height::new(height);
        let read = || -> Result<_, StoreError> {
            let header = self.view.header(height)?;
            Ok((
                header,
                self.view.block(height)?,
                self.view.outcomes(height)?,
            ))
        };
        let (Some(header), Some(block), Some(outcomes)) = read()? else {
            return Err(damaged(height));
        };
        let block = piaolian_contracts::chain::Block::decode(block).map_err(|_| damaged(height))?;
        let mut attachments = Vec::new();
        for (encoded, outcome) in block.transactions.iter().zip(&outcomes) {
            let transaction = Transaction::decode(encoded.clone(), &self.chain_id);
            let transaction = transaction.map_err(|_| damaged(height))?;
            let author = *transaction.organisation();
            let named = attached(transaction.action(), outcome);
            attachments.extend(named.into_iter().map(|hash| (hash, author)));
        }
        Ok(Named {
            time_ms: header.time.as_ms(),
            attachments,
        })
    }
}

fn damaged(height: Height) -> Fault {
    Fault(format!("block {height} is damaged").into())
}

/// The other members' nodes.
struct Connected(NetworkHandle);

impl Connected {
    fn peers(&self) -> HashMap<OrganisationId, PeerId> {
        let connected = self.0.peers().into_iter();
        let connected = connected.filter(|peer| peer.connected_since.is_some());
        connected
            .filter_map(|peer| Some((peer.organisation.parse().ok()?, peer.peer_id)))
            .collect()
    }
}

impl Peers for Connected {
    fn connected(&self) -> Vec<OrganisationId> {
        self.peers().into_keys().collect()
    }

    fn ask(&self, organisation: OrganisationId, hashes: &[Hash]) -> BoxFuture<'static, Vec<Bytes>> {
        let Some(peer) = self.peers().remove(&organisation) else {
            return async { Vec::new() }.boxed();
        };
        let hashes: Vec<[u8; 32]> = hashes.iter().map(|hash| *hash.as_bytes()).collect();
        let fetched = self.0.fetch_attachments(peer, &hashes);
        async move {
            fetched.await.unwrap_or_else(|error| {
                tracing::debug!(%organisation, %error, "peer returned no attachments");
                Vec::new()
            })
        }
        .boxed()
    }
}

/// Attachments that peers ask for.
pub(super) struct Served(pub(super) Arc<Attachments>);

impl AttachmentSource for Served {
    fn attachment(&self, hash: &[u8; 32]) -> Result<Option<Bytes>, Fault> {
        self.0.get(&Hash::new(*hash))
    }
}
