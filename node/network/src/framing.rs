//! Reads and writes frames on one substream. Both sides are polled.
//!
//! ```text
//!   bytes ──► length (checked against the class's bound) ──► kind ‖ body ──► next length …
//! ```
//!
//! The reader allocates memory for the bytes that have arrived, never for the length that a peer announces.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes, BytesMut};
use futures::{AsyncRead, AsyncWrite};

use super::{
    frame::{Frame, LENGTH_BYTES},
    outbox::Cut,
};

/// Bytes read from the stream at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// Reads frames of one class.
#[derive(Debug)]
pub(super) struct FrameReader<S> {
    stream: S,
    frame_bytes_max: usize,
    length: [u8; LENGTH_BYTES],
    length_filled: usize,
    content: BytesMut,
    content_filled: usize,
}

impl<S: AsyncRead + Unpin> FrameReader<S> {
    pub(super) fn new(stream: S, frame_bytes_max: usize) -> Self {
        Self {
            stream,
            frame_bytes_max,
            length: [0; LENGTH_BYTES],
            length_filled: 0,
            content: BytesMut::new(),
            content_filled: 0,
        }
    }

    /// Reads the kind and body of the next frame.
    pub(super) fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, Cut>> {
        while self.length_filled < LENGTH_BYTES {
            let stream = Pin::new(&mut self.stream);
            let read = ready!(stream.poll_read(cx, &mut self.length[self.length_filled..]));
            self.length_filled += arrived(read)?;
        }

        let length = u32::from_be_bytes(self.length) as usize;
        if length == 0 {
            return Poll::Ready(Err(Cut::Malformed("empty frame")));
        }
        if length > self.frame_bytes_max {
            return Poll::Ready(Err(Cut::Oversized));
        }

        while self.content_filled < length {
            let end = length.min(self.content_filled + CHUNK_BYTES);
            if self.content.len() < end {
                self.content.resize(end, 0);
            }
            let stream = Pin::new(&mut self.stream);
            let read = ready!(stream.poll_read(cx, &mut self.content[self.content_filled..end]));
            self.content_filled += arrived(read)?;
        }

        self.length_filled = 0;
        self.content_filled = 0;
        Poll::Ready(Ok(std::mem::take(&mut self.content).freeze()))
    }
}

/// Checks the result of a read or write. Streams live as long as their connection, so an end at any position is a
/// fault of the peer or the end of the connection.
fn arrived(read: io::Result<usize>) -> Result<usize, Cut> {
    match read {
        Ok(0) => Err(Cut::StreamEnded),
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(Cut::Stream(error.kind())),
    }
}

/// Writes frames of one class.
#[derive(Debug)]
pub(super) struct FrameWriter<S> {
    stream: S,
    unsent: Bytes,
    unflushed: bool,
}

impl<S: AsyncWrite + Unpin> FrameWriter<S> {
    pub(super) fn new(stream: S) -> Self {
        Self {
            stream,
            unsent: Bytes::new(),
            unflushed: false,
        }
    }

    /// Writes the frames from `next` until there is no further one or the stream accepts no more.
    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        mut next: impl FnMut() -> Option<Frame>,
    ) -> Result<(), Cut> {
        loop {
            if self.unsent.is_empty() {
                match next() {
                    Some(frame) => self.unsent = frame.into_encoded(),
                    None => return self.flush(cx),
                }
            }
            match Pin::new(&mut self.stream).poll_write(cx, &self.unsent) {
                Poll::Pending => return Ok(()),
                Poll::Ready(written) => {
                    self.unsent.advance(arrived(written)?);
                    self.unflushed = true;
                }
            }
        }
    }

    fn flush(&mut self, cx: &mut Context<'_>) -> Result<(), Cut> {
        if self.unflushed {
            match Pin::new(&mut self.stream).poll_flush(cx) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => self.unflushed = false,
                Poll::Ready(Err(error)) => return Err(Cut::Stream(error.kind())),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use futures::io::Cursor;

    use super::*;
    use crate::frame::Kind;

    const BOUND: usize = 1_000_000;

    fn read_all(bytes: &[u8]) -> (Vec<Bytes>, Cut) {
        let mut reader = FrameReader::new(Cursor::new(bytes), BOUND);
        let mut frames = Vec::new();
        loop {
            match reader.poll_frame(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(Ok(frame)) => frames.push(frame),
                Poll::Ready(Err(cut)) => return (frames, cut),
                Poll::Pending => unreachable!("a cursor never waits"),
            }
        }
    }

    fn written(bodies: &[usize]) -> Vec<u8> {
        let mut frames = bodies
            .iter()
            .map(|bytes| Frame::new(Kind::Response, &[&vec![7; *bytes]]).unwrap());
        let mut writer = FrameWriter::new(Cursor::new(Vec::new()));
        let mut cx = Context::from_waker(Waker::noop());
        writer.poll_write(&mut cx, || frames.next()).unwrap();
        writer.stream.into_inner()
    }

    #[test]
    fn frames_read_back_as_they_were_written() {
        let (frames, end) = read_all(&written(&[0, 3, 200_000]));
        let lengths: Vec<_> = frames.iter().map(|frame| frame.len() - 1).collect();
        assert_eq!(lengths, [0, 3, 200_000]);
        assert_eq!(end, Cut::StreamEnded);
    }

    #[test]
    fn a_truncated_frame_is_an_end_at_every_cut() {
        let bytes = written(&[3]);
        for cut in 0..bytes.len() {
            assert_eq!(read_all(&bytes[..cut]), (vec![], Cut::StreamEnded));
        }
    }

    #[test]
    fn a_length_above_the_bound_is_refused_before_memory_is_allocated() {
        let mut bytes = u32::MAX.to_be_bytes().to_vec();
        bytes.extend([0; 10]);
        let mut reader = FrameReader::new(Cursor::new(bytes), BOUND);
        let frame = reader.poll_frame(&mut Context::from_waker(Waker::noop()));
        assert_eq!(frame, Poll::Ready(Err(Cut::Oversized)));
        assert_eq!(reader.content.capacity(), 0);
    }

    #[test]
    fn memory_is_allocated_for_arrived_bytes_only() {
        let mut bytes = u32::try_from(BOUND).unwrap().to_be_bytes().to_vec();
        bytes.extend([0; 10]);
        let mut reader = FrameReader::new(Cursor::new(bytes), BOUND);
        let frame = reader.poll_frame(&mut Context::from_waker(Waker::noop()));
        assert_eq!(frame, Poll::Ready(Err(Cut::StreamEnded)));
        assert!(reader.content.capacity() <= 2 * CHUNK_BYTES);
    }

    #[test]
    fn an_empty_frame_is_malformed() {
        assert_eq!(read_all(&[0; 4]).1, Cut::Malformed("empty frame"));
    }
}
