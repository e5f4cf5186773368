//! The envelope around a transaction's body: all that a block commits to.
//!
//! ```text
//!   encoded ─open─► Envelope { id, signature }  ──► is it known? leaf of the transactions root
//!                      └─ Transaction::from_envelope: the body is decoded, once, when it is not
//! ```

use bytes::Bytes;
use piaolian_proto::v1 as proto;
use prost::{
    Message,
    encoding::{WireType, decode_key, decode_varint},
};

use super::{BODY_BYTES_MAX, TRANSACTION_BYTES_MAX, sign_bytes};
use crate::{
    chain::{ChainId, Hash, Signature},
    malformed::Malformed,
    receipts::ISSUE_ITEMS_MAX,
    transaction::Refused,
};

/// The tag of field 1 of `Transaction`, length-delimited.
const BODY_TAG: u8 = 0x0a;

/// Most fields of a body. The protocol has fewer, so there is room for some unknown ones.
const BODY_FIELDS_MAX: usize = 64;

/// Most fields of an action: the most receipts that it may issue, and room for its other fields.
const ACTION_FIELDS_MAX: usize = ISSUE_ITEMS_MAX + 24;

/// The parts of an encoded transaction. The body is not decoded.
#[derive(Clone, Debug, PartialEq)]
pub struct Envelope {
    pub(super) id: Hash,
    pub(super) sign_bytes: Vec<u8>,
    pub(super) signature: Signature,
    pub(super) body: Bytes,
    pub(super) encoded: Bytes,
}

impl Envelope {
    /// Splits an encoded `Transaction` into its parts. Only one encoding is valid, so that nobody can send the same
    /// transaction as other bytes.
    ///
    /// # Errors
    /// When it is too large, malformed or not the one encoding.
    pub fn open(encoded: Bytes, chain_id: &ChainId) -> Result<Self, Refused> {
        if encoded.len() > TRANSACTION_BYTES_MAX {
            let bytes = encoded.len();
            return Err(Refused::TooLarge {
                bytes,
                bytes_max: TRANSACTION_BYTES_MAX,
            });
        }
        let envelope = proto::Transaction::decode(encoded.clone())
            .map_err(|error| Malformed::new("transaction", error.to_string()))?;
        if envelope.body.is_empty() || envelope.body.len() > BODY_BYTES_MAX {
            return Err(Malformed::new("body", "must be 1 to 524,288 bytes").into());
        }
        // An unknown field or an overlong integer would make the message longer, and the body comes first.
        if envelope.encoded_len() != encoded.len() || encoded.first() != Some(&BODY_TAG) {
            return Err(Malformed::new("transaction", "must be canonically encoded").into());
        }
        let sign_bytes = sign_bytes(chain_id, &envelope.body);
        Ok(Self {
            id: Hash::sha256(&[&sign_bytes]),
            sign_bytes,
            signature: Signature::parse("signature", &envelope.signature)?,
            body: envelope.body,
            encoded,
        })
    }

    /// The transaction's id.
    pub const fn id(&self) -> &Hash {
        &self.id
    }

    /// The signature as received.
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The encoded `Transaction` message.
    pub const fn encoded(&self) -> &Bytes {
        &self.encoded
    }
}

/// Counts fields before decoding, because an empty field takes two bytes on the wire and a hundred times that in
/// memory.
pub(super) fn check_field_counts(body: &[u8]) -> Result<(), Malformed> {
    let (mut rest, mut count) = (body, 0_usize);
    while let Some(field) = next_field(&mut rest) {
        count = count.saturating_add(1);
        if count > BODY_FIELDS_MAX || !has_at_most(field, ACTION_FIELDS_MAX) {
            return Err(Malformed::new("body", "has more fields than any action"));
        }
    }
    Ok(()) // what is malformed is found by decoding
}

fn has_at_most(mut message: &[u8], fields_max: usize) -> bool {
    let mut count = 0_usize;
    while next_field(&mut message).is_some() {
        count = count.saturating_add(1);
        if count > fields_max {
            return false;
        }
    }
    true
}

/// Removes the next field from a message and returns its bytes, which are empty for a number. `None` at the end, or if
/// the rest is not a field.
fn next_field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (_, wire_type) = decode_key(rest).ok()?;
    let length = match wire_type {
        WireType::LengthDelimited => usize::try_from(decode_varint(rest).ok()?).ok()?,
        WireType::Varint => {
            decode_varint(rest).ok()?;
            0
        }
        WireType::SixtyFourBit => 8,
        WireType::ThirtyTwoBit => 4,
        WireType::StartGroup | WireType::EndGroup => return None,
    };
    let (field, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(items: usize) -> Vec<u8> {
        let issue = proto::IssueReceipts {
            items: vec![proto::IssueItem::default(); items],
        };
        let action = Some(proto::transaction_body::Action::IssueReceipts(issue));
        let body = proto::TransactionBody {
            organisation: "12990100MA0000002Q".to_owned(),
            action,
            ..Default::default()
        };
        body.encode_to_vec()
    }

    #[test]
    fn a_full_transaction_is_let_through_and_a_swollen_one_is_not() {
        check_field_counts(&body(ISSUE_ITEMS_MAX)).unwrap();
        check_field_counts(&body(200_000)).unwrap_err();
    }

    #[test]
    fn what_is_no_message_is_left_to_the_decoder() {
        for text in [&b""[..], b"\x0a\xff", b"\x0b", "经办人".as_bytes()] {
            check_field_counts(text).unwrap();
        }
        let mut swollen = body(ACTION_FIELDS_MAX + 1);
        swollen.push(0xff);
        check_field_counts(&swollen).unwrap_err();
    }
}
