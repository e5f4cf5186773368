//! The libp2p behaviours that the swarm runs on every connection.
//!
//! ```text
//!   allowed ──► limits ──► ping ──► streams
//!   the first denies a stranger before any protocol of the others is offered
//! ```

use std::{
    collections::VecDeque,
    task::{Context, Poll, Waker},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    ping,
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NotifyHandler, THandler,
        THandlerInEvent, THandlerOutEvent, ToSwarm,
    },
};
use libp2p_allow_block_list::{self as allow_block_list, AllowedPeers};
use libp2p_connection_limits::{self as connection_limits, ConnectionLimits};

use super::{
    handler::{Handler, Link, Report},
    limits::Limits,
    protocol::Protocols,
};

/// Connections of one peer at the same time: the one in use, and the one that replaces it when the peer reconnects
/// before this node has noticed the loss of the first.
const CONNECTIONS_PER_PEER: u32 = 2;

/// The behaviours of a node. Their order matters: each connection is offered to them in turn, and the first refusal
/// ends it.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    pub(super) allowed: allow_block_list::Behaviour<AllowedPeers>,
    limits: connection_limits::Behaviour,
    /// Keeps live connections from being silent; `transport` detects the dead ones.
    ping: ping::Behaviour,
    pub(super) streams: Streams,
}

impl Behaviour {
    pub(super) fn new(protocols: Protocols, limits: Limits) -> Self {
        let connections = ConnectionLimits::default()
            .with_max_established(Some(limits.connections_max))
            .with_max_established_per_peer(Some(CONNECTIONS_PER_PEER));
        let ping = ping::Config::new()
            .with_interval(limits.ping_interval)
            .with_timeout(limits.silence_max);
        Self {
            allowed: allow_block_list::Behaviour::default(),
            limits: connection_limits::Behaviour::new(connections),
            ping: ping::Behaviour::new(ping),
            streams: Streams::new(protocols, limits),
        }
    }
}

/// Gives every connection a [`Handler`] and forwards its reports.
pub(super) struct Streams {
    protocols: Protocols,
    limits: Limits,
    actions: VecDeque<ToSwarm<Reported, Link>>,
    waker: Option<Waker>,
}

/// The report of a connection.
#[derive(Debug)]
pub(super) struct Reported {
    pub(super) peer: PeerId,
    pub(super) connection: ConnectionId,
    pub(super) report: Report,
}

impl Streams {
    fn new(protocols: Protocols, limits: Limits) -> Self {
        Self {
            protocols,
            limits,
            actions: VecDeque::new(),
            waker: None,
        }
    }

    /// Starts frames on a connection that has reported [`Report::Ready`].
    pub(super) fn start(&mut self, peer_id: PeerId, connection: ConnectionId, link: Link) {
        self.act(ToSwarm::NotifyHandler {
            peer_id,
            handler: NotifyHandler::One(connection),
            event: link,
        });
    }

    fn act(&mut self, action: ToSwarm<Reported, Link>) {
        self.actions.push_back(action);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn handler(&self, dialled: bool) -> Handler {
        Handler::new(self.protocols.clone(), self.limits, dialled)
    }
}

impl NetworkBehaviour for Streams {
    type ConnectionHandler = Handler;
    type ToSwarm = Reported;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(false))
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(self.handler(true))
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        report: THandlerOutEvent<Self>,
    ) {
        self.act(ToSwarm::GenerateEvent(Reported {
            peer,
            connection,
            report,
        }));
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        if let Some(action) = self.actions.pop_front() {
            return Poll::Ready(action);
        }
        self.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}
