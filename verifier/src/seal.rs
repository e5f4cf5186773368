//! Checks finance's supervising seal over a receipt.
//!
//! ```text
//!   receipt ─issued hash─► path ─► issuance root ◄─signature─ supervise key ◄─ bureau's record
//!                                       └─ in the issuance record: state_root of the header
//! ```

use piaolian_contracts::{
    chain::{ChainId, Header, merkle},
    malformed::Malformed,
    organisations::{KeyPurpose, ORGANISATIONS, Role},
    receipts::{ISSUANCES, Issuance, Receipt, Seal, seal_sign_bytes},
    types::OrganisationId,
};
use piaolian_proto::v1::SealEvidence;

use crate::{
    path::hashes,
    state::{EntryError, entry},
};

/// A valid seal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownSeal {
    /// The finance bureau.
    pub bureau: OrganisationId,
    /// Its legal name.
    pub bureau_name: String,
    /// Number of receipts that the seal covers: those that the block issued.
    pub receipts: u32,
}

/// Reasons why a seal is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A record of the seal is not proven.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The path is malformed.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The issuance is not sealed.
    #[error("the block's receipts are not sealed")]
    NotSealed,
    /// The seal does not cover the receipt.
    #[error("the receipt is not under the seal's root")]
    NotCovered,
    /// The bureau has no such supervise key in force.
    #[error("organisation {0} has no such supervise key")]
    NoSuperviseKey(OrganisationId),
    /// The signature is not valid.
    #[error("the seal's signature is not valid")]
    BadSignature,
}

/// Checks the seal of a receipt whose record is proven under `header`.
pub(crate) fn verify(
    header: &Header,
    receipt: &Receipt,
    evidence: &SealEvidence,
) -> Result<ShownSeal, SealError> {
    let root = &header.state_root;
    let place = (ISSUANCES, &receipt.issued_height);
    let issuance = entry(root, place, "seal.issuance", evidence.issuance.as_ref())?;
    check_covered(receipt, &issuance, evidence)?;
    let seal = issuance.seal.as_ref().ok_or(SealError::NotSealed)?;
    let place = (ORGANISATIONS, &seal.organisation);
    let bureau = entry(root, place, "seal.bureau", evidence.bureau.as_ref())?;
    let key = bureau.key(seal.key_id).filter(|key| {
        let seals = key.purpose == KeyPurpose::Supervise && bureau.has_role(Role::Finance);
        seals && key.is_live(seal.height)
    });
    let key = key.ok_or(SealError::NoSuperviseKey(seal.organisation))?;
    let message = sign_bytes(&header.chain_id, &issuance);
    key.public_key
        .verify(&message, &seal.signature)
        .map_err(|_| SealError::BadSignature)?;
    Ok(shown(seal, bureau.name.to_string(), issuance.count))
}

fn check_covered(
    receipt: &Receipt,
    issuance: &Issuance,
    evidence: &SealEvidence,
) -> Result<(), SealError> {
    let path = hashes("seal.path", &evidence.path)?;
    let (index, count) = (receipt.issued_index.into(), issuance.count.into());
    let leaf = receipt.issued_hash();
    if merkle::verify(&issuance.root, leaf.as_bytes(), index, count, &path) {
        Ok(())
    } else {
        Err(SealError::NotCovered)
    }
}

fn sign_bytes(chain_id: &ChainId, issuance: &Issuance) -> Vec<u8> {
    seal_sign_bytes(chain_id, issuance.height, &issuance.root)
}

fn shown(seal: &Seal, bureau_name: String, receipts: u32) -> ShownSeal {
    ShownSeal {
        bureau: seal.organisation,
        bureau_name,
        receipts,
    }
}
