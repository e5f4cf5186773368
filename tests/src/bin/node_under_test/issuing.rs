//! The hospital's own half: national XML in, details kept, receipts signed and issued.

use std::{path::Path, sync::Arc};

use piaolian_contracts::organisations::{KeyId, KeyPurpose};
use piaolian_genesis::{KeyPair, sample::Founder};
use piaolian_node::{
    closing::Closed,
    details::{DetailsStore, Rules},
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
    details: Arc<DetailsStore>,
}

impl Issuer {
    pub(crate) fn open(founder: Founder, data: &Path) -> Result<Self, Failure> {
        let sign = KeyPurpose::Sign;
        let (key_id, key) = founder.key(sign).ok_or("a sample has every key")?;
        let key = KeyPair::from_secret(sign, key.secret());
        Ok(Self {
            sign: Arc::new(HeldKey::new(KeyId::parse("key_id", key_id)?, key)),
            details: Arc::new(DetailsStore::open(&data.join(DETAILS_FOLDER))?),
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
            },
            issuing: Some(Issuing {
                details: self.details,
                rules: Rules::of(organisation),
            }),
            peers: Box::new(move || network.peers()),
        })
    }
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
