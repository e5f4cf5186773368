//! A block as it is proposed, stored and synced.
//!
//! ```text
//!   Block = Header ‖ Transaction …      at most 4 MiB, one encoding only
//! ```

use bytes::Bytes;
use piaolian_proto::v1 as proto;
use prost::Message;

use super::{hash::Hash, header::Header, merkle, signature::Signature};
use crate::malformed::Malformed;

/// Longest encoded block, in bytes: 4 MiB, so that one sync response holds it.
pub const BLOCK_BYTES_MAX: usize = 4 << 20;

/// The tag of field 1 of `Block`, length-delimited.
const HEADER_TAG: u8 = 0x0a;

/// A header with the encoded transactions that it commits to. The executor checks whether the roots match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The header.
    pub header: Header,
    /// Encoded `Transaction` messages, in order.
    pub transactions: Vec<Bytes>,
}

impl Block {
    /// The one encoding of this block.
    pub fn encode(&self) -> Bytes {
        let message = proto::Block {
            header: self.header.encode().into(),
            transactions: self.transactions.clone(),
        };
        message.encode_to_vec().into()
    }

    /// Decodes a block; the transactions share the memory of `bytes`.
    ///
    /// # Errors
    /// When the bytes are too many, no block, or not its one encoding.
    pub fn decode(bytes: Bytes) -> Result<Self, Malformed> {
        if bytes.len() > BLOCK_BYTES_MAX {
            return Err(Malformed::new("block", "is longer than 4 MiB"));
        }
        let (length, first) = (bytes.len(), bytes.first().copied());
        let message = proto::Block::decode(bytes)
            .map_err(|error| Malformed::new("block", error.to_string()))?;
        // An unknown field or an overlong integer would make the message longer, and the header comes first. So there
        // is only one encoding.
        if message.encoded_len() != length || first != Some(HEADER_TAG) {
            return Err(Malformed::new("block", "must be canonically encoded"));
        }
        Ok(Self {
            header: Header::decode(&message.header).map_err(|error| error.within("block"))?,
            transactions: message.transactions,
        })
    }

    /// The block hash, which is the header's.
    pub fn hash(&self) -> Hash {
        self.header.hash()
    }
}

/// The RFC 6962 root over transaction id (32) ‖ signature (64) of each transaction.
pub fn transactions_root<'a>(
    transactions: impl IntoIterator<Item = (&'a Hash, &'a Signature)>,
) -> Hash {
    merkle::root(
        transactions
            .into_iter()
            .map(|(id, signature)| transaction_leaf(id, signature)),
    )
}

/// The leaf of one transaction in [`transactions_root`].
pub fn transaction_leaf(id: &Hash, signature: &Signature) -> [u8; 96] {
    let mut leaf = [0; 96];
    let (head, tail) = leaf.split_at_mut(Hash::BYTES);
    head.copy_from_slice(id.as_bytes());
    tail.copy_from_slice(signature.as_bytes());
    leaf
}

/// The RFC 6962 root over the encoded outcome of each transaction.
pub fn outcomes_root(outcomes: &[proto::Outcome]) -> Hash {
    merkle::root(outcomes.iter().map(Message::encode_to_vec))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chain::{address::Address, header::PROTOCOL_VERSION, ids::Height},
        types::BlockTime,
    };

    fn block() -> Block {
        Block {
            header: Header {
                chain_id: "piaolian-test".parse().unwrap(),
                height: Height::new(1),
                time: BlockTime::from_ms(1),
                proposer: Address::new([1; 20]),
                parent_hash: Hash::ZERO,
                transactions_root: Hash::ZERO,
                outcomes_root: Hash::ZERO,
                state_root: Hash::ZERO,
                history_root: Hash::ZERO,
                validators_hash: Hash::ZERO,
                next_validators_hash: Hash::ZERO,
                protocol_version: PROTOCOL_VERSION,
            },
            transactions: vec![Bytes::from_static(b"one"), Bytes::from_static(b"two")],
        }
    }

    #[test]
    fn a_block_round_trips() {
        let encoded = block().encode();
        assert_eq!(Block::decode(encoded.clone()).unwrap(), block());
        for length in 0..encoded.len() {
            let cut = Block::decode(encoded.slice(..length));
            assert!(cut.is_err() || cut.unwrap() != block());
        }
    }

    #[test]
    fn other_encodings_of_a_block_are_refused() {
        let encoded = block().encode();
        let mut padded = encoded.to_vec();
        padded.extend_from_slice(&[0x78, 0x00]);
        assert!(Block::decode(padded.into()).is_err());
        let header = block().header.encode().len() + 3;
        let moved = [&encoded[header..], &encoded[..header]].concat();
        assert!(Block::decode(moved.into()).is_err());
    }

    #[test]
    fn an_oversized_block_is_refused_before_decoding() {
        let bytes = Bytes::from(vec![0; BLOCK_BYTES_MAX + 1]);
        let error = Block::decode(bytes).unwrap_err();
        assert_eq!(error.to_string(), "block: is longer than 4 MiB");
    }
}
