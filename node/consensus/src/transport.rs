//! The network, started for consensus: with its codec, and a queue of parts for the application.
//!
//! The network is generic over the engine's types. Only this module instantiates it with the chain's types, so that no
//! other crate compiles it again.

use std::sync::Arc;

use arc_malachitebft_app_channel::app::types::{PeerId, streaming::StreamMessage};
use futures::future::BoxFuture;
use piaolian_network::{
    self as network, AttachmentSource, BlockSource, Membership, Network, NetworkConfig,
    NetworkError, PartSink, ToEngine,
};
use tokio::sync::{mpsc, watch};

use crate::{ProtobufCodec, context::EngineTypes, inbound::InboundPart, types::ProposalPart};

/// Most parts that wait for the application: three whole blocks of small parts.
const PARTS_MAX: usize = 256;

/// The network, and the parts of proposals that it receives for the application.
pub type Transport = (Network<EngineTypes>, mpsc::Receiver<InboundPart>);

/// Starts the network. Returns it with the parts that it receives for the application.
///
/// # Errors
/// When the address cannot be listened on, or the key is unusable.
#[must_use]
pub fn start(
    config: NetworkConfig,
    membership: watch::Receiver<Membership>,
    blocks: Arc<dyn BlockSource>,
    attachments: Arc<dyn AttachmentSource>,
) -> BoxFuture<'static, Result<Transport, NetworkError>> {
    Box::pin(async move {
        let (to_app, parts) = mpsc::channel(PARTS_MAX);
        let sink = Arc::new(PartsToApp(to_app));
        let codec = ProtobufCodec;
        let network = network::spawn(config, membership, blocks, attachments, sink, codec).await?;
        Ok((network, parts))
    })
}

/// Passes parts from the network to the application.
struct PartsToApp(mpsc::Sender<InboundPart>);

impl PartSink<EngineTypes> for PartsToApp {
    fn part(
        &self,
        from: PeerId,
        part: StreamMessage<ProposalPart>,
        engine: &ToEngine<EngineTypes>,
    ) {
        // Full: the application is behind by whole blocks. The stream is lost, and
        // the block comes again by restreaming or sync.
        if self.0.try_send((from, part, engine.clone())).is_err() {
            tracing::warn!(%from, "block part dropped, application is behind");
        }
    }
}
