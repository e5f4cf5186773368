//! The hospital's part: imports national XML, stores details, signs and issues receipts.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use piaolian_base::{layout, shutdown::ClosedSignal};
use piaolian_contracts::{
    chain::ChainId,
    disclosure::LogNumber,
    organisations::{KeyId, KeyPurpose},
    types::OrganisationId,
};
use piaolian_custody::{
    access_log::{AccessLog, LogHeader},
    attachments::OwnAttachments,
    details_store::DetailsStore,
    keys::HeldKey,
    vault::Vault,
};
use piaolian_details::Rules;
use piaolian_encryption::IndexKey;
use piaolian_genesis::KeyPair;
use piaolian_node::app::Components;
use piaolian_proto::v1::{
    CallOptions, GetReceiptDetailsRequest, GetReceiptRequest, GrantAccess, GrantAccessRequest,
    GrantPurpose, ImportFile, ImportOutcome, ImportReceiptsRequest, ImportResult,
    ListGrantsRequest, ReceiptId, get_receipt_request::By,
};
use piaolian_service as service;
use piaolian_service::{ActingKeys, CallingClient, KeyRetention, Services};
use piaolian_test_kit::sample::Founder;
use piaolian_tests::control::Imported;

use crate::Failure;

/// An issuer with its details store, before the node runs.
pub(crate) struct Issuer {
    organisation: OrganisationId,
    sign: Arc<HeldKey>,
    encrypt: Arc<HeldKey>,
    vault: Arc<Vault>,
    access_log: AccessLog,
    issuing: service::Issuer,
}

impl Issuer {
    pub(crate) fn open(
        founder: &Founder,
        chain_id: &ChainId,
        data: &Path,
    ) -> Result<Self, Failure> {
        let organisation = founder.presentation.organisation;
        let encrypt = held(founder, KeyPurpose::Encrypt)?;
        let secret = encrypt.decryption_secret(organisation);
        let vault = Arc::new(Vault::new(chain_id.clone(), vec![secret]));
        let details = DetailsStore::open(&data.join(layout::DETAILS), vault.clone())?;
        let header = LogHeader {
            chain: chain_id.clone(),
            organisation,
            log: LogNumber::FIRST,
        };
        Ok(Self {
            organisation,
            sign: Arc::new(held(founder, KeyPurpose::Sign)?),
            encrypt: Arc::new(encrypt),
            vault,
            access_log: AccessLog::open(&data.join(layout::access_log(header.log)), &header)?,
            issuing: service::Issuer {
                details: Arc::new(details),
                rules: Rules::of(organisation),
            },
        })
    }

    /// Signals when the details store is closed.
    pub(crate) fn closed(&self) -> ClosedSignal {
        self.issuing.details.closed()
    }

    /// The issuer's encrypted details, for its peers.
    pub(crate) fn attachments(&self) -> OwnAttachments {
        self.issuing.attachments()
    }

    /// The product's service over the running node.
    pub(crate) fn serve(self, components: &Components) -> Services {
        Services::new(service::Dependencies {
            ledger: components.ledger.clone(),
            admission: components.admission.clone(),
            organisation: self.organisation,
            keys: ActingKeys {
                sign: Some(self.sign),
                supervise: None,
                encrypt: Some(self.encrypt),
            },
            vault: self.vault,
            key_retention: KeyRetention {
                keys: PathBuf::new(),
                period: None,
                destroyed_after: None,
                own_details: PathBuf::new(),
            },
            holder_tags: IndexKey::random(&mut rand::rng()), // it files no claims
            access_log: self.access_log,
            attachments: components.attachments.clone(),
            issuer: Some(self.issuing),
            holders: None,
            peers: Box::new(Vec::new), // the tests ask this program for its peers in another way
        })
    }
}

/// A founder's key of a purpose, with its number.
fn held(founder: &Founder, purpose: KeyPurpose) -> Result<HeldKey, Failure> {
    let (key_id, key) = founder.key(purpose).ok_or("a sample has every key")?;
    let key = KeyPair::from_secret(purpose, key.secret());
    Ok(HeldKey::new(KeyId::parse("key_id", key_id)?, key))
}

/// Imports files and reads the details of the receipts that are then on the ledger.
pub(crate) async fn import(
    services: &Services,
    files: Vec<String>,
) -> Result<Vec<Imported>, Failure> {
    let files = files.into_iter().map(|xml| ImportFile {
        name: String::new(),
        xml: xml.into_bytes().into(),
    });
    let request = ImportReceiptsRequest {
        files: files.collect(),
        options: None,
        late_reason: String::new(),
    };
    let imported = services.issuance.import_receipts(request).await?;
    let mut all = Vec::with_capacity(imported.outcomes.len());
    for outcome in imported.outcomes {
        all.push(told(services, outcome).await);
    }
    Ok(all)
}

async fn told(services: &Services, outcome: ImportOutcome) -> Imported {
    let known = outcome.result() == ImportResult::AlreadyIssued;
    let request = GetReceiptDetailsRequest {
        receipt: outcome.receipt.clone(),
        ..Default::default()
    };
    let client = CallingClient {
        name: "test".to_owned(),
        is_administrator: false,
    };
    let details = services.details.get_receipt_details(&client, request).await;
    let attachment = outcome.receipt.clone().and_then(|id| {
        let by = Some(By::Receipt(id));
        let request = GetReceiptRequest {
            by,
            with_seal_path: false,
        };
        let view = services.queries.get_receipt(&request).ok()?.receipt?;
        Some(hex::encode(view.record?.attachment_hash))
    });
    Imported {
        receipt: outcome.receipt.map(|id| (id.code, id.number)),
        known,
        details_kept: details.is_ok(),
        attachment,
        problems: outcome
            .problems
            .into_iter()
            .map(|problem| problem.code)
            .collect(),
    }
}

/// Authorises an organisation to claim, always with the same client id, and returns the hash of the granted key.
pub(crate) async fn grant(
    services: &Services,
    (code, number): (String, u64),
    grantee: String,
    expires_ms: u64,
) -> Result<String, Failure> {
    let receipt = ReceiptId { code, number };
    let request = GrantAccessRequest {
        grant_access: Some(GrantAccess {
            receipt: Some(receipt.clone()),
            grantee,
            purpose: GrantPurpose::Claim.into(),
            expires_ms,
            consent_hash: vec![1; 32].into(),
            ..GrantAccess::default()
        }),
        options: Some(CallOptions {
            client_id: vec![7; 16].into(),
            ..CallOptions::default()
        }),
        without_details: false,
    };
    services.key_sharing.grant_access(request).await?;
    let request = ListGrantsRequest {
        receipt: Some(receipt),
        ..ListGrantsRequest::default()
    };
    let [view] = services
        .queries
        .list_grants(&request)?
        .grants
        .try_into()
        .map_err(|_| "there is one authorisation")?;
    let grant = view.grant.ok_or("an authorisation is shown")?;
    Ok(hex::encode(grant.wrapped_key_hash))
}
