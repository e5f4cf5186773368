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
    holders::{Issued, Payer, Source},
    vault::OpenError,
};
use piaolian_details::Details;
use piaolian_proto::v1::{DetailsPayerParty, PayerKind};
use piaolian_sealing::Sealed;
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
    fn issued_at(&self, height: u64) -> Result<Vec<Issued>, Fault> {
        let issued = self.issued_in(&self.state(), Height::new(height));
        let issued = issued.map_err(|error| Fault(error.into()))?.into_iter();
        let issued = issued.map(|receipt| Issued {
            receipt: receipt.id,
            index: receipt.issued_index,
        });
        Ok(issued.collect())
    }

    fn payer_of(&self, receipt: &ReceiptId) -> Result<Payer, Fault> {
        let Some(receipt) = RECEIPTS.get(&self.state(), receipt)? else {
            let lost = ServiceFault::Damaged(format!("receipt {receipt}"));
            return Err(Fault(lost.into()));
        };
        let own = self.issuing.as_ref().map(|issuing| &issuing.details);
        if let Some(own) = own {
            match own.by_commitment(&receipt.details_commitment) {
                Ok(Some(kept)) => return self.payer(&kept.details, &receipt, || None),
                Ok(None) => {}
                // Its seal key is gone: whoever asks for these details is told.
                Err(StoreError::Closed { .. }) => return Ok(Payer::NotForUs),
                Err(error) => return Err(Fault(error.into())),
            }
        }
        let Some(hash) = receipt.attachment_hash else {
            return Ok(Payer::NotForUs);
        };
        match self.attachments.get(&hash)? {
            Some(attached) => self.sealed_payer(&receipt, attached),
            None => Ok(Payer::NotHere),
        }
    }
}

impl Service {
    /// Who paid, by details that are sealed. What does not open as this receipt's is nobody's:
    /// its issuer wrote it, and a reader of the receipt is told.
    fn sealed_payer(&self, receipt: &Receipt, attached: Bytes) -> Result<Payer, Fault> {
        let Ok(sealed) = Sealed::decode(attached) else {
            return Ok(Payer::NotForUs);
        };
        match self.vault.open(&receipt.details_commitment, &sealed) {
            Ok(details) => self.payer(&details, receipt, || self.vault.opener(sealed.keys())),
            // For a key that was registered and is not here yet, or not any more.
            Err(OpenError::NoKey) if self.is_sealed_for_us(&sealed) => Ok(Payer::NotHere),
            Err(OpenError::NoKey | OpenError::Sealing(_) | OpenError::OtherCommitment) => {
                Ok(Payer::NotForUs)
            }
        }
    }

    fn is_sealed_for_us(&self, sealed: &Sealed) -> bool {
        let own = self.organisation.to_string();
        sealed.keys().iter().any(|key| key.organisation == own)
    }

    /// Who paid, by details that are this receipt's: a commitment can be copied.
    fn payer(
        &self,
        details: &Details,
        receipt: &Receipt,
        opened_by: impl FnOnce() -> Option<KeyId>,
    ) -> Result<Payer, Fault> {
        let held = self.hold_against_ledger(details, receipt);
        match held {
            Ok(_) => {}
            Err(error @ ServiceError::Fault(_)) => return Err(Fault(error.into())),
            Err(_) => return Ok(Payer::NotForUs),
        }
        let payer = details.message().payer_party.as_ref();
        let is_person = |payer: &&DetailsPayerParty| {
            payer.kind() == PayerKind::Person && !payer.code.is_empty()
        };
        Ok(match payer.filter(is_person) {
            Some(person) => Payer::Person {
                identity_number: Zeroizing::new(person.code.clone()),
                opened_by: opened_by(),
            },
            None => Payer::Unnumbered,
        })
    }
}
