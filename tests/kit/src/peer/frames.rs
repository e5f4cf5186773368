//! Frames of the wire format, implemented from its documentation.
//!
//! ```text
//!   u32_be(length of what follows) ‖ u8(kind) ‖ body
//! ```

use bytes::Bytes;

/// The class of each kind, as an index into [`CLASSES`](super::CLASSES).
pub const KINDS: [(u8, usize); 11] = [
    (1, 0),
    (2, 0),
    (3, 1),
    (4, 2),
    (5, 2),
    (6, 2),
    (7, 2),
    (8, 2),
    (9, 3),
    (10, 4),
    (11, 4),
];

/// A vote or proposal.
pub const CONSENSUS: u8 = 1;
/// A part of a proposed block.
pub const PART: u8 = 3;
/// The height that its sender has decided.
pub const STATUS: u8 = 4;
/// A request for blocks.
pub const REQUEST: u8 = 5;
/// A response with blocks.
pub const RESPONSE: u8 = 6;
/// A request to push decided blocks.
pub const FOLLOW: u8 = 7;
/// Transactions.
pub const TRANSACTIONS: u8 = 9;
/// A request for attachments.
pub const ATTACHMENT_REQUEST: u8 = 10;
/// A response with attachments.
pub const ATTACHMENT_RESPONSE: u8 = 11;

/// Encodes a frame.
///
/// # Panics
/// When the body is 4 GiB or longer.
pub fn frame(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 1).expect("tests send less than 4 GiB");
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.push(kind);
    bytes.extend_from_slice(body);
    bytes
}

/// Encodes the body of a batch of transactions.
///
/// # Panics
/// When a transaction is 4 GiB or longer.
pub fn batch(transactions: &[Bytes]) -> Vec<u8> {
    let mut body = Vec::new();
    for transaction in transactions {
        let length = u32::try_from(transaction.len()).expect("tests send less than 4 GiB");
        body.extend_from_slice(&length.to_be_bytes());
        body.extend_from_slice(transaction);
    }
    body
}

/// Splits the complete frames from the beginning of a stream.
pub fn split(mut stream: &[u8]) -> Vec<Vec<u8>> {
    let mut frames = Vec::new();
    while let Some(length) = stream.first_chunk() {
        let length = size_of::<u32>() + u32::from_be_bytes(*length) as usize;
        let Some((frame, rest)) = stream.split_at_checked(length) else {
            break;
        };
        frames.push(frame.to_vec());
        stream = rest;
    }
    frames
}
