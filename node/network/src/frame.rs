//! Frames: the messages on a substream, of a known kind and a bounded length.
//!
//! ```text
//!   u32_be(length of what follows) ‖ u8(kind) ‖ body
//!
//!   class          kinds                              body
//!   consensus      1 vote or proposal                 piaolian.v1.ConsensusMessage
//!                  2 liveness                         piaolian.v1.LivenessMessage
//!   parts          3 proposal part                    piaolian.v1.StreamedPart
//!   sync           4 status                           piaolian.v1.SyncStatus
//!                  5 request                          u64_be(id) ‖ piaolian.v1.SyncRequest
//!                  6 response                         u64_be(id) ‖ piaolian.v1.SyncResponse
//!                  7 follow                           u8(1 push to me, 0 stop)
//!                  8 decided, pushed                  u64_be(height) ‖ piaolian.v1.DecidedBlock
//!   transactions   9 batch                            (u32_be(length) ‖ encoded Transaction)*
//!   attachments   10 attachment request               u64_be(id) ‖ piaolian.v1.AttachmentRequest
//!                 11 attachment response              u64_be(id) ‖ piaolian.v1.AttachmentResponse
//! ```
//!
//! Every class has its own substream in each direction, so that a vote never waits behind a block that the peer has not
//! read yet. A frame is encoded once; the queues of all peers share its bytes.

use bytes::{BufMut, Bytes, BytesMut};

/// Bytes of the length at the start of every frame.
pub(super) const LENGTH_BYTES: usize = 4;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// A group of frames that share a substream, in order of urgency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Class {
    Consensus,
    Parts,
    Sync,
    Transactions,
    Attachments,
}

impl Class {
    /// All classes, most urgent first: queues are drained and streams are read in this order.
    pub(super) const ALL: [Self; 5] = [
        Self::Consensus,
        Self::Parts,
        Self::Sync,
        Self::Transactions,
        Self::Attachments,
    ];

    pub(super) const fn index(self) -> usize {
        match self {
            Self::Consensus => 0,
            Self::Parts => 1,
            Self::Sync => 2,
            Self::Transactions => 3,
            Self::Attachments => 4,
        }
    }

    /// The last component of the protocol's name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Consensus => "consensus",
            Self::Parts => "parts",
            Self::Sync => "sync",
            Self::Transactions => "transactions",
            Self::Attachments => "attachments",
        }
    }

    /// Largest kind and body together, in bytes. A peer that announces more is disconnected before anything is read
    /// into memory.
    pub(super) const fn frame_bytes_max(self) -> usize {
        match self {
            // A certificate carries a signature (about 130 bytes) of each validator.
            Self::Consensus => 256 * KIB,
            // A part is at most 1 MiB, plus its stream's id and number.
            Self::Parts => MIB + 4 * KIB,
            // A response has at least one block of 4 MiB with its certificate.
            Self::Sync => 8 * MIB + 64 * KIB,
            // Well above the largest transaction.
            Self::Transactions => 2 * MIB,
            // One attachment of 9 MiB and 4 KiB, or several of 8 MiB together.
            Self::Attachments => 10 * MIB,
        }
    }
}

/// The type of a frame's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Consensus,
    Liveness,
    Part,
    Status,
    Request,
    Response,
    Follow,
    Decided,
    Transactions,
    AttachmentRequest,
    AttachmentResponse,
}

impl Kind {
    pub(super) const fn class(self) -> Class {
        match self {
            Self::Consensus | Self::Liveness => Class::Consensus,
            Self::Part => Class::Parts,
            Self::Status | Self::Request | Self::Response | Self::Follow | Self::Decided => {
                Class::Sync
            }
            Self::Transactions => Class::Transactions,
            Self::AttachmentRequest | Self::AttachmentResponse => Class::Attachments,
        }
    }

    const fn tag(self) -> u8 {
        match self {
            Self::Consensus => 1,
            Self::Liveness => 2,
            Self::Part => 3,
            Self::Status => 4,
            Self::Request => 5,
            Self::Response => 6,
            Self::Follow => 7,
            Self::Decided => 8,
            Self::Transactions => 9,
            Self::AttachmentRequest => 10,
            Self::AttachmentResponse => 11,
        }
    }

    const fn from_tag(tag: u8) -> Option<Self> {
        Some(match tag {
            1 => Self::Consensus,
            2 => Self::Liveness,
            3 => Self::Part,
            4 => Self::Status,
            5 => Self::Request,
            6 => Self::Response,
            7 => Self::Follow,
            8 => Self::Decided,
            9 => Self::Transactions,
            10 => Self::AttachmentRequest,
            11 => Self::AttachmentResponse,
            _ => return None,
        })
    }
}

/// The body is longer than its class allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a {kind:?} frame of {bytes} bytes exceeds its bound")]
pub(super) struct FrameTooLarge {
    kind: Kind,
    bytes: usize,
}

/// An encoded frame, cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    kind: Kind,
    encoded: Bytes,
}

impl Frame {
    /// Encodes a frame whose body is the concatenation of `pieces`.
    pub(super) fn new(kind: Kind, pieces: &[&[u8]]) -> Result<Self, FrameTooLarge> {
        let bytes = pieces.iter().fold(1, |sum, piece| sum + piece.len());
        let length = u32::try_from(bytes)
            .ok()
            .filter(|_| bytes <= kind.class().frame_bytes_max())
            .ok_or(FrameTooLarge { kind, bytes })?;

        let mut encoded = BytesMut::with_capacity(LENGTH_BYTES + bytes);
        encoded.put_u32(length);
        encoded.put_u8(kind.tag());
        for piece in pieces {
            encoded.put_slice(piece);
        }
        Ok(Self {
            kind,
            encoded: encoded.freeze(),
        })
    }

    pub(super) fn class(&self) -> Class {
        self.kind.class()
    }

    /// Length on the wire, bytes.
    pub(super) fn len(&self) -> usize {
        self.encoded.len()
    }

    pub(super) fn into_encoded(self) -> Bytes {
        self.encoded
    }
}

/// Splits the content of a frame (without its length) into kind and body. `None` when the kind is unknown or does not
/// belong on this class's substream.
pub(super) fn parse(class: Class, mut content: Bytes) -> Option<(Kind, Bytes)> {
    let kind = Kind::from_tag(*content.first()?)?;
    (kind.class() == class).then(|| (kind, content.split_off(1)))
}

/// Splits a leading big-endian number from a body.
pub(super) fn split_u64(mut body: Bytes) -> Option<(u64, Bytes)> {
    let number = u64::from_be_bytes(*body.first_chunk()?);
    Some((number, body.split_off(size_of::<u64>())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_length_kind_and_body() {
        let frame = Frame::new(Kind::Request, &[&7_u64.to_be_bytes(), b"ab"]).unwrap();
        let encoded = frame.into_encoded();
        assert_eq!(hex::encode(&encoded), "0000000b0500000000000000076162");

        let (kind, body) = parse(Class::Sync, encoded.slice(LENGTH_BYTES..)).unwrap();
        assert_eq!(kind, Kind::Request);
        assert_eq!(split_u64(body), Some((7, Bytes::from_static(b"ab"))));
    }

    #[test]
    fn every_kind_reads_back_on_its_own_class_only() {
        for tag in 0..=u8::MAX {
            for class in Class::ALL {
                let parsed = parse(class, Bytes::from(vec![tag]));
                let expected = Kind::from_tag(tag).filter(|kind| kind.class() == class);
                assert_eq!(parsed.map(|(kind, _)| kind), expected);
            }
        }
        assert_eq!(parse(Class::Sync, Bytes::new()), None);
    }

    #[test]
    fn kinds_are_numbered_without_a_gap() {
        let known: Vec<_> = (0..=u8::MAX).filter_map(Kind::from_tag).collect();
        let tags: Vec<_> = known.iter().map(|kind| kind.tag()).collect();
        assert_eq!(tags, (1..=11).collect::<Vec<_>>());
        for (index, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(class.index(), index);
            assert!(known.iter().any(|kind| kind.class() == class));
        }
    }

    #[test]
    fn a_body_above_its_bound_is_refused() {
        let bound = Class::Consensus.frame_bytes_max();
        assert!(Frame::new(Kind::Consensus, &[&vec![0; bound - 1]]).is_ok());
        assert!(Frame::new(Kind::Consensus, &[&vec![0; bound]]).is_err());
    }

    #[test]
    fn a_number_needs_eight_bytes() {
        assert_eq!(split_u64(Bytes::from_static(&[0; 7])), None);
    }
}
