//! Checks the order of one peer's proposal parts.
//!
//! A peer's parts arrive over one byte stream, so they are in order unless the peer sends them out of order. A part that
//! is not the next of its stream is a repetition, or follows a dropped one. In both cases it is useless.

use std::collections::VecDeque;

use arc_malachitebft_app_channel::app::{
    streaming::StreamMessage,
    types::core::{Context, ProposalPart},
};
use bytes::Bytes;

/// Open streams of one peer: it proposes one block a round, and may restream another's.
const STREAMS_MAX: usize = 4;

/// Most bytes of one stream: a block of 4 MiB with its framing.
const STREAM_BYTES_MAX: usize = 5 * 1024 * 1024;

/// Whether this is the last part of its stream.
pub(super) fn is_last<Ctx: Context>(part: &StreamMessage<Ctx::ProposalPart>) -> bool {
    part.content.as_data().is_none_or(ProposalPart::is_last)
}

/// Position of a part in its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Next,
    Repeated,
}

/// The open streams of one peer.
#[derive(Debug, Default)]
pub(super) struct Streams(VecDeque<Open>);

#[derive(Debug)]
struct Open {
    stream: Bytes,
    next: u64,
    bytes: usize,
}

impl Streams {
    /// Determines the position of a part. A first part opens its stream, also when it is open already: a proposal may
    /// be streamed again in a later round. The last part closes it.
    ///
    /// # Errors
    /// When the stream is longer than any block.
    pub(super) fn place(
        &mut self,
        stream: &Bytes,
        sequence: u64,
        bytes: usize,
        last: bool,
    ) -> Result<Place, &'static str> {
        if sequence == 0 {
            self.forget(stream);
            if self.0.len() == STREAMS_MAX {
                self.0.pop_front();
            }
            self.0.push_back(Open {
                stream: stream.clone(),
                next: 0,
                bytes: 0,
            });
        }
        let known = self.0.iter_mut().find(|open| open.stream == stream);
        let Some(open) = known.filter(|open| open.next == sequence) else {
            return Ok(Place::Repeated);
        };
        open.next += 1;
        open.bytes += bytes;
        if open.bytes > STREAM_BYTES_MAX {
            return Err("stream longer than any block");
        }
        if last {
            self.forget(stream);
        }
        Ok(Place::Next)
    }

    /// Ignores the remaining parts of a stream.
    pub(super) fn forget(&mut self, stream: &Bytes) {
        self.0.retain(|open| open.stream != stream);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: Bytes = Bytes::from_static(b"a");
    const B: Bytes = Bytes::from_static(b"b");

    #[test]
    fn parts_pass_in_order_and_once() {
        let mut streams = Streams::default();
        let mut place = |stream, sequence, last| streams.place(&stream, sequence, 1, last).unwrap();
        assert_eq!(place(A, 0, false), Place::Next);
        assert_eq!(place(B, 0, false), Place::Next);
        assert_eq!(place(A, 1, false), Place::Next);
        assert_eq!(place(A, 1, false), Place::Repeated);
        assert_eq!(place(A, 3, true), Place::Repeated);
        assert_eq!(place(A, 2, true), Place::Next);
        assert_eq!(place(A, 2, true), Place::Repeated);
        assert_eq!(place(B, 1, false), Place::Next);
    }

    #[test]
    fn a_stream_may_come_again_from_its_start() {
        let mut streams = Streams::default();
        for _ in 0..3 {
            for sequence in 0..3 {
                let placed = streams.place(&A, sequence, 1, sequence == 2);
                assert_eq!(placed, Ok(Place::Next));
            }
        }
    }

    #[test]
    fn streams_are_bounded_in_number_and_bytes() {
        let mut streams = Streams::default();
        for stream in 0..100_u8 {
            let stream = Bytes::from(vec![stream]);
            streams.place(&stream, 0, 1, false).unwrap();
        }
        assert_eq!(streams.0.len(), STREAMS_MAX);
        assert!(streams.place(&A, 0, STREAM_BYTES_MAX, false).is_ok());
        assert!(streams.place(&A, 1, 1, false).is_err());
    }
}
