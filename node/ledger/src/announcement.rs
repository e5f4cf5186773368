//! The proposer's signed announcement of a streamed block.

use piaolian_contracts::chain::{
    Address, BadSignature, ChainId, Hash, Height, PublicKey, Signature, proposal_parts_sign_bytes,
};

/// Binds a block to the height and round of its first proposal. The key that signs it is the proposer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The height proposed for.
    pub height: Height,
    /// The round of first proposal.
    pub round: u32,
    /// The proposer of that round.
    pub proposer: Address,
    /// Length of the encoded block, bytes.
    pub block_bytes: u64,
    /// The block's hash.
    pub block_hash: Hash,
}

impl Announcement {
    /// Returns the bytes that the proposer signs (proto `ProposalFin.signature`).
    pub fn sign_bytes(&self, chain_id: &ChainId) -> Vec<u8> {
        proposal_parts_sign_bytes(
            chain_id,
            self.height,
            self.round,
            self.block_bytes,
            &self.block_hash,
        )
    }

    /// Verifies the proposer's signature.
    ///
    /// # Errors
    /// When `key` did not sign this.
    pub fn verify(
        &self,
        chain_id: &ChainId,
        key: &PublicKey,
        signature: &Signature,
    ) -> Result<(), BadSignature> {
        key.verify(&self.sign_bytes(chain_id), signature)
    }
}
