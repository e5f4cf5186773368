//! Serves attachments to peers from this node's store.
//!
//! ```text
//!   request ──► 1 to 64 hashes? ──► a task of its own ──► the attachments that are here, as many as fit
//!                 no: disconnect
//! ```
//!
//! An attachment is opaque bytes, named by a hash. The requester checks the bytes against the hash; its side is
//! `fetches`.

use std::sync::Arc;

use bytes::{Buf, Bytes};
use piaolian_contracts::state::Fault;
use piaolian_proto::v1::{AttachmentRequest, AttachmentResponse};
use prost::{
    Message,
    encoding::{self, DecodeContext, decode_key, skip_field},
};
use tokio::sync::mpsc;

use super::{
    frame::{Class, Kind},
    outbox::Outbox,
    serving::{Serving, Waiting},
};

/// Largest attachment, in bytes: 9 MiB of details, encrypted.
pub const ATTACHMENT_BYTES_MAX: usize = 9 * 1024 * 1024 + 4 * 1024;

/// Most hashes in one request.
pub const ATTACHMENTS_ASKED_MAX: usize = 64;

/// Largest request before decoding, in bytes; above the size of all hashes. Without this bound, empty hashes would
/// take more memory than bytes on the wire.
const REQUEST_BYTES_MAX: usize = 4 * 1024;

/// A response takes no further attachment after this many bytes.
const RESPONSE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Number of the only field of `AttachmentResponse`.
const ATTACHMENTS_FIELD: u32 = 1;

const _: () = {
    let number_and_lengths = 16 * ATTACHMENTS_ASKED_MAX;
    assert!(ATTACHMENT_BYTES_MAX + number_and_lengths < Class::Attachments.frame_bytes_max());
};

/// The attachments that this node stores.
pub trait AttachmentSource: Send + Sync + 'static {
    /// Returns the attachment with this hash if this node has it: never empty, and at most [`ATTACHMENT_BYTES_MAX`].
    /// Called where blocking is allowed.
    ///
    /// # Errors
    /// When the store cannot be read.
    fn attachment(&self, hash: &[u8; 32]) -> Result<Option<Bytes>, Fault>;
}

/// Reads attachments for peers.
pub(super) struct Attachments {
    source: Arc<dyn AttachmentSource>,
    serving: Serving,
}

impl Attachments {
    pub(super) fn new(source: Arc<dyn AttachmentSource>, faults: mpsc::Sender<Fault>) -> Self {
        Self {
            source,
            serving: Serving::new(Kind::AttachmentResponse, faults),
        }
    }

    /// Queues a request to be answered. Returns `false` when the peer has too many requests open.
    pub(super) fn serve(
        &self,
        id: u64,
        hashes: Vec<[u8; 32]>,
        outbox: Arc<Outbox>,
        waiting: &Waiting,
    ) -> bool {
        let source = self.source.clone();
        let read = move || response(source.as_ref(), &hashes);
        self.serving.serve(id, outbox, waiting, read)
    }
}

/// Encodes the `AttachmentResponse` to a request: the attachments that are here, in the order asked, as many as fit.
fn response(source: &dyn AttachmentSource, hashes: &[[u8; 32]]) -> Result<Bytes, Fault> {
    let mut attachments = Vec::new();
    let mut bytes = 0;
    for hash in hashes {
        let Some(attachment) = source.attachment(hash)? else {
            continue;
        };
        bytes += attachment.len();
        if !attachments.is_empty() && bytes > RESPONSE_BYTES_MAX {
            break;
        }
        attachments.push(attachment);
    }
    Ok(AttachmentResponse { attachments }.encode_to_vec().into())
}

/// Encodes an `AttachmentRequest`.
pub(super) fn encode_request(hashes: &[[u8; 32]]) -> Vec<u8> {
    let hashes = hashes.iter().map(|hash| Bytes::copy_from_slice(hash));
    let hashes = hashes.collect();
    AttachmentRequest { hashes }.encode_to_vec()
}

/// Decodes the hashes of a request. `None` when there are none, too many, or malformed ones.
pub(super) fn parse_request(request: Bytes) -> Option<Vec<[u8; 32]>> {
    if request.len() > REQUEST_BYTES_MAX {
        return None;
    }
    let AttachmentRequest { hashes } = AttachmentRequest::decode(request).ok()?;
    if !(1..=ATTACHMENTS_ASKED_MAX).contains(&hashes.len()) {
        return None;
    }
    let hash = |hash: &Bytes| hash.as_ref().try_into().ok();
    hashes.iter().map(hash).collect()
}

/// Decodes the attachments of a response; they share its memory. `None` when the response is malformed, has more
/// attachments than were asked for, or an empty one. Attachments are counted during decoding, because empty ones
/// would take more memory than bytes on the wire.
pub(super) fn parse_response(mut response: Bytes, asked: usize) -> Option<Vec<Bytes>> {
    let context = DecodeContext::default;
    let mut attachments = Vec::new();
    while response.has_remaining() {
        let (field, wire_type) = decode_key(&mut response).ok()?;
        if field != ATTACHMENTS_FIELD {
            skip_field(wire_type, field, &mut response, context()).ok()?;
            continue;
        }
        let mut attachment = Bytes::new();
        encoding::bytes::merge(wire_type, &mut attachment, &mut response, context()).ok()?;
        if attachment.is_empty() || attachments.len() == asked {
            return None;
        }
        attachments.push(attachment);
    }
    Some(attachments)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stores one attachment for each (first byte of the hash, length in bytes).
    struct Kept<'a>(&'a [(u8, usize)]);

    impl AttachmentSource for Kept<'static> {
        fn attachment(&self, hash: &[u8; 32]) -> Result<Option<Bytes>, Fault> {
            let kept = self.0.iter().find(|(tag, _)| *tag == hash[0]);
            Ok(kept.map(|(tag, bytes)| vec![*tag; *bytes].into()))
        }
    }

    fn hashes(tags: &[u8]) -> Vec<[u8; 32]> {
        tags.iter().map(|tag| [*tag; 32]).collect()
    }

    /// Returns the first byte of each attachment in the response.
    fn ask(kept: &'static [(u8, usize)], tags: &[u8]) -> Vec<u8> {
        let response = response(&Kept(kept), &hashes(tags)).unwrap();
        let read = parse_response(response.clone(), tags.len()).unwrap();
        assert_eq!(
            AttachmentResponse::decode(response).unwrap().attachments,
            read
        );
        read.iter().map(|attachment| attachment[0]).collect()
    }

    fn encoded(attachments: &[&'static [u8]]) -> Bytes {
        let attachments = attachments.iter().map(|it| Bytes::from_static(it));
        let attachments = attachments.collect();
        AttachmentResponse { attachments }.encode_to_vec().into()
    }

    #[test]
    fn a_response_has_the_stored_attachments_in_the_order_asked() {
        const KEPT: &[(u8, usize)] = &[(1, 150), (2, 150), (3, 150)];
        assert_eq!(ask(KEPT, &[3, 9, 1]), [3, 1]);
        assert!(ask(KEPT, &[8, 9]).is_empty());
    }

    #[test]
    fn a_response_is_bounded_in_bytes_and_has_at_least_one_attachment() {
        const MIB: usize = 1024 * 1024;
        const KEPT: &[(u8, usize)] = &[
            (1, 4 * MIB),
            (2, 4 * MIB),
            (3, 150),
            (4, ATTACHMENT_BYTES_MAX),
        ];
        assert_eq!(ask(KEPT, &[1, 2, 3]), [1, 2]);
        assert_eq!(ask(KEPT, &[4, 3]), [4]);
        assert_eq!(ask(KEPT, &[3, 4]), [3]);
    }

    #[test]
    fn a_request_has_1_to_64_hashes_of_32_bytes() {
        let all: Vec<_> = (0..=64).map(|tag| [tag; 32]).collect();
        for number in 1..=ATTACHMENTS_ASKED_MAX {
            let read = parse_request(encode_request(&all[..number]).into());
            assert_eq!(read.unwrap(), all[..number]);
        }
        assert!(parse_request(encode_request(&all).into()).is_none());
        assert!(parse_request(Bytes::new()).is_none());

        let of = |bytes: usize, number: usize| {
            let hashes = vec![vec![7; bytes].into(); number];
            parse_request(AttachmentRequest { hashes }.encode_to_vec().into())
        };
        assert!(of(32, 1).is_some());
        for (bytes, number) in [(0, 1), (31, 1), (33, 1), (REQUEST_BYTES_MAX, 1), (0, 9_999)] {
            assert!(of(bytes, number).is_none(), "{number} of {bytes} bytes");
        }
    }

    #[test]
    fn a_response_has_no_more_attachments_than_were_asked_and_none_is_empty() {
        assert_eq!(parse_response(Bytes::new(), 1), Some(vec![]));
        let two = encoded(&[b"one", b"two"]);
        assert_eq!(parse_response(two.clone(), 2).unwrap().len(), 2);
        assert!(parse_response(two.clone(), 1).is_none());
        assert!(parse_response(encoded(&[b"one", b""]), 2).is_none());
        for cut in (1..two.len()).filter(|cut| *cut != two.len() / 2) {
            assert!(parse_response(two.slice(..cut), 2).is_none(), "{cut}");
        }
    }

    #[test]
    fn an_unknown_field_of_a_response_is_skipped() {
        let extended = [&b"\x10\x07"[..], &encoded(&[b"one"])].concat();
        let read = parse_response(extended.into(), 1).unwrap();
        assert_eq!(read, [Bytes::from_static(b"one")]);
    }
}
