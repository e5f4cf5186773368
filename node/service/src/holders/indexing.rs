//! What the index of holders is made of: the committed blocks, and the details that this node
//! opens.

use bytes::Bytes;
use piaolian_contracts::{
    chain::Height,
    organisations::KeyId,
    receipts::{RECEIPTS, Receipt},
    state::Fault,
    types::ReceiptId,
};
use piaolian_custody::{
    details_store::StoreError,
    holders::{IssuedReceipt, PaidBy, Source},
    vault::DecryptionError,
};
use piaolian_details::Details;
use piaolian_encryption::EncryptedDetails;
use piaolian_proto::v1::{DetailsPayerParty, PayerKind};
use zeroize::Zeroizing;

use crate::{
    Service,
    error::{ServiceError, ServiceFault},
};

/// Keeps the index in step with the chain until the service stops. Without one it only waits.
///
/// # Errors
/// When this machine is in trouble.
pub async fn run(service: &Service) -> Result<(), ServiceError> {
    let mut stopping = service.stopping();
    let stopped = async move {
        let _ = stopping.wait_for(|stopping| *stopping).await; // gone: stopping as well
    };
    let indexed = async {
        let Some(holders) = &service.holders else {
            return std::future::pending().await;
        };
        let tips = service.ledger.tips();
        holders.run(service, tips, |tip| tip.height.get()).await
    };
    tokio::select! {
        () = stopped => Ok(()),
        indexed = indexed => Ok(indexed.map_err(ServiceFault::from)?),
    }
}

impl Source for Service {
    fn issued_at(&self, height: u64) -> Result<Vec<IssuedReceipt>, Fault> {
        let issued = self.issued_in(&self.state(), Height::new(height));
        let issued = issued.map_err(|error| Fault(error.into()))?.into_iter();
        let issued = issued.map(|receipt| IssuedReceipt {
            receipt: receipt.id,
            index: receipt.issued_index,
        });
        Ok(issued.collect())
    }

    fn paid_by(&self, receipt: &ReceiptId) -> Result<PaidBy, Fault> {
        let Some(receipt) = RECEIPTS.get(&self.state(), receipt)? else {
            let lost = ServiceFault::Damaged(format!("receipt {receipt}"));
            return Err(Fault(lost.into()));
        };
        let own = self.issuing.as_ref().map(|issuing| &issuing.details);
        if let Some(own) = own {
            match own.by_commitment(&receipt.details_commitment) {
                Ok(Some(kept)) => return self.verified_payer(&kept.details, &receipt, || None),
                Ok(None) => {}
                // Its encryption key is gone: whoever asks for these details is told.
                Err(StoreError::Encrypted { .. }) => return Ok(PaidBy::NotForUs),
                Err(error) => return Err(Fault(error.into())),
            }
        }
        let Some(hash) = receipt.attachment_hash else {
            return Ok(PaidBy::NotForUs);
        };
        match self.attachments.get(&hash)? {
            Some(attached) => self.encrypted_payer(&receipt, attached),
            None => Ok(PaidBy::NotHere),
        }
    }
}

impl Service {
    /// Who paid, by details that are encrypted. What does not open as this receipt's is nobody's:
    /// its issuer wrote it, and a reader of the receipt is told.
    fn encrypted_payer(&self, receipt: &Receipt, attached: Bytes) -> Result<PaidBy, Fault> {
        let Ok(encrypted) = EncryptedDetails::decode(attached) else {
            return Ok(PaidBy::NotForUs);
        };
        match self.vault.decrypt(&receipt.details_commitment, &encrypted) {
            Ok(details) => self.verified_payer(&details, receipt, || {
                self.vault.decrypting_key(encrypted.keys())
            }),
            // For a key that was registered and is not here yet, or not any more.
            Err(DecryptionError::NoKey) if self.is_encrypted_for_us(&encrypted) => {
                Ok(PaidBy::NotHere)
            }
            Err(
                DecryptionError::NoKey
                | DecryptionError::Encryption(_)
                | DecryptionError::OtherCommitment,
            ) => Ok(PaidBy::NotForUs),
        }
    }

    fn is_encrypted_for_us(&self, encrypted: &EncryptedDetails) -> bool {
        let own = self.organisation.to_string();
        encrypted.keys().iter().any(|key| key.organisation == own)
    }

    /// Who paid, by details that are this receipt's: a commitment can be copied.
    fn verified_payer(
        &self,
        details: &Details,
        receipt: &Receipt,
        decrypted_with: impl FnOnce() -> Option<KeyId>,
    ) -> Result<PaidBy, Fault> {
        let held = self.hold_against_ledger(details, receipt);
        match held {
            Ok(_) => {}
            Err(error @ ServiceError::Fault(_)) => return Err(Fault(error.into())),
            Err(_) => return Ok(PaidBy::NotForUs),
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
            None => PaidBy::Unnumbered,
        })
    }
}
