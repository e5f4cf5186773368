//! Fields shared by several messages.

use arc_malachitebft_app_channel::app::types::core::{NilOrVal, Round, VoteType};
use bytes::Bytes;
use piaolian_contracts::chain::{self, Hash, Signature};
use piaolian_proto::v1;

use super::Malformed;
use crate::types::{Address, BlockId, round_number};

pub(super) fn address(bytes: &[u8]) -> Result<Address, Malformed> {
    chain::Address::parse("address", bytes)
        .map(Address)
        .map_err(|_| Malformed::Field("address"))
}

pub(super) fn address_bytes(address: &Address) -> Bytes {
    Bytes::copy_from_slice(address.0.as_bytes())
}

pub(super) fn block_id(bytes: &[u8]) -> Result<BlockId, Malformed> {
    Hash::parse("block_hash", bytes)
        .map(BlockId)
        .map_err(|_| Malformed::Field("block_hash"))
}

pub(super) fn block_id_bytes(id: &BlockId) -> Bytes {
    Bytes::copy_from_slice(id.0.as_bytes())
}

/// Decodes the target of a vote: a block, or nil when empty.
pub(super) fn target(bytes: &[u8]) -> Result<NilOrVal<BlockId>, Malformed> {
    if bytes.is_empty() {
        Ok(NilOrVal::Nil)
    } else {
        block_id(bytes).map(NilOrVal::Val)
    }
}

pub(super) fn target_bytes(target: &NilOrVal<BlockId>) -> Bytes {
    match target {
        NilOrVal::Nil => Bytes::new(),
        NilOrVal::Val(id) => block_id_bytes(id),
    }
}

pub(super) fn signature(bytes: &[u8]) -> Result<Signature, Malformed> {
    Signature::parse("signature", bytes).map_err(|_| Malformed::Field("signature"))
}

pub(super) fn signature_bytes(signature: &Signature) -> Bytes {
    Bytes::copy_from_slice(signature.as_bytes())
}

/// Decodes a round that is always defined.
pub(super) fn round(number: u32) -> Round {
    Round::new(number)
}

pub(super) fn optional_round(round: Round) -> Option<u32> {
    round.is_defined().then(|| round_number(round))
}

pub(super) fn vote_type(number: i32) -> Result<VoteType, Malformed> {
    match v1::VoteType::try_from(number) {
        Ok(v1::VoteType::Prevote) => Ok(VoteType::Prevote),
        Ok(v1::VoteType::Precommit) => Ok(VoteType::Precommit),
        Ok(v1::VoteType::Unspecified) | Err(_) => Err(Malformed::Field("type")),
    }
}

pub(super) fn vote_type_number(vote_type: VoteType) -> i32 {
    match vote_type {
        VoteType::Prevote => v1::VoteType::Prevote.into(),
        VoteType::Precommit => v1::VoteType::Precommit.into(),
    }
}
