//! The attachments' view of the chain and of the peers.

use std::{collections::HashMap, sync::Arc};

use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture};
use libp2p::PeerId;
use piaolian_contracts::{
    chain::{Hash, Height},
    execute::attached,
    state::Fault,
    transaction::Action,
    types::OrganisationId,
};
use piaolian_custody::attachments::{Attachments, Chain, NamedAttachments, Peers};
use piaolian_ledger::{ChainView, Ledger, LedgerError};
use piaolian_network::{AttachmentSource, NetworkHandle};
use piaolian_proto::v1::TransactionBody;

use super::NodeError;

/// Keeps the attachments in step with the chain, and fetches missing ones.
pub(super) async fn keep(
    attachments: Arc<Attachments>,
    ledger: Ledger,
    network: NetworkHandle,
) -> Result<(), NodeError> {
    let tips = ledger.tips();
    let peers = Box::new(Connected(network));
    let kept = attachments.run(
        Arc::new(Committed(ledger.view().clone())),
        tips,
        |tip| tip.height.get(),
        peers,
    );
    kept.await.map_err(NodeError::Attachments)?;
    Err(LedgerError::Stopped.into())
}

/// The committed blocks.
struct Committed(ChainView);

impl Chain for Committed {
    fn named_at(&self, height: u64) -> Result<NamedAttachments, Fault> {
        let height = Height::new(height);
        let block = self.0.decoded_block(height)?;
        let block = block.ok_or_else(|| damaged(height))?;
        let mut attachments = Vec::new();
        for (index, outcome) in block.outcomes().iter().enumerate() {
            let body = block.body(index)?.ok_or_else(|| damaged(height))?;
            let (author, action) = action_of(body).ok_or_else(|| damaged(height))?;
            let named = attached(&action, outcome);
            attachments.extend(named.into_iter().map(|hash| (hash, author)));
        }
        Ok(NamedAttachments {
            time_ms: block.time().as_ms(),
            attachments,
        })
    }
}

/// The author and the action of a committed transaction.
fn action_of(body: &TransactionBody) -> Option<(OrganisationId, Action)> {
    let author = OrganisationId::parse("organisation", &body.organisation).ok()?;
    let action = Action::try_from(body.action.clone()?).ok()?;
    Some((author, action))
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
