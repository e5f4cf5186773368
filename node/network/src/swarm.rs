//! The task that owns the swarm: it accepts, dials and closes connections.
//!
//! ```text
//!   membership ──► allowed peers, links ──► dials ──► swarm
//!   swarm ──► Ready ──► register, start        Failed, closed ──► unregister ──► dial again
//! ```
//!
//! Frames do not pass through this task.

use std::sync::Arc;

use futures::StreamExt;
use libp2p::{
    Multiaddr, PeerId, Swarm,
    core::transport::ListenerId,
    swarm::{
        ConnectionId, DialError, SwarmEvent,
        dial_opts::{DialOpts, PeerCondition},
    },
};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::{
    behaviour::{Behaviour, BehaviourEvent, Reported},
    dials::Dials,
    error::NetworkError,
    handler::{Inbox, Link, Report},
    membership::{AllowedPeer, Membership, links},
    outbox::Cut,
    peers::Peers,
};

/// Creates the inbox of a connected peer.
pub(super) type Inboxes = Box<dyn Fn(PeerId) -> Box<dyn Inbox> + Send>;

/// State of the task.
pub(super) struct SwarmTask {
    swarm: Swarm<Behaviour>,
    listener: ListenerId,
    peers: Arc<Peers>,
    inboxes: Inboxes,
    membership: watch::Receiver<Membership>,
    dials: Dials,
}

/// Starts listening, and waits until the address is known.
///
/// # Errors
/// When the address cannot be listened on.
pub(super) async fn listen(
    swarm: &mut Swarm<Behaviour>,
    address: Multiaddr,
) -> Result<(ListenerId, Multiaddr), NetworkError> {
    let refused = |source| NetworkError::Listen {
        address: address.clone(),
        source,
    };
    let listener = swarm
        .listen_on(address.clone())
        .map_err(|error| refused(std::io::Error::other(error)))?;
    loop {
        match swarm.select_next_some().await {
            SwarmEvent::NewListenAddr { address, .. } => return Ok((listener, address)),
            SwarmEvent::ListenerClosed { reason, .. } => {
                let ended = || std::io::ErrorKind::NotConnected.into();
                return Err(refused(reason.err().unwrap_or_else(ended)));
            }
            SwarmEvent::ListenerError { error, .. } => return Err(refused(error)),
            _ => {}
        }
    }
}

impl SwarmTask {
    pub(super) fn new(
        swarm: Swarm<Behaviour>,
        listener: ListenerId,
        peers: Arc<Peers>,
        inboxes: Inboxes,
        mut membership: watch::Receiver<Membership>,
    ) -> Self {
        let current = membership.borrow_and_update().clone();
        let own = *swarm.local_peer_id();
        let mut task = Self {
            swarm,
            listener,
            peers,
            inboxes,
            membership,
            dials: Dials::new(links(own, &current), Instant::now()),
        };
        task.allow(&current);
        task
    }

    /// Runs until the listener fails.
    pub(super) async fn run(mut self) -> NetworkError {
        loop {
            self.dial();
            let next = self.dials.next();
            tokio::select! {
                event = self.swarm.select_next_some() => {
                    if let Some(error) = self.on_event(event) {
                        return error;
                    }
                }
                // When the sender is gone, the membership stays as it is.
                Ok(()) = self.membership.changed() => self.on_membership(),
                () = sleep_until(next.unwrap_or_else(Instant::now)), if next.is_some() => {}
            }
        }
    }

    fn on_membership(&mut self) {
        let allowed = self.membership.borrow_and_update().clone();
        self.allow(&allowed);
        let own = *self.swarm.local_peer_id();
        self.dials.set_links(links(own, &allowed), Instant::now());
    }

    /// Allows these peers, and disconnects all others immediately.
    fn allow(&mut self, allowed: &[AllowedPeer]) {
        self.peers.set_allowed(allowed);
        let own = *self.swarm.local_peer_id();
        let list = &mut self.swarm.behaviour_mut().allowed;
        let removed: Vec<PeerId> = list
            .allowed_peers()
            .iter()
            .filter(|known| allowed.iter().all(|peer| peer.peer_id != **known))
            .copied()
            .collect();
        for peer in removed {
            list.disallow_peer(peer);
        }
        for peer in allowed.iter().filter(|peer| peer.peer_id != own) {
            list.allow_peer(peer.peer_id);
        }
    }

    fn dial(&mut self) {
        let now = Instant::now();
        for candidate in self.dials.due(now) {
            let dial = DialOpts::peer_id(candidate.peer)
                .addresses(candidate.endpoints.to_vec())
                // A connection that is still closing must not delay the next one.
                .condition(PeerCondition::NotDialing)
                .build();
            if let Err(error) = self.swarm.dial(dial) {
                tracing::debug!(peer = %candidate.peer, %error, "dial not started");
                self.dials.lost(candidate.peer, now);
            }
        }
    }

    fn on_event(&mut self, event: SwarmEvent<BehaviourEvent>) -> Option<NetworkError> {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Streams(reported)) => self.on_report(reported),
            SwarmEvent::ConnectionClosed {
                peer_id,
                connection_id,
                cause,
                ..
            } => {
                let cause = cause.map(|cause| cause.to_string());
                self.on_lost(peer_id, connection_id, cause.as_deref());
            }
            SwarmEvent::OutgoingConnectionError {
                peer_id: Some(peer),
                error,
                ..
            } => self.on_dial_failed(peer, &error),
            SwarmEvent::IncomingConnectionError { error, .. } => {
                tracing::debug!(%error, "incoming connection refused");
            }
            SwarmEvent::ListenerClosed {
                listener_id,
                reason,
                ..
            } if listener_id == self.listener => {
                return Some(NetworkError::ListenerEnded(reason.err()));
            }
            _ => {}
        }
        None
    }

    fn on_report(&mut self, reported: Reported) {
        let Reported {
            peer,
            connection,
            report,
        } = reported;
        match report {
            Report::Ready { dialled } => match self.peers.register(peer, connection, dialled) {
                Some(outbox) => {
                    tracing::info!(%peer, "peer connected");
                    let inbox = (self.inboxes)(peer);
                    let link = Link { outbox, inbox };
                    let streams = &mut self.swarm.behaviour_mut().streams;
                    streams.start(peer, connection, link);
                    self.dials.connected(peer, Instant::now());
                }
                None => drop(self.swarm.close_connection(connection)),
            },
            Report::Failed(cut) => {
                self.swarm.close_connection(connection);
                if cut == Cut::OtherChain {
                    tracing::warn!(%peer, "member's node belongs to another chain");
                }
                self.on_lost(peer, connection, Some(&cut.to_string()));
            }
        }
    }

    fn on_lost(&mut self, peer: PeerId, connection: ConnectionId, why: Option<&str>) {
        if self.peers.unregister(peer, connection) {
            tracing::info!(%peer, why, "peer disconnected");
        }
        if self.peers.outbox(peer).is_none() {
            self.dials.lost(peer, Instant::now());
        }
    }

    fn on_dial_failed(&mut self, peer: PeerId, error: &DialError) {
        if matches!(error, DialError::WrongPeerId { .. }) {
            tracing::warn!(%peer, %error, "endpoint of a member answered with another key");
        } else {
            tracing::debug!(%peer, %error, "dial failed");
        }
        if self.peers.outbox(peer).is_none() {
            self.dials.lost(peer, Instant::now());
        } else {
            self.dials.connected(peer, Instant::now());
        }
    }
}
