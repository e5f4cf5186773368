//! Indexing of holders, from the committed blocks and the details that this node opens.

use std::sync::Arc;

use bytes::Bytes;
use piaolian_contracts::{
    chain::Height,
    organisations::KeyId,
    receipts::{RECEIPTS, Receipt},
    state::Fault,
    types::{OrganisationId, ReceiptId},
};
use piaolian_custody::{
    attachments::Attachments,
    details_store::{DetailsStore, StoreError},
    holders::{Holders, IssuedReceipt, PaidBy, Source},
    vault::{DecryptionError, Vault},
};
use piaolian_details::Details;
use piaolian_encryption::EncryptedDetails;
use piaolian_ledger::Ledger;
use piaolian_proto::v1::{DetailsPayerParty, PayerKind};
use zeroize::Zeroizing;

use crate::{
    details_reading::check_against_ledger,
    error::{ServiceError, ServiceFault},
    query::receipts::issued_in,
};

/// Keeps the holder index in step with the chain.
pub(crate) struct Indexing {
    index: Option<Arc<Holders>>,
    source: DetailsSource,
}

/// The committed blocks, and the details that this node opens.
pub(crate) struct DetailsSource {
    pub(crate) ledger: Ledger,
    pub(crate) organisation: OrganisationId,
    /// Details that this node issued; `None` where it issues none.
    pub(crate) own: Option<Arc<DetailsStore>>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) attachments: Arc<Attachments>,
}

impl Indexing {
    /// Returns the worker that keeps `index` in step with `source`.
    pub(crate) const fn new(index: Option<Arc<Holders>>, source: DetailsSource) -> Self {
        Self { index, source }
    }

    /// Follows the chain. Without an index it only waits. Never returns without an error.
    ///
    /// # Errors
    /// On a fault of this machine.
    pub(super) async fn run(&self) -> Result<(), ServiceError> {
        let Some(index) = &self.index else {
            return std::future::pending().await;
        };
        let tips = self.source.ledger.tips();
        let followed = index.run(&self.source, tips, |tip| tip.height.get()).await;
        Ok(followed.map_err(ServiceFault::from)?)
    }
}

impl Source for DetailsSource {
    fn issued_at(&self, height: u64) -> Result<Vec<IssuedReceipt>, Fault> {
        let chain = self.ledger.view();
        let issued = issued_in(chain, &chain.state(), Height::new(height));
        let issued = issued.map_err(|error| Fault(error.into()))?.into_iter();
        let issued = issued.map(|receipt| IssuedReceipt {
            receipt: receipt.id,
            index: receipt.issued_index,
        });
        Ok(issued.collect())
    }

    fn paid_by(&self, receipt: &ReceiptId) -> Result<PaidBy, Fault> {
        let Some(receipt) = RECEIPTS.get(&self.ledger.view().state(), receipt)? else {
            let lost = ServiceFault::Damaged(format!("receipt {receipt}"));
            return Err(Fault(lost.into()));
        };
        if let Some(own) = &self.own {
            match own.by_commitment(&receipt.details_commitment) {
                Ok(Some(kept)) => return self.verified_payer(&kept.details, &receipt, || None),
                Ok(None) => {}
                // Its encryption key is gone: a reader of these details gets the error.
                Err(StoreError::Encrypted { .. }) => return Ok(PaidBy::NotReadable),
                Err(error) => return Err(Fault(error.into())),
            }
        }
        let Some(hash) = receipt.attachment_hash else {
            return Ok(PaidBy::NotReadable);
        };
        match self.attachments.get(&hash)? {
            Some(attached) => self.encrypted_payer(&receipt, attached),
            None => Ok(PaidBy::DetailsMissing),
        }
    }
}

impl DetailsSource {
    /// Returns the payer, according to encrypted details. Details that do not match the receipt belong to nobody. The
    /// fault is the issuer's, and a reader of the receipt gets the error.
    fn encrypted_payer(&self, receipt: &Receipt, attached: Bytes) -> Result<PaidBy, Fault> {
        let Ok(encrypted) = EncryptedDetails::decode(attached) else {
            return Ok(PaidBy::NotReadable);
        };
        match self.vault.decrypt(&receipt.details_commitment, &encrypted) {
            Ok(details) => self.verified_payer(&details, receipt, || {
                self.vault.decrypting_key(encrypted.keys())
            }),
            // They are encrypted for a registered key that this node does not have yet, or has no longer.
            Err(DecryptionError::NoKey) if self.is_encrypted_for_us(&encrypted) => {
                Ok(PaidBy::DetailsMissing)
            }
            Err(
                DecryptionError::NoKey
                | DecryptionError::Encryption(_)
                | DecryptionError::OtherCommitment,
            ) => Ok(PaidBy::NotReadable),
        }
    }

    fn is_encrypted_for_us(&self, encrypted: &EncryptedDetails) -> bool {
        let own = self.organisation.to_string();
        encrypted.keys().iter().any(|key| key.organisation == own)
    }

    /// Returns the payer if the details match the record of this receipt. The commitment alone is not enough, because
    /// an issuer can copy it to another receipt.
    fn verified_payer(
        &self,
        details: &Details,
        receipt: &Receipt,
        decrypted_with: impl FnOnce() -> Option<KeyId>,
    ) -> Result<PaidBy, Fault> {
        let state = self.ledger.view().state();
        match check_against_ledger(&state, details, receipt) {
            Ok(_) => {}
            Err(error @ ServiceError::Fault(_)) => return Err(Fault(error.into())),
            Err(_) => return Ok(PaidBy::NotReadable),
        }
        let payer = details.message().payer_party.as_ref();
        let is_person = |payer: &&DetailsPayerParty| {
            payer.kind() == PayerKind::Person && !payer.code.is_empty()
        };
        Ok(match payer.filter(is_person) {
            Some(person) => PaidBy::Person {
                identity_number: Zeroizing::new(person.code.clone()),
                decrypted_with: decrypted_with(),
            },
            None => PaidBy::NoIdentityNumber,
        })
    }
}
