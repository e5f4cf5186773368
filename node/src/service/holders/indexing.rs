//! What the index of holders is made of: the committed blocks, and the details that this node
//! opens.

use piaolian_contracts::{
    chain::Height,
    receipts::{RECEIPTS, Receipt},
    state::Fault,
    types::ReceiptId,
};
use piaolian_proto::v1::PayerKind;
use piaolian_sealing::Sealed;
use zeroize::Zeroizing;

use crate::{
    details::{Details, store::StoreError, vault::OpenError},
    holders::{Issued, Payer, Source},
    service::{
        Service,
        error::{ServiceError, ServiceFault},
    },
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
                Ok(Some(kept)) => return Ok(payer(&kept.details, || None)),
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
            Some(attached) => Ok(self.sealed_payer(&receipt, attached)),
            None => Ok(Payer::NotHere),
        }
    }
}

impl Service {
    /// Who paid, by details that are sealed. What does not open as this receipt's is nobody's:
    /// its issuer wrote it, and a reader of the receipt is told.
    fn sealed_payer(&self, receipt: &Receipt, attached: bytes::Bytes) -> Payer {
        let Ok(sealed) = Sealed::decode(attached) else {
            return Payer::NotForUs;
        };
        match self.vault.open(&receipt.details_commitment, &sealed) {
            Ok(details) => payer(&details, || self.vault.opener(sealed.keys())),
            Err(OpenError::NoKey | OpenError::Sealing(_) | OpenError::OtherCommitment) => {
                Payer::NotForUs
            }
        }
    }
}

fn payer(
    details: &Details,
    opened_by: impl FnOnce() -> Option<piaolian_contracts::organisations::KeyId>,
) -> Payer {
    let payer = details.message().payer_party.as_ref();
    let person = payer.filter(|payer| payer.kind() == PayerKind::Person && !payer.code.is_empty());
    match person {
        Some(person) => Payer::Person {
            identity_number: Zeroizing::new(person.code.clone()),
            opened_by: opened_by(),
        },
        None => Payer::Unnumbered,
    }
}
