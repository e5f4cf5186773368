//! `SealBlock`: finance seals what a block issued.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    errors::ReceiptError,
    issuance::{Issuance, Seal, seal_sign_bytes},
    schema::ISSUANCES,
};
use crate::{
    act::{Act, Effects, Handler},
    chain::{Hash, Height, Signature},
    malformed::Malformed,
    organisations::{KeyId, KeyPurpose, Role},
    rejection::Stop,
};

/// Finance's supervising seal over the receipts of one block: finance has checked
/// them first and seals after (DOMAIN §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealBlock {
    height: Height,
    root: Hash,
    key_id: KeyId,
    signature: Signature,
}

impl TryFrom<proto::SealBlock> for SealBlock {
    type Error = Malformed;

    fn try_from(message: proto::SealBlock) -> Result<Self, Malformed> {
        Ok(Self {
            height: Height::new(message.height),
            root: Hash::parse("issuance_root", &message.issuance_root)?,
            key_id: KeyId::parse("key_id", message.key_id)?,
            signature: Signature::parse("signature", &message.signature)?,
        })
    }
}

impl Handler for SealBlock {
    fn execute(&self, act: &mut Act<'_, '_>) -> Result<Effects, Stop> {
        act.authorise(Role::Finance)?;
        let height = self.height;
        let issuance = act
            .overlay
            .get(ISSUANCES, &height)?
            .ok_or(ReceiptError::NothingIssued { height })?;
        self.check_against(&issuance)?;
        self.check_signature(act)?;
        let mut issuance = Arc::unwrap_or_clone(issuance);
        issuance.seal = Some(Seal {
            organisation: act.actor_id(),
            key_id: self.key_id,
            signature: self.signature,
            height: act.block.height,
        });
        act.overlay.entry(ISSUANCES, &height)?.set(issuance);
        Ok(Effects::none())
    }
}

impl SealBlock {
    fn check_against(&self, issuance: &Issuance) -> Result<(), ReceiptError> {
        let height = self.height;
        if let Some(seal) = &issuance.seal {
            let organisation = seal.organisation;
            return Err(ReceiptError::AlreadySealed {
                height,
                organisation,
            });
        }
        if self.root != issuance.root {
            return Err(ReceiptError::RootDiffers {
                height,
                issuance_root: issuance.root,
            });
        }
        Ok(())
    }

    /// The seal is by a supervise key of the acting bureau that is live now, as
    /// the parent's state has it.
    fn check_signature(&self, act: &Act<'_, '_>) -> Result<(), ReceiptError> {
        let key = act
            .actor
            .key(self.key_id)
            .filter(|key| key.purpose == KeyPurpose::Supervise && key.is_live(act.block.height));
        let key = key.ok_or(ReceiptError::NoSuperviseKey {
            organisation: act.actor_id(),
            key_id: self.key_id,
        })?;
        let message = seal_sign_bytes(&act.block.chain_id, self.height, &self.root);
        key.public_key
            .verify(&message, &self.signature)
            .map_err(|_| ReceiptError::SealNotValid {
                key_id: self.key_id,
            })
    }
}
