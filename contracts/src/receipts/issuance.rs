//! The receipts that one block issued, and finance's seal over them.
//!
//! ```text
//!   receipts in order of issue ─SHA-256─► leaves ─RFC 6962─► issuance root ◄─signs─ supervise key
//! ```

use piaolian_proto::v1 as proto;

use crate::{
    chain::{ChainId, Hash, Height, Signature},
    fields::as_message,
    organisations::KeyId,
    storage::stored_as,
    types::OrganisationId,
};

/// The receipts that one block issued.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Issuance {
    /// The block.
    pub height: Height,
    /// The number of receipts.
    pub count: u32,
    /// RFC 6962 root over the issued hash of each receipt, in order of issue.
    pub root: Hash,
    /// `None` while the seal is pending.
    pub seal: Option<Seal>,
}

/// Finance's supervising seal (财政监制章) over the receipts of one block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seal {
    /// The finance bureau.
    pub organisation: OrganisationId,
    /// Its supervise key.
    pub key_id: KeyId,
    /// Over [`seal_sign_bytes`].
    pub signature: Signature,
    /// The block that recorded the seal.
    pub height: Height,
}

/// The bytes that finance's supervise key signs: `"piaolian/seal/v1" ‖
/// u32_be(len(chain id)) ‖ chain id ‖ u64_be(height) ‖ issuance root`.
pub fn seal_sign_bytes(chain_id: &ChainId, height: Height, issuance_root: &Hash) -> Vec<u8> {
    let mut bytes = chain_id.begin_sign_bytes("piaolian/seal/v1");
    bytes.extend_from_slice(&height.get().to_be_bytes());
    bytes.extend_from_slice(issuance_root.as_bytes());
    bytes
}

stored_as!(Issuance: proto::IssuanceRecord, "issuance");

as_message! {
    Issuance: proto::IssuanceRecord {
        height, count, seal;
        root: issuance_root,
    }
}

as_message! {
    Seal: proto::Seal {
        organisation, key_id, signature, height,
    }
}
