//! Splits blocks into parts, and reassembles them.
//!
//! ```text
//!   encoded block ──split──► Init │ Data … Data │ Fin ──network──► Streams::insert ──► Assembled
//! ```
//!
//! A stream belongs to the peer that sends it, and its parts arrive in order. A part out of order, above the declared
//! size or above the bounds ends the stream.

use std::collections::{BTreeMap, VecDeque};

use arc_malachitebft_app_channel::app::{
    streaming::StreamContent,
    types::{
        PeerId,
        core::Height as _,
        streaming::{StreamId, StreamMessage},
    },
};
use bytes::{Bytes, BytesMut};
use piaolian_contracts::chain::block::BLOCK_BYTES_MAX;

use super::types::{Height, ProposalFin, ProposalInit, ProposalPart};

/// Size of a data part, bytes: large enough for few frames in a block, small enough to interleave with votes.
const PART_BYTES: usize = 256 * 1024;

/// Most open streams of one peer: a proposer streams one block a round.
pub(super) const STREAMS_PER_PEER_MAX: usize = 4;

/// Most parts in a stream: enough for a full block in parts of a quarter of our size.
const PARTS_MAX: u64 = 2 + (BLOCK_BYTES_MAX / (64 * 1024)) as u64;

/// Reason why a stream was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum StreamError {
    /// A part does not follow the one before it.
    #[error("part out of order")]
    OutOfOrder,
    /// The announced or actual size exceeds the bound, or they differ.
    #[error("block of the wrong size")]
    Size,
}

/// A complete streamed block, not yet validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assembled {
    /// The peer that sent it.
    pub from: PeerId,
    /// Its first part: height, round, proposer and size.
    pub init: ProposalInit,
    /// The encoded block.
    pub block: Bytes,
    /// Its last part.
    pub fin: ProposalFin,
    /// The message that completed it, for the engine once the block is validated.
    pub last: StreamMessage<ProposalPart>,
}

/// Splits an encoded block into the messages of one stream.
pub(super) fn split_into_parts(
    init: ProposalInit,
    block: &Bytes,
    fin: ProposalFin,
) -> Vec<StreamMessage<ProposalPart>> {
    let id = stream_id(&init, &fin);
    let data = (0..block.len())
        .step_by(PART_BYTES)
        .map(|start| block.slice(start..block.len().min(start + PART_BYTES)))
        .map(ProposalPart::Data);
    std::iter::once(ProposalPart::Init(init))
        .chain(data)
        .chain(std::iter::once(ProposalPart::Fin(fin)))
        .zip(0..)
        .map(|(part, sequence)| StreamMessage::new(id.clone(), sequence, StreamContent::Data(part)))
        .collect()
}

/// Returns the stream id: height, round and the beginning of the block's hash. Unique for a proposer.
fn stream_id(init: &ProposalInit, fin: &ProposalFin) -> StreamId {
    let mut id = Vec::with_capacity(20);
    id.extend_from_slice(&init.height.as_u64().to_be_bytes());
    id.extend_from_slice(&init.round.to_be_bytes());
    id.extend_from_slice(&fin.block.0.as_bytes()[..8]);
    StreamId::new(id.into())
}

/// Returns the height in a stream id.
pub(crate) fn stream_height(id: &StreamId) -> Option<Height> {
    let bytes = id.to_bytes();
    bytes
        .first_chunk()
        .map(|height| Height::new(u64::from_be_bytes(*height)))
}

#[derive(Debug)]
struct Stream {
    init: ProposalInit,
    block: BytesMut,
    next: u64,
}

/// Open streams, oldest first within each peer.
#[derive(Debug, Default)]
pub(super) struct Streams {
    open: BTreeMap<PeerId, VecDeque<(StreamId, Stream)>>,
}

impl Streams {
    /// Adds the next part of a stream. Returns the block when it is complete.
    ///
    /// # Errors
    /// When the part does not fit; the stream is then dropped.
    pub(super) fn insert(
        &mut self,
        from: PeerId,
        message: StreamMessage<ProposalPart>,
    ) -> Result<Option<Assembled>, StreamError> {
        let StreamContent::Data(part) = &message.content else {
            return Ok(None); // a stream ends with `Fin`, which has the signature
        };
        match part {
            ProposalPart::Init(init) => {
                self.begin(from, &message, init.clone())?;
                Ok(None)
            }
            ProposalPart::Data(bytes) => {
                let bytes = bytes.clone();
                self.extend(from, &message, &bytes)?;
                Ok(None)
            }
            ProposalPart::Fin(fin) => {
                let fin = fin.clone();
                self.end(from, message, fin).map(Some)
            }
        }
    }

    fn begin(
        &mut self,
        from: PeerId,
        message: &StreamMessage<ProposalPart>,
        init: ProposalInit,
    ) -> Result<(), StreamError> {
        if message.sequence != 0 {
            return Err(StreamError::OutOfOrder);
        }
        let declared = usize::try_from(init.block_bytes).map_err(|_| StreamError::Size)?;
        if declared == 0 || declared > BLOCK_BYTES_MAX {
            return Err(StreamError::Size);
        }
        let streams = self.open.entry(from).or_default();
        streams.retain(|(id, _)| *id != message.stream_id);
        if streams.len() >= STREAMS_PER_PEER_MAX {
            streams.pop_front();
        }
        let stream = Stream {
            init,
            block: BytesMut::new(),
            next: 1,
        };
        streams.push_back((message.stream_id.clone(), stream));
        Ok(())
    }

    fn extend(
        &mut self,
        from: PeerId,
        message: &StreamMessage<ProposalPart>,
        bytes: &Bytes,
    ) -> Result<(), StreamError> {
        let mut stream = self.take(from, message)?;
        let size = stream.block.len() + bytes.len();
        if bytes.is_empty() || size as u64 > stream.init.block_bytes || stream.next >= PARTS_MAX {
            return Err(StreamError::Size);
        }
        stream.block.extend_from_slice(bytes);
        stream.next += 1;
        self.open
            .entry(from)
            .or_default()
            .push_back((message.stream_id.clone(), stream));
        Ok(())
    }

    fn end(
        &mut self,
        from: PeerId,
        last: StreamMessage<ProposalPart>,
        fin: ProposalFin,
    ) -> Result<Assembled, StreamError> {
        let stream = self.take(from, &last)?;
        if stream.block.len() as u64 != stream.init.block_bytes {
            return Err(StreamError::Size);
        }
        Ok(Assembled {
            from,
            init: stream.init,
            block: stream.block.freeze(),
            fin,
            last,
        })
    }

    /// Removes the stream that `message` continues.
    fn take(
        &mut self,
        from: PeerId,
        message: &StreamMessage<ProposalPart>,
    ) -> Result<Stream, StreamError> {
        let streams = self.open.get_mut(&from).ok_or(StreamError::OutOfOrder)?;
        let place = streams
            .iter()
            .position(|(id, _)| *id == message.stream_id)
            .ok_or(StreamError::OutOfOrder)?;
        let (_, stream) = streams.remove(place).ok_or(StreamError::OutOfOrder)?;
        if stream.next != message.sequence {
            return Err(StreamError::OutOfOrder);
        }
        Ok(stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Address, BlockId};
    use piaolian_contracts::chain;

    fn peer() -> PeerId {
        PeerId::from_bytes(&libp2p::PeerId::random().to_bytes()).unwrap()
    }

    fn stream(block: &Bytes) -> Vec<StreamMessage<ProposalPart>> {
        let init = ProposalInit {
            height: Height::new(5),
            round: 0,
            proposer: Address(chain::Address::new([7; 20])),
            block_bytes: block.len() as u64,
        };
        let fin = ProposalFin {
            block: BlockId(chain::Hash::new([9; 32])),
            signature: chain::Signature::new([1; 64]),
        };
        split_into_parts(init, block, fin)
    }

    fn block() -> Bytes {
        (0..=250_u8).cycle().take(PART_BYTES * 2 + 17).collect()
    }

    #[test]
    fn a_split_block_is_reassembled() {
        let block = block();
        let peer = peer();
        let mut streams = Streams::default();
        let mut whole = None;
        for message in stream(&block) {
            assert!(whole.is_none());
            whole = streams.insert(peer, message).unwrap();
        }
        assert_eq!(whole.unwrap().block, block);
        assert!(streams.open[&peer].is_empty());
    }

    #[test]
    fn parts_out_of_order_or_repeated_end_the_stream() {
        let messages = stream(&block());
        let peer = peer();
        for wrong in [[0, 2], [0, 0], [1, 2]] {
            let mut streams = Streams::default();
            let first = streams.insert(peer, messages[wrong[0]].clone());
            let second = streams.insert(peer, messages[wrong[1]].clone());
            let restarted = wrong == [0, 0];
            assert_eq!(first.is_err() || second.is_err(), !restarted);
        }
    }

    #[test]
    fn another_peer_cannot_continue_a_stream() {
        let messages = stream(&block());
        let mut streams = Streams::default();
        streams.insert(peer(), messages[0].clone()).unwrap();
        let other = streams.insert(peer(), messages[1].clone());
        assert_eq!(other, Err(StreamError::OutOfOrder));
    }

    #[test]
    fn a_block_above_its_declared_size_is_refused() {
        let mut messages = stream(&block());
        let StreamContent::Data(ProposalPart::Init(init)) = &mut messages[0].content else {
            unreachable!()
        };
        init.block_bytes = 10;
        let peer = peer();
        let mut streams = Streams::default();
        streams.insert(peer, messages[0].clone()).unwrap();
        assert_eq!(
            streams.insert(peer, messages[1].clone()),
            Err(StreamError::Size)
        );
    }

    #[test]
    fn a_peer_keeps_only_its_latest_streams() {
        let peer = peer();
        let mut streams = Streams::default();
        for n in 1..=10u8 {
            let block: Bytes = vec![n; 10].into();
            let mut first = stream(&block).remove(0);
            first.stream_id = StreamId::new(vec![n].into());
            streams.insert(peer, first).unwrap();
        }
        assert_eq!(streams.open[&peer].len(), STREAMS_PER_PEER_MAX);
    }
}
