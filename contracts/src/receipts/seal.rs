//! `SealBlock`: finance seals the receipts that a block issued.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    errors::ReceiptError,
    issuance::{Issuance, Seal, seal_sign_bytes},
    schema::ISSUANCES,
};
use crate::{
    action::{ActionContext, Effects, Handler},
    chain::{Hash, Height, Signature},
    malformed::Malformed,
    organisations::{KeyId, KeyPurpose, Role},
    rejection::Stop,
};

/// Records finance's supervising seal over the receipts of one block. Finance checks them first and seals after
/// (docs/DOMAIN.md §3).
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
    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Finance)?;
        let height = self.height;
        let issuance = ctx
            .overlay
            .get(ISSUANCES, &height)?
            .ok_or(ReceiptError::NothingIssued { height })?;
        self.check_against(&issuance)?;
        self.check_signature(ctx)?;
        let mut issuance = Arc::unwrap_or_clone(issuance);
        issuance.seal = Some(Seal {
            organisation: ctx.actor_id(),
            key_id: self.key_id,
            signature: self.signature,
            height: ctx.block.height,
        });
        ctx.overlay.entry(ISSUANCES, &height)?.set(issuance);
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

    /// Checks that the seal is signed with a supervise key of the acting bureau that is live in the parent's state.
    fn check_signature(&self, ctx: &ActionContext<'_, '_>) -> Result<(), ReceiptError> {
        let key = ctx
            .actor
            .key(self.key_id)
            .filter(|key| key.purpose == KeyPurpose::Supervise && key.is_live(ctx.block.height));
        let key = key.ok_or(ReceiptError::NoSuperviseKey {
            organisation: ctx.actor_id(),
            key_id: self.key_id,
        })?;
        let message = seal_sign_bytes(&ctx.block.chain_id, self.height, &self.root);
        key.public_key
            .verify(&message, &self.signature)
            .map_err(|_| ReceiptError::SealNotValid {
                key_id: self.key_id,
            })
    }
}
