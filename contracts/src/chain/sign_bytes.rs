//! The bytes that validators sign.
//!
//! ```text
//!   vote      "piaolian/vote/v1" ‖ CHAIN ‖ u8 type ‖ u64 height ‖ u32 round ‖ u8 0        ‖ address
//!                                                                            └ u8 1 ‖ hash ‖ address
//!   proposal  "piaolian/proposal/v1" ‖ CHAIN ‖ u64 height ‖ u32 round ‖ hash ‖ u8 has_pol ‖ u32 pol ‖ address
//!   parts     "piaolian/proposal-parts/v1" ‖ CHAIN ‖ u64 height ‖ u32 round ‖ u64 block bytes ‖ hash
//!
//!   CHAIN = u32 length of the chain id ‖ chain id; integers are big-endian
//! ```

use piaolian_proto::v1 as proto;

use super::{
    address::Address,
    hash::Hash,
    ids::{ChainId, Height},
};
use crate::numbered::numbered;

numbered! {
    /// One of the two votes of a round. The number is part of the sign bytes.
    pub enum VoteType(u8) of proto VoteType, "must be prevote or precommit" {
        /// First: the value is acceptable.
        Prevote: "prevote",
        /// Second: more than two thirds found it acceptable.
        Precommit: "precommit",
    }
}

impl From<VoteType> for proto::VoteType {
    fn from(vote_type: VoteType) -> Self {
        match vote_type {
            VoteType::Prevote => Self::Prevote,
            VoteType::Precommit => Self::Precommit,
        }
    }
}

/// The bytes that a vote signs; `block` is `None` for nil.
pub fn vote_sign_bytes(
    chain_id: &ChainId,
    vote_type: VoteType,
    height: Height,
    round: u32,
    block: Option<&Hash>,
    address: &Address,
) -> Vec<u8> {
    let mut bytes = chain_id.begin_sign_bytes("piaolian/vote/v1");
    bytes.push(vote_type.number());
    bytes.extend_from_slice(&height.get().to_be_bytes());
    bytes.extend_from_slice(&round.to_be_bytes());
    match block {
        None => bytes.push(0),
        Some(hash) => {
            bytes.push(1);
            bytes.extend_from_slice(hash.as_bytes());
        }
    }
    bytes.extend_from_slice(address.as_bytes());
    bytes
}

/// The bytes that a proposal signs; `pol_round` is the round in which a quorum
/// prevoted for the block, if one did.
pub fn proposal_sign_bytes(
    chain_id: &ChainId,
    height: Height,
    round: u32,
    block: &Hash,
    pol_round: Option<u32>,
    address: &Address,
) -> Vec<u8> {
    let mut bytes = chain_id.begin_sign_bytes("piaolian/proposal/v1");
    bytes.extend_from_slice(&height.get().to_be_bytes());
    bytes.extend_from_slice(&round.to_be_bytes());
    bytes.extend_from_slice(block.as_bytes());
    bytes.push(u8::from(pol_round.is_some()));
    bytes.extend_from_slice(&pol_round.unwrap_or(0).to_be_bytes());
    bytes.extend_from_slice(address.as_bytes());
    bytes
}

/// The bytes that the proposer signs in the last part of a streamed block. `round` is the round in which the block was
/// first proposed, `block_bytes` the length of the encoded block.
pub fn proposal_parts_sign_bytes(
    chain_id: &ChainId,
    height: Height,
    round: u32,
    block_bytes: u64,
    block: &Hash,
) -> Vec<u8> {
    let mut bytes = chain_id.begin_sign_bytes("piaolian/proposal-parts/v1");
    bytes.extend_from_slice(&height.get().to_be_bytes());
    bytes.extend_from_slice(&round.to_be_bytes());
    bytes.extend_from_slice(&block_bytes.to_be_bytes());
    bytes.extend_from_slice(block.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> ChainId {
        "c".parse().unwrap()
    }

    #[test]
    fn a_nil_vote_has_no_hash() {
        let address = Address::new([0xaa; 20]);
        let vote = |block| {
            vote_sign_bytes(
                &chain(),
                VoteType::Precommit,
                Height::new(5),
                3,
                block,
                &address,
            )
        };
        let head = [
            &b"piaolian/vote/v1\0\0\0\x01c\x02"[..],
            &5_u64.to_be_bytes(),
            &3_u32.to_be_bytes(),
        ]
        .concat();
        let nil = [&head[..], &[0], &[0xaa; 20]].concat();
        let value = [&head[..], &[1], &[0xbb; 32], &[0xaa; 20]].concat();
        assert_eq!(vote(None), nil);
        assert_eq!(vote(Some(&Hash::new([0xbb; 32]))), value);
    }

    #[test]
    fn a_proposal_tells_no_pol_round_from_round_zero() {
        let address = Address::new([0xaa; 20]);
        let proposal =
            |pol| proposal_sign_bytes(&chain(), Height::new(5), 3, &Hash::ZERO, pol, &address);
        assert_ne!(proposal(None), proposal(Some(0)));
        let (head, tail) = proposal(Some(2)).split_at_checked(65).map_or_else(
            || panic!("too short"),
            |(head, tail)| (head.to_vec(), tail.to_vec()),
        );
        assert!(head.starts_with(b"piaolian/proposal/v1\0\0\0\x01c"));
        assert_eq!(tail[4..], [&[1, 0, 0, 0, 2][..], &[0xaa; 20]].concat());
    }
}
