//! The hospital's own half: national XML in, details kept, receipts signed and issued.

use std::{path::Path, sync::Arc};

use piaolian_contracts::{
    chain::ChainId,
    organisations::{KeyId, KeyPurpose},
};
use piaolian_genesis::{KeyPair, sample::Founder};
use piaolian_node::{
    closing::Closed,
    details::{DetailsStore, Rules, vault::Vault},
    keys::HeldKey,
    node::Parts,
    service::{self, ActingKeys, Issuing, Service},
};
use piaolian_proto::v1::{
    GetReceiptDetailsRequest, ImportFile, ImportOutcome, ImportReceiptsRequest, ImportResult,
};
use piaolian_tests::control::Imported;

use crate::Failure;

/// Where the details are kept, within the data folder.
const DETAILS_FOLDER: &str = "details";

/// An issuer with its store, before the node runs.
pub(crate) struct Issuer {
    founder: Founder,
    sign: Arc<HeldKey>,
    seal: Arc<HeldKey>,
    vault: Arc<Vault>,
    details: Arc<DetailsStore>,
}

impl Issuer {
    pub(crate) fn open(founder: Founder, chain_id: ChainId, data: &Path) -> Result<Self, Failure> {
        let seal = held(&founder, KeyPurpose::Seal)?;
        let secret = seal.opening(founder.presentation.organisation);
        let vault = Arc::new(Vault::new(chain_id, vec![secret]));
        Ok(Self {
            sign: Arc::new(held(&founder, KeyPurpose::Sign)?),
            seal: Arc::new(seal),
            details: Arc::new(DetailsStore::open(
                &data.join(DETAILS_FOLDER),
                vault.clone(),
            )?),
            vault,
            founder,
        })
    }

    /// What tells when the details are closed.
    pub(crate) fn closed(&self) -> Closed {
        self.details.closed()
    }

    /// The product's service over the running node.
    pub(crate) fn serve(self, parts: &Parts) -> Service {
        let network = parts.network.clone();
        let organisation = self.founder.presentation.organisation;
        Service::new(service::Parts {
            ledger: parts.ledger.clone(),
            admission: parts.admission.clone(),
            organisation,
            keys: ActingKeys {
                sign: Some(self.sign),
                supervise: None,
                seal: Some(self.seal),
            },
            vault: self.vault,
            issuing: Some(Issuing {
                details: self.details,
                rules: Rules::of(organisation),
            }),
            peers: Box::new(move || network.peers()),
        })
    }
}

/// A founder's key of a purpose, under its number.
fn held(founder: &Founder, purpose: KeyPurpose) -> Result<HeldKey, Failure> {
    let (key_id, key) = founder.key(purpose).ok_or("a sample has every key")?;
    let key = KeyPair::from_secret(purpose, key.secret());
    Ok(HeldKey::new(KeyId::parse("key_id", key_id)?, key))
}

/// Imports files, and asks for the details of what is then on the ledger.
pub(crate) async fn import(
    service: &Service,
    files: Vec<String>,
) -> Result<Vec<Imported>, Failure> {
    let files = files.into_iter().map(|xml| ImportFile {
        name: String::new(),
        xml: xml.into_bytes().into(),
    });
    let request = ImportReceiptsRequest {
        files: files.collect(),
        options: None,
    };
    let imported = service.import_receipts(request).await?;
    let outcomes = imported.outcomes.into_iter();
    Ok(outcomes.map(|outcome| told(service, outcome)).collect())
}

fn told(service: &Service, outcome: ImportOutcome) -> Imported {
    let known = outcome.result() == ImportResult::AlreadyIssued;
    let details = service.receipt_details(GetReceiptDetailsRequest {
        receipt: outcome.receipt.clone(),
        with_xml: false,
    });
    Imported {
        receipt: outcome.receipt.map(|id| (id.code, id.number)),
        known,
        details_kept: details.is_ok(),
        problems: outcome
            .problems
            .into_iter()
            .map(|problem| problem.code)
            .collect(),
    }
}
