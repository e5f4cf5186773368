//! The actor through which the engine uses the network.
//!
//! ```text
//!   engine ──► Msg ──► Core            never blocks, never fails, always answers
//! ```

use std::sync::Arc;

use arc_malachitebft_app_channel::app::{
    engine::network::{Msg, PersistentPeerError},
    types::{
        core::{Context, Height},
        sync::Request,
    },
};
use arc_malachitebft_sync::OutboundRequestId;
use async_trait::async_trait;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::watch;

use super::core::{Core, NetworkCodec};

/// Receives the engine's network messages and passes them to [`Core`].
pub(super) struct NetworkActor<Ctx: Context, C> {
    core: Arc<Core<Ctx, C>>,
    stop: watch::Sender<bool>,
}

impl<Ctx: Context, C: NetworkCodec<Ctx>> NetworkActor<Ctx, C> {
    pub(super) fn new(core: Arc<Core<Ctx, C>>, stop: watch::Sender<bool>) -> Self {
        Self { core, stop }
    }

    fn take(&self, message: Msg<Ctx>) {
        let core = &self.core;
        match message {
            Msg::Subscribe(subscriber) => core.subscribe(subscriber),
            Msg::PublishConsensusMsg(message) => core.publish_consensus(&message),
            Msg::PublishLivenessMsg(message) => core.publish_liveness(&message),
            Msg::PublishProposalPart(part) => core.publish_part(&part),
            Msg::BroadcastStatus(status) => core.broadcast_status(&status),
            Msg::OutgoingRequest(peer, Request::ValueRequest(request), reply) => {
                // Reply immediately in every case. The engine waits for the id without a timeout, and a node
                // whose request is never acknowledged never catches up.
                let id = core.requests.next_id();
                if reply.send(OutboundRequestId::new(id)).is_ok() {
                    let (from, to) = request.range.into_inner();
                    core.request(id, peer, from.as_u64()..=to.as_u64());
                }
            }
            Msg::CancelRequest(id) => {
                if let Ok(id) = id.to_string().parse() {
                    core.requests.cancel(id);
                }
            }
            // The engine signals the start of a height only by this message.
            Msg::UpdateValidatorSet(_) => core.height_started(),
            Msg::DumpState(reply) => {
                // The node's own status query lists the peers.
                let _ = reply.send(None);
            }
            Msg::UpdatePersistentPeers(_, reply) => {
                let refusal = "peers are the members of the committed state".to_owned();
                let _ = reply.send(Err(PersistentPeerError::InternalError(refusal)));
            }
            // Answers to events that this network never emits: requests are served from the store, and a peer's
            // identity follows from its key.
            Msg::OutgoingResponse(..)
            | Msg::CancelInboundRequest(_)
            | Msg::ValidatorProofVerified { .. }
            | Msg::NewEvent(_) => {}
        }
    }
}

#[async_trait]
impl<Ctx: Context, C: NetworkCodec<Ctx>> Actor for NetworkActor<Ctx, C> {
    type Msg = Msg<Ctx>;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Msg<Ctx>>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    /// Never returns an error, because on an error the engine would stop and the process would exit with code 0.
    async fn handle(
        &self,
        _: ActorRef<Msg<Ctx>>,
        message: Msg<Ctx>,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        self.take(message);
        Ok(())
    }

    async fn post_stop(
        &self,
        _: ActorRef<Msg<Ctx>>,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        self.stop.send_replace(true);
        Ok(())
    }
}
