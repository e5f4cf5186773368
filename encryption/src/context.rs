//! The context that binds ciphertexts to one receipt.

use piaolian_contracts::{
    chain::{ChainId, Hash},
    organisations::KeyId,
    types::OrganisationId,
};

/// The receipt whose details are encrypted: its chain and its issuer's commitment. Its number may not be known yet.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The chain.
    pub chain_id: &'a ChainId,
    /// The commitment to the details.
    pub commitment: Hash,
}

impl Context<'_> {
    /// Returns the additional data of the ciphertext: `"piaolian/sealed/v1" ‖ u32_be(len(chain id)) ‖ chain id ‖
    /// commitment`.
    pub(crate) fn of_content(&self) -> Vec<u8> {
        // The word `sealed` is older than the name `encryption`. Every ciphertext depends on it, so it stays.
        let mut bytes = self.chain_id.begin_sign_bytes("piaolian/sealed/v1");
        bytes.extend_from_slice(self.commitment.as_bytes());
        bytes
    }

    /// Returns the info of a wrapped key: `"piaolian/wrapped/v1" ‖ u32_be(len(chain id)) ‖ chain id ‖ commitment ‖
    /// organisation (18) ‖ u32_be(key id)`.
    pub(crate) fn of_reader(&self, organisation: &OrganisationId, key_id: KeyId) -> Vec<u8> {
        let mut bytes = self.chain_id.begin_sign_bytes("piaolian/wrapped/v1");
        bytes.extend_from_slice(self.commitment.as_bytes());
        bytes.extend_from_slice(organisation.as_bytes());
        bytes.extend_from_slice(&key_id.get().to_be_bytes());
        bytes
    }
}
