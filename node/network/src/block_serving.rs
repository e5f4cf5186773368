//! Serves committed blocks to peers from the store, without the engine.
//!
//! ```text
//!   request ──► a task of its own ──► blocks from the first height on ──► response
//! ```
//!
//! The engine would ask its application and wait for the answer inside the actor that also runs consensus. Served
//! here, a node that catches up cannot delay a vote.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use piaolian_contracts::state::Fault;
use piaolian_proto::v1::{SyncRequest, SyncResponse};
use prost::{
    Message,
    encoding::{WireType, encode_key, encode_varint, encoded_len_varint, key_len},
};
use tokio::sync::mpsc;

use super::{
    frame::Kind,
    outbox::Outbox,
    serving::{Serving, Waiting},
};

/// Most blocks in one response; its bytes are bounded separately.
const BLOCKS_MAX: u64 = 64;

/// A response takes no further block after this many bytes. Below the engine's default bound of 10 MiB and above any
/// single block.
const RESPONSE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The decided blocks of this node.
pub trait BlockSource: Send + Sync + 'static {
    /// Returns the decided block of a height as an encoded `piaolian.v1.DecidedBlock`, if this node has it. Called
    /// where blocking is allowed.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn decided(&self, height: u64) -> Result<Option<Bytes>, Fault>;

    /// Returns the last committed height, 0 before the first. Must not block.
    fn tip(&self) -> u64;

    /// Returns the lowest height that `decided` still has. Must not block.
    fn min_height(&self) -> u64;
}

/// Reads blocks for peers.
#[derive(Clone)]
pub(super) struct Blocks {
    source: Arc<dyn BlockSource>,
    serving: Serving,
}

impl Blocks {
    pub(super) fn new(source: Arc<dyn BlockSource>, faults: mpsc::Sender<Fault>) -> Self {
        Self {
            source,
            serving: Serving::new(Kind::Response, faults),
        }
    }

    pub(super) fn tip(&self) -> u64 {
        self.source.tip()
    }

    pub(super) fn min_height(&self) -> u64 {
        self.source.min_height()
    }

    /// Queues a request to be answered. Returns `false` when the peer has too many requests open.
    pub(super) fn serve(
        &self,
        id: u64,
        request: SyncRequest,
        outbox: Arc<Outbox>,
        waiting: &Waiting,
    ) -> bool {
        let source = self.source.clone();
        let read = move || response(source.as_ref(), &request);
        self.serving.serve(id, outbox, waiting, read)
    }

    /// Reads the decided block of a height on a blocking thread.
    pub(super) async fn decided(&self, height: u64) -> Option<Bytes> {
        let source = self.source.clone();
        let read = move || source.decided(height);
        self.serving.read(read).await.flatten()
    }
}

/// Encodes the `SyncResponse` to a request: the consecutive blocks from its first height on; no block when the first
/// is missing.
fn response(source: &dyn BlockSource, request: &SyncRequest) -> Result<Bytes, Fault> {
    let from = request.from_height;
    let to = request
        .to_height
        .min(source.tip())
        .min(from.saturating_add(BLOCKS_MAX - 1));
    let mut blocks = Vec::new();
    let mut bytes = 0;
    if from >= source.min_height() {
        for height in from..=to {
            let Some(block) = source.decided(height)? else {
                break;
            };
            if !blocks.is_empty() && bytes + block.len() > RESPONSE_BYTES_MAX {
                break;
            }
            bytes += block.len();
            blocks.push(block);
        }
    }
    Ok(encode_response(from, &blocks))
}

/// Encodes a `SyncResponse` around encoded blocks.
pub(super) fn encode_response(from_height: u64, blocks: &[Bytes]) -> Bytes {
    const BLOCKS_FIELD: u32 = 2;
    let head = SyncResponse {
        from_height,
        blocks: Vec::new(),
    };
    let lengths = blocks
        .iter()
        .map(|block| key_len(BLOCKS_FIELD) + encoded_len_varint(block.len() as u64) + block.len());
    let mut encoded = BytesMut::with_capacity(head.encoded_len() + lengths.sum::<usize>());
    encoded.extend_from_slice(&head.encode_to_vec());
    for block in blocks {
        encode_key(BLOCKS_FIELD, WireType::LengthDelimited, &mut encoded);
        encode_varint(block.len() as u64, &mut encoded);
        encoded.extend_from_slice(block);
    }
    encoded.freeze()
}

#[cfg(test)]
mod tests {
    use piaolian_proto::v1::DecidedBlock;

    use super::*;

    struct Chain {
        min: u64,
        tip: u64,
        block_bytes: usize,
    }

    impl BlockSource for Chain {
        fn decided(&self, height: u64) -> Result<Option<Bytes>, Fault> {
            let held = (self.min..=self.tip).contains(&height);
            Ok(held.then(|| decided(height, self.block_bytes)))
        }

        fn tip(&self) -> u64 {
            self.tip
        }

        fn min_height(&self) -> u64 {
            self.min
        }
    }

    fn decided(height: u64, bytes: usize) -> Bytes {
        let mut block = vec![0; bytes];
        block[..8].copy_from_slice(&height.to_be_bytes());
        let decided = DecidedBlock {
            block: block.into(),
            certificate: None,
        };
        decided.encode_to_vec().into()
    }

    fn ask(chain: &Chain, from_height: u64, to_height: u64) -> Vec<u64> {
        let request = SyncRequest {
            from_height,
            to_height,
        };
        let answer = SyncResponse::decode(response(chain, &request).unwrap()).unwrap();
        assert_eq!(answer.from_height, from_height);
        let height = |block: &DecidedBlock| u64::from_be_bytes(*block.block.first_chunk().unwrap());
        answer.blocks.iter().map(height).collect()
    }

    const SMALL: Chain = Chain {
        min: 5,
        tip: 9,
        block_bytes: 8,
    };

    #[test]
    fn a_response_has_the_blocks_that_exist() {
        assert_eq!(ask(&SMALL, 5, 7), [5, 6, 7]);
        assert_eq!(ask(&SMALL, 8, u64::MAX), [8, 9]);
    }

    #[test]
    fn a_request_for_missing_blocks_gets_an_empty_response() {
        for (from, to) in [(4, 6), (10, 12), (7, 6), (u64::MAX, u64::MAX), (0, 0)] {
            assert!(ask(&SMALL, from, to).is_empty(), "{from} to {to}");
        }
    }

    #[test]
    fn a_response_is_bounded_in_blocks_and_bytes() {
        let long = Chain {
            tip: 1_000,
            ..SMALL
        };
        assert_eq!(ask(&long, 5, 1_000).len() as u64, BLOCKS_MAX);

        let heavy = Chain {
            block_bytes: 3 * 1024 * 1024,
            ..SMALL
        };
        assert_eq!(ask(&heavy, 5, 9), [5, 6]);
    }
}
