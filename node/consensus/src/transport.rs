//! The network, started for consensus: with its codec, the ledger's blocks, and a queue of parts for the application.
//!
//! The network is generic over the engine's types. It is named with ours here and nowhere else, so that no other crate
//! compiles it anew.

use std::sync::Arc;

use arc_malachitebft_app_channel::app::types::{PeerId, streaming::StreamMessage};
use bytes::Bytes;
use futures::future::BoxFuture;
use piaolian_contracts::{chain::Height, state::Fault};
use piaolian_ledger::ChainView;
use piaolian_network::{
    self as network, AttachmentSource, BlockSource, Membership, Network, NetworkConfig,
    NetworkError, PartSink, ToEngine,
};
use piaolian_proto::v1;
use prost::Message as _;
use tokio::sync::{mpsc, watch};

use crate::{ProtobufCodec, context::Consensus, inbound::InboundPart, types::ProposalPart};

/// Most parts that wait for the application: three whole blocks of small parts.
const PARTS_MAX: usize = 256;

/// The network, and the parts of proposals that it receives for the application.
pub type Transport = (Network<Consensus>, mpsc::Receiver<InboundPart>);

/// Starts the network. Returns it with the parts that it receives for the application.
///
/// # Errors
/// When the address cannot be listened on, or the key is unusable.
pub fn start(
    config: NetworkConfig,
    members: watch::Receiver<Membership>,
    chain: ChainView,
    attachments: Arc<dyn AttachmentSource>,
) -> BoxFuture<'static, Result<Transport, NetworkError>> {
    Box::pin(async move {
        let (to_app, parts) = mpsc::channel(PARTS_MAX);
        let blocks = Arc::new(StoredBlocks(chain));
        let sink = Arc::new(PartsToApp(to_app));
        let codec = ProtobufCodec;
        let network = network::spawn(config, members, blocks, attachments, sink, codec).await?;
        Ok((network, parts))
    })
}

/// Committed blocks for peers that catch up.
struct StoredBlocks(ChainView);

impl BlockSource for StoredBlocks {
    fn decided(&self, height: u64) -> Result<Option<Bytes>, Fault> {
        let height = Height::new(height);
        let certificate = self
            .0
            .certificate(height)
            .map_err(|error| Fault(error.into()))?;
        let Some(certificate) = certificate else {
            return Ok(None);
        };
        let block = self.0.block(height).map_err(|error| Fault(error.into()))?;
        Ok(block.map(|block| {
            let certificate = Some((&certificate).into());
            v1::DecidedBlock { block, certificate }
                .encode_to_vec()
                .into()
        }))
    }

    fn tip(&self) -> u64 {
        self.0.tip().height.get()
    }

    /// Every block is kept.
    fn min_height(&self) -> u64 {
        1
    }
}

/// Passes parts from the network to the application.
struct PartsToApp(mpsc::Sender<InboundPart>);

impl PartSink<Consensus> for PartsToApp {
    fn part(&self, from: PeerId, part: StreamMessage<ProposalPart>, engine: &ToEngine<Consensus>) {
        // Full: the application is behind by whole blocks. The stream is lost, and
        // the block comes again by restreaming or sync.
        if self.0.try_send((from, part, engine.clone())).is_err() {
            tracing::warn!(%from, "block part dropped, application is behind");
        }
    }
}
