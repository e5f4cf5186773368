//! This node's last consensus frames, repeated to a peer that connects.
//!
//! A vote is sent once. A peer that was disconnected misses it, and the engine rebroadcasts only after a timeout: in
//! measurements, a height then stalled for 5 to 11 s. The frames are therefore repeated to a peer that connects.

use std::collections::VecDeque;

use bytes::Bytes;

use super::frame::Frame;

/// Most consensus frames kept: a few for each round, so enough for many rounds of two heights.
const FRAMES_MAX: usize = 64;

/// Most bytes of parts kept: one block of 4 MiB with its framing.
const PARTS_BYTES_MAX: usize = 5 * 1024 * 1024;

/// This node's last frames.
#[derive(Debug, Default)]
pub(super) struct Sent {
    consensus: VecDeque<(u64, Frame)>,
    parts: Option<Parts>,
}

#[derive(Debug)]
struct Parts {
    stream: Bytes,
    height: u64,
    bytes: usize,
    frames: Vec<Frame>,
}

impl Sent {
    /// Keeps a vote or proposal of this node.
    pub(super) fn consensus(&mut self, height: u64, frame: Frame) {
        self.consensus.push_back((height, frame));
        if self.consensus.len() > FRAMES_MAX {
            self.consensus.pop_front();
        }
    }

    /// Keeps a part of this node; a new stream replaces the last one.
    pub(super) fn part(&mut self, stream: Bytes, height: u64, frame: Frame) {
        let parts = match &mut self.parts {
            Some(parts) if parts.stream == stream => parts,
            other => other.insert(Parts {
                stream,
                height,
                bytes: 0,
                frames: Vec::new(),
            }),
        };
        parts.bytes += frame.len();
        if parts.bytes <= PARTS_BYTES_MAX {
            parts.frames.push(frame);
        }
    }

    /// Drops the frames that no peer needs once `height` has started. Keeps votes of the previous height, because a
    /// peer may not have decided it yet.
    pub(super) fn started(&mut self, height: u64) {
        self.consensus.retain(|(of, _)| of + 1 >= height);
        self.parts.take_if(|parts| parts.height < height);
    }

    /// Returns the frames to repeat to a validator that connects, in order.
    pub(super) fn frames(&self) -> impl Iterator<Item = &Frame> {
        let consensus = self.consensus.iter().map(|(_, frame)| frame);
        consensus.chain(self.parts.iter().flat_map(|parts| &parts.frames))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::Kind;

    fn frame(kind: Kind, tag: u8) -> Frame {
        Frame::new(kind, &[&[tag]]).unwrap()
    }

    fn tags(sent: &Sent) -> Vec<u8> {
        sent.frames()
            .map(|frame| *frame.clone().into_encoded().last().unwrap())
            .collect()
    }

    #[test]
    fn the_last_stream_and_the_votes_of_two_heights_are_kept() {
        let mut sent = Sent::default();
        for height in 1..=3 {
            let tag = u8::try_from(height).unwrap();
            sent.consensus(height, frame(Kind::Consensus, tag));
            sent.part(vec![tag].into(), height, frame(Kind::Part, 10 + tag));
            sent.part(vec![tag].into(), height, frame(Kind::Part, 20 + tag));
        }
        sent.started(3);
        assert_eq!(tags(&sent), [2, 3, 13, 23]);
        sent.started(4);
        assert_eq!(tags(&sent), [3]);
    }

    #[test]
    fn the_number_of_kept_votes_is_bounded() {
        let mut sent = Sent::default();
        for tag in 0..=u8::MAX {
            sent.consensus(1, frame(Kind::Consensus, tag));
        }
        assert_eq!(sent.frames().count(), FRAMES_MAX);
        assert_eq!(tags(&sent).last(), Some(&u8::MAX));
    }
}
