//! The members that may connect, kept in step with the committed state.

use std::collections::BTreeMap;

use libp2p::{Multiaddr, PeerId, identity::ed25519};
use piaolian_contracts::chain::Height;
use piaolian_ledger::{Ledger, LedgerError, LedgerMember};
use piaolian_network::{Member, Membership};
use tokio::sync::watch;

/// Endpoints that this node's configuration adds, by organisation.
pub type Endpoints = BTreeMap<String, Vec<Multiaddr>>;

/// Publishes the members of the committed state, at each change.
pub(super) struct Members {
    ledger: Ledger,
    extra: Endpoints,
    /// The height from which the life of a key changes the members by itself.
    changes_at: Option<Height>,
    members: watch::Sender<Membership>,
}

impl Members {
    /// Reads the present members.
    pub(super) fn read(ledger: Ledger, extra: Endpoints) -> Result<Self, LedgerError> {
        let (members, changes_at) = ledger.members()?;
        let members = watch::Sender::new(to_network(&members, &extra));
        Ok(Self {
            ledger,
            extra,
            changes_at,
            members,
        })
    }

    /// Returns the receiver of the members, for the network.
    pub(super) fn subscribe(&self) -> watch::Receiver<Membership> {
        self.members.subscribe()
    }

    /// Publishes the members at each commit that changes them.
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
        let (members, changes_at) = self.ledger.members()?;
        self.changes_at = changes_at;
        let members = to_network(&members, &self.extra);
        self.members.send_if_modified(|known| {
            let changed = *known != members;
            *known = members;
            changed
        });
        Ok(())
    }
}

fn to_network(members: &[LedgerMember], extra: &Endpoints) -> Membership {
    members
        .iter()
        .filter_map(|member| member_of_network(member, extra))
        .collect()
}

/// Peer keys and endpoints are checked at registration, so nobody is left out here.
fn member_of_network(member: &LedgerMember, extra: &Endpoints) -> Option<Member> {
    let key = ed25519::PublicKey::try_from_bytes(member.peer_key.as_bytes()).ok()?;
    let configured = extra
        .get(&member.organisation)
        .into_iter()
        .flatten()
        .cloned();
    let registered = member
        .endpoints
        .iter()
        .filter_map(|endpoint| endpoint.parse().ok());
    Some(Member {
        peer_id: PeerId::from(libp2p::identity::PublicKey::from(key)),
        organisation: member.organisation.clone(),
        endpoints: configured.chain(registered).collect(),
        validator: member.validator,
    })
}
