//! Composition of the service objects and workers over the components of a running node.

use std::sync::Arc;

use futures::future::BoxFuture;
use piaolian_base::shutdown::{StopSignal, StopSwitch};
use piaolian_contracts::types::OrganisationId;
use piaolian_custody::{
    access_log::AccessLog, attachments::Attachments, holders::Holders, keys::HeldKey, vault::Vault,
};
use piaolian_encryption::IndexKey;
use piaolian_ledger::{Admission, Ledger};

use crate::{
    details_reading::{ClaimHolders, DetailsAccess, HolderAccess, KeySharing, PickUp},
    error::ServiceError,
    events::Events,
    issue::{Issuance, Issuer},
    query::{NodeStatus, Peers, Queries, Verification},
    submit::Submitter,
    workers::{DetailsSource, Indexing, KeyRetention, KeyRetirement, LogAnchor, Sealing, Workers},
};

/// Keys with which the node acts for its organisation.
#[derive(Clone)]
pub struct ActingKeys {
    /// Signs actions. Without it, calls that sign are refused.
    pub sign: Option<Arc<HeldKey>>,
    /// Signs finance's seals. Without it this node seals nothing.
    pub supervise: Option<Arc<HeldKey>>,
    /// The key for which members encrypt details for this organisation. Without it this node issues no receipts with
    /// details.
    pub encrypt: Option<Arc<HeldKey>>,
}

/// Components of a running node that its services use.
pub struct Dependencies {
    /// Committed blocks and state, and transactions that wait.
    pub ledger: Ledger,
    /// Takes transactions.
    pub admission: Admission,
    /// The organisation that runs this node.
    pub organisation: OrganisationId,
    /// Keys with which the node acts for it.
    pub keys: ActingKeys,
    /// Opens details that are encrypted for the organisation.
    pub vault: Arc<Vault>,
    /// Period and retention of its encryption keys.
    pub key_retention: KeyRetention,
    /// Keys the tags that stand for holders on the ledger.
    pub holder_tags: IndexKey,
    /// Records each opening before it is answered.
    pub access_log: AccessLog,
    /// Encrypted details and wrapped keys of all members.
    pub attachments: Arc<Attachments>,
    /// The issuer's own store and rules; `None` where the node issues none.
    pub issuer: Option<Issuer>,
    /// Holder index; `None` where holders are not served.
    pub holders: Option<Holders>,
    /// Asks for the state of the other members.
    pub peers: Peers,
}

/// All service objects and workers of a node.
///
/// Each object owns what it uses. Dropping this and ending all calls closes the stores.
pub struct Services {
    /// Signs actions, and submits transactions.
    pub submitter: Arc<Submitter>,
    /// Reads of the ledger.
    pub queries: Arc<Queries>,
    /// Status of the node.
    pub status: Arc<NodeStatus>,
    /// Verification of receipts.
    pub verification: Arc<Verification>,
    /// Details, opened for the node's organisation.
    pub details: Arc<DetailsAccess>,
    /// Authorisations, with the keys of details.
    pub key_sharing: Arc<KeySharing>,
    /// Claims of which the holder must be known.
    pub claim_holders: Arc<ClaimHolders>,
    /// Service for holders.
    pub holders: Arc<HolderAccess>,
    /// Pick-up of receipts of paid notices.
    pub pick_up: Arc<PickUp>,
    /// Issuance of receipts and notices.
    pub issuance: Arc<Issuance>,
    /// Subscriptions.
    pub events: Arc<Events>,
    workers: Workers,
    stop: StopSwitch,
}

impl Services {
    /// Composes the services of a node.
    pub fn new(dependencies: Dependencies) -> Self {
        let Dependencies {
            ledger,
            admission,
            organisation,
            keys,
            vault,
            key_retention,
            holder_tags,
            access_log,
            attachments,
            issuer,
            holders,
            peers,
        } = dependencies;
        let stop = StopSwitch::new();
        let access_log = Arc::new(access_log);
        let holders = holders.map(Arc::new);
        let own = issuer.as_ref().map(|issuer| issuer.details.clone());

        let submitter = Submitter::new(ledger.clone(), admission, organisation, keys.sign);
        let submitter = Arc::new(submitter);
        let queries = Arc::new(Queries::new(ledger.clone(), organisation));
        let details = Arc::new(DetailsAccess::new(
            ledger.clone(),
            organisation,
            vault.clone(),
            attachments.clone(),
            own.clone(),
            access_log.clone(),
        ));
        let key_sharing = Arc::new(KeySharing::new(
            ledger.clone(),
            organisation,
            vault.clone(),
            attachments.clone(),
            details.clone(),
            submitter.clone(),
        ));
        let workers = Workers {
            sealing: Arc::new(Sealing::new(
                ledger.clone(),
                organisation,
                keys.supervise,
                submitter.clone(),
            )),
            log_anchor: Arc::new(LogAnchor::new(
                ledger.clone(),
                organisation,
                access_log,
                submitter.clone(),
            )),
            key_retirement: Arc::new(KeyRetirement::new(
                ledger.clone(),
                organisation,
                key_retention,
                vault.clone(),
                keys.encrypt.clone(),
                own.clone(),
                holders.clone(),
            )),
            indexing: Arc::new(Indexing::new(
                holders.clone(),
                DetailsSource {
                    ledger: ledger.clone(),
                    organisation,
                    own: own.clone(),
                    vault: vault.clone(),
                    attachments,
                },
            )),
        };
        Self {
            status: Arc::new(NodeStatus::new(
                ledger.clone(),
                organisation,
                peers,
                workers.sealing.clone(),
                workers.log_anchor.clone(),
                workers.key_retirement.clone(),
            )),
            verification: Arc::new(Verification::new(ledger.clone())),
            claim_holders: Arc::new(ClaimHolders::new(
                organisation,
                details.clone(),
                submitter.clone(),
                holder_tags,
            )),
            holders: Arc::new(HolderAccess::new(
                ledger.clone(),
                holders,
                details.clone(),
                key_sharing.clone(),
                queries.clone(),
            )),
            pick_up: Arc::new(PickUp::new(ledger.clone(), own, details.clone())),
            issuance: Arc::new(Issuance::new(
                ledger.clone(),
                organisation,
                issuer,
                vault,
                keys.encrypt,
                details.clone(),
                submitter.clone(),
            )),
            events: Arc::new(Events::new(ledger, stop.signal())),
            submitter,
            queries,
            details,
            key_sharing,
            workers,
            stop,
        }
    }

    /// Returns the switch that stops subscriptions and workers. Calls in progress are still answered.
    pub fn stop_switch(&self) -> StopSwitch {
        self.stop.clone()
    }

    /// Returns the signal of that switch.
    pub fn stop_signal(&self) -> StopSignal {
        self.stop.signal()
    }

    /// Runs the workers until the stop, or until one fails. Dropping this ends them.
    ///
    /// # Errors
    /// On a fault of this machine.
    #[must_use]
    pub fn work(&self) -> BoxFuture<'_, Result<(), ServiceError>> {
        Box::pin(async { self.workers.run(&self.stop.signal()).await })
    }
}
