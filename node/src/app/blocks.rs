//! Committed blocks for peers that catch up.

use bytes::Bytes;
use piaolian_contracts::{chain::Height, state::Fault};
use piaolian_ledger::ChainView;
use piaolian_network::BlockSource;
use piaolian_proto::v1::DecidedBlock;
use prost::Message as _;

/// The blocks of the store, with their certificates.
pub(super) struct StoredBlocks(pub(super) ChainView);

impl BlockSource for StoredBlocks {
    fn decided(&self, height: u64) -> Result<Option<Bytes>, Fault> {
        let height = Height::new(height);
        let Some(certificate) = self.0.certificate(height)? else {
            return Ok(None);
        };
        let block = self.0.block(height)?;
        Ok(block.map(|block| {
            let certificate = Some((&certificate).into());
            DecidedBlock { block, certificate }.encode_to_vec().into()
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
