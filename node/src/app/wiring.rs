//! Small adapters between parts that do not know each other.

use arc_malachitebft_app_channel::app::types::{PeerId, streaming::StreamMessage};
use bytes::Bytes;
use piaolian_consensus::{Consensus, InboundPart, types::ProposalPart};
use piaolian_contracts::{chain::Height, state::Fault};
use piaolian_ledger::ChainView;
use piaolian_network::{BlockSource, PartSink, ToEngine};
use piaolian_proto::v1;
use prost::Message as _;
use tokio::sync::mpsc;

/// Parts on their way to the application: three whole blocks of small parts.
pub(super) const PARTS_MAX: usize = 256;

/// Committed blocks for peers that catch up.
pub(super) struct StoredBlocks(pub(super) ChainView);

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

/// Takes parts from the network to the application.
pub(super) struct PartsToApp(pub(super) mpsc::Sender<InboundPart<ToEngine<Consensus>>>);

impl PartSink<Consensus> for PartsToApp {
    fn part(&self, from: PeerId, part: StreamMessage<ProposalPart>, engine: &ToEngine<Consensus>) {
        // Full: the application is behind by whole blocks. The stream is lost, and
        // the block comes again by restreaming or sync.
        if self.0.try_send((from, part, engine.clone())).is_err() {
            tracing::warn!(%from, "block part dropped, application is behind");
        }
    }
}
