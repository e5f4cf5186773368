//! Headers of blocks without contents.

use piaolian_contracts::{
    chain::{Address, ChainId, Hash, Header, Height, header::PROTOCOL_VERSION},
    types::BlockTime,
};

/// Returns a header whose roots and other hashes are all zero.
pub const fn blank(chain_id: ChainId, height: Height, time: BlockTime) -> Header {
    Header {
        chain_id,
        height,
        time,
        proposer: Address::new([1; 20]),
        parent_hash: Hash::ZERO,
        transactions_root: Hash::ZERO,
        outcomes_root: Hash::ZERO,
        state_root: Hash::ZERO,
        history_root: Hash::ZERO,
        validators_hash: Hash::ZERO,
        next_validators_hash: Hash::ZERO,
        protocol_version: PROTOCOL_VERSION,
    }
}
