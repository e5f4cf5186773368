//! Entry point of the fuzz target `frame`, compiled with `--cfg fuzzing` only.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use piaolian_proto::v1::{SyncRequest, SyncStatus};
use prost::Message;

use super::{
    attachments,
    frame::{Class, Frame, Kind, parse, split_u64},
    framing::FrameReader,
    transaction_relay,
};

/// Reads the frames of a substream until one is rejected or the stream ends, and decodes each body.
///
/// The first byte of `data` chooses the class, the rest is what the peer sent.
///
/// # Panics
/// If a frame that was read does not encode to the bytes that it was read from.
pub fn read_frames(data: &[u8]) {
    let Some((first, stream)) = data.split_first() else {
        return;
    };
    let class = Class::ALL[usize::from(*first) % Class::ALL.len()];
    let mut reader = pin!(FrameReader::new(stream, class.frame_bytes_max()));
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Ok(content)) = reader.poll_frame(&mut context) {
        let Some((kind, body)) = parse(class, content.clone()) else {
            return;
        };
        let frame = Frame::new(kind, &[&body]).expect("a frame that was read is within its bound");
        assert!(frame.into_encoded().ends_with(&content));
        decode(kind, body);
    }
}

/// Decodes a body as far as the network does by itself. The engine's messages are the codec's.
fn decode(kind: Kind, body: Bytes) {
    match kind {
        Kind::Consensus | Kind::Liveness | Kind::Part | Kind::Follow => {}
        Kind::Status => drop(SyncStatus::decode(body)),
        Kind::Request => drop(split_u64(body).map(|(_, request)| SyncRequest::decode(request))),
        Kind::Response | Kind::Decided => drop(split_u64(body)),
        Kind::Transactions => drop(transaction_relay::parse(&body)),
        Kind::AttachmentRequest => {
            drop(split_u64(body).map(|(_, request)| attachments::parse_request(request)));
        }
        Kind::AttachmentResponse => {
            let asked = attachments::ATTACHMENTS_ASKED_MAX;
            drop(split_u64(body).map(|(_, response)| attachments::parse_response(response, asked)));
        }
    }
}
