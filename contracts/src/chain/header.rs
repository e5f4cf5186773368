//! The block header: what validators sign.
//!
//! ```text
//!   block hash = SHA-256("piaolian/header/v1" ‖ canonical encoding of the Header message)
//! ```

use piaolian_proto::v1 as proto;
use prost::Message;

use super::{
    address::Address,
    hash::Hash,
    ids::{ChainId, Height},
};
use crate::{malformed::Malformed, types::BlockTime};

/// The newest version of the rules that this crate executes.
pub const PROTOCOL_VERSION: u32 = 1;

/// The oldest version that this crate executes, which every chain begins with.
pub const FIRST_PROTOCOL_VERSION: u32 = 1;

/// Longest encoded header, in bytes. Eight fields of at most 34 bytes, the integers and the chain id take less than
/// half of it.
pub const HEADER_BYTES_MAX: usize = 1024;

/// A block header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The chain.
    pub chain_id: ChainId,
    /// 1, 2, …
    pub height: Height,
    /// Strictly above the parent's.
    pub time: BlockTime,
    /// The proposing validator.
    pub proposer: Address,
    /// Hash of the parent header; of the founding document for height 1.
    pub parent_hash: Hash,
    /// See [`transactions_root`](super::block::transactions_root).
    pub transactions_root: Hash,
    /// See [`outcomes_root`](super::block::outcomes_root).
    pub outcomes_root: Hash,
    /// Root of the state tree after this block.
    pub state_root: Hash,
    /// Root over the hashes of all earlier headers, see [`mmr`](super::mmr).
    pub history_root: Hash,
    /// Hash of the validator set that decides this height …
    pub validators_hash: Hash,
    /// … and of the next one.
    pub next_validators_hash: Hash,
    /// The version of the rules by which the block was executed.
    pub protocol_version: u32,
}

impl Header {
    /// The canonical encoding.
    pub fn encode(&self) -> Vec<u8> {
        proto::Header::from(self).encode_to_vec()
    }

    /// Decodes a canonical encoding.
    ///
    /// # Errors
    /// When the bytes are not a header, or not its canonical encoding: a header has
    /// one hash.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > HEADER_BYTES_MAX {
            return Err(Malformed::new("header", "is too long"));
        }
        let message = proto::Header::decode(bytes)
            .map_err(|error| Malformed::new("header", error.to_string()))?;
        let header = Self::try_from(message).map_err(|error| error.within("header"))?;
        if header.encode() != bytes {
            return Err(Malformed::new("header", "must be canonically encoded"));
        }
        Ok(header)
    }

    /// The block hash.
    pub fn hash(&self) -> Hash {
        Hash::tagged("piaolian/header/v1", &[&self.encode()])
    }
}

impl From<&Header> for proto::Header {
    fn from(header: &Header) -> Self {
        Self {
            chain_id: header.chain_id.as_str().to_owned(),
            height: header.height.get(),
            time_ms: header.time.as_ms(),
            proposer: header.proposer.into(),
            parent_hash: header.parent_hash.into(),
            transactions_root: header.transactions_root.into(),
            outcomes_root: header.outcomes_root.into(),
            state_root: header.state_root.into(),
            history_root: header.history_root.into(),
            validators_hash: header.validators_hash.into(),
            next_validators_hash: header.next_validators_hash.into(),
            protocol_version: header.protocol_version,
        }
    }
}

impl TryFrom<proto::Header> for Header {
    type Error = Malformed;

    fn try_from(header: proto::Header) -> Result<Self, Malformed> {
        if header.height == 0 {
            return Err(Malformed::new("height", "must be at least 1"));
        }
        if header.protocol_version == 0 {
            return Err(Malformed::new("protocol_version", "must be at least 1"));
        }
        Ok(Self {
            chain_id: ChainId::parse("chain_id", &header.chain_id)?,
            height: Height::new(header.height),
            time: BlockTime::from_ms(header.time_ms),
            proposer: Address::parse("proposer", &header.proposer)?,
            parent_hash: Hash::parse("parent_hash", &header.parent_hash)?,
            transactions_root: Hash::parse("transactions_root", &header.transactions_root)?,
            outcomes_root: Hash::parse("outcomes_root", &header.outcomes_root)?,
            state_root: Hash::parse("state_root", &header.state_root)?,
            history_root: Hash::parse("history_root", &header.history_root)?,
            validators_hash: Hash::parse("validators_hash", &header.validators_hash)?,
            next_validators_hash: Hash::parse(
                "next_validators_hash",
                &header.next_validators_hash,
            )?,
            protocol_version: header.protocol_version,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        let hash = |byte| Hash::new([byte; 32]);
        Header {
            chain_id: "piaolian-test".parse().unwrap(),
            height: Height::new(3),
            time: BlockTime::from_ms(1_780_000_000_123),
            proposer: Address::new([1; 20]),
            parent_hash: hash(2),
            transactions_root: hash(3),
            outcomes_root: hash(4),
            state_root: hash(5),
            history_root: hash(6),
            validators_hash: hash(7),
            next_validators_hash: hash(7),
            protocol_version: PROTOCOL_VERSION,
        }
    }

    #[test]
    fn a_header_round_trips() {
        let encoded = header().encode();
        assert!(encoded.len() <= HEADER_BYTES_MAX / 2);
        assert_eq!(Header::decode(&encoded).unwrap(), header());
    }

    #[test]
    fn every_field_changes_the_hash() {
        let altered: [fn(&mut Header); 12] = [
            |h| h.chain_id = "other".parse().unwrap(),
            |h| h.height = h.height.next(),
            |h| h.time = h.time.after_ms(1),
            |h| h.proposer = Address::new([9; 20]),
            |h| h.parent_hash = Hash::ZERO,
            |h| h.transactions_root = Hash::ZERO,
            |h| h.outcomes_root = Hash::ZERO,
            |h| h.state_root = Hash::ZERO,
            |h| h.history_root = Hash::ZERO,
            |h| h.validators_hash = Hash::ZERO,
            |h| h.next_validators_hash = Hash::ZERO,
            |h| h.protocol_version += 1,
        ];
        for alter in altered {
            let mut other = header();
            alter(&mut other);
            assert_ne!(other.hash(), header().hash());
        }
    }

    #[test]
    fn a_second_encoding_of_the_same_header_is_refused() {
        let mut padded = header().encode();
        // An unknown field 15, varint 0.
        padded.extend_from_slice(&[0x78, 0x00]);
        assert!(Header::decode(&padded).is_err());
        let encoded = header().encode();
        for length in 0..encoded.len() {
            assert!(Header::decode(&encoded[..length]).is_err());
        }
    }
}
