//! The peers that may connect, kept in step with the committed state.

use std::collections::BTreeMap;

use libp2p::{Multiaddr, PeerId, identity::ed25519};
use piaolian_contracts::chain::Height;
use piaolian_ledger::{Ledger, LedgerError, LedgerPeer};
use piaolian_network::{AllowedPeer, Membership};
use tokio::sync::watch;

/// Endpoints that this node's configuration adds, by organisation.
pub type Endpoints = BTreeMap<String, Vec<Multiaddr>>;

/// Publishes the peers that may connect by the committed state, at each change.
pub(super) struct MembershipFeed {
    ledger: Ledger,
    extra: Endpoints,
    /// The next height at which a key begins or ends, which changes the peers without a transaction.
    changes_at: Option<Height>,
    membership: watch::Sender<Membership>,
}

impl MembershipFeed {
    /// Reads the present peers.
    pub(super) fn read(ledger: Ledger, extra: Endpoints) -> Result<Self, LedgerError> {
        let (peers, changes_at) = ledger.peers()?;
        let membership = watch::Sender::new(membership(&peers, &extra));
        Ok(Self {
            ledger,
            extra,
            changes_at,
            membership,
        })
    }

    /// Returns the receiver of the membership, for the network.
    pub(super) fn subscribe(&self) -> watch::Receiver<Membership> {
        self.membership.subscribe()
    }

    /// Publishes the membership at each commit that changes it.
    pub(super) async fn follow(mut self) -> LedgerError {
        let mut tips = self.ledger.tips();
        let mut changed = self.ledger.member_changes();
        while tips.changed().await.is_ok() {
            let next = tips.borrow_and_update().height.next();
            let due = self.changes_at.is_some_and(|height| height <= next);
            if !due && !changed.has_changed().unwrap_or(true) {
                continue;
            }
            changed.mark_unchanged();
            if let Err(error) = self.publish() {
                return error;
            }
        }
        LedgerError::Stopped
    }

    fn publish(&mut self) -> Result<(), LedgerError> {
        let (peers, changes_at) = self.ledger.peers()?;
        self.changes_at = changes_at;
        let membership = membership(&peers, &self.extra);
        self.membership.send_if_modified(|known| {
            let changed = *known != membership;
            *known = membership;
            changed
        });
        Ok(())
    }
}

fn membership(peers: &[LedgerPeer], extra: &Endpoints) -> Membership {
    peers
        .iter()
        .filter_map(|peer| allowed_peer(peer, extra))
        .collect()
}

/// Peer keys and endpoints are checked at registration, so the conversion leaves no peer out.
fn allowed_peer(peer: &LedgerPeer, extra: &Endpoints) -> Option<AllowedPeer> {
    let key = ed25519::PublicKey::try_from_bytes(peer.peer_key.as_bytes()).ok()?;
    let configured = extra.get(&peer.organisation).into_iter().flatten().cloned();
    let registered = peer
        .endpoints
        .iter()
        .filter_map(|endpoint| endpoint.parse().ok());
    Some(AllowedPeer {
        peer_id: PeerId::from(libp2p::identity::PublicKey::from(key)),
        organisation: peer.organisation.clone(),
        endpoints: configured.chain(registered).collect(),
        validator: peer.validator,
    })
}
