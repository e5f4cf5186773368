//! What can be asked and told, free of transport.
//!
//! ```text
//!   rpc ──► Service ──reads──► store: blocks, state, history, proofs
//!             │  └─writes─► signing ─► admission ─► mempool … block ─► outcome
//!             └─ events: committed blocks projected, at each subscriber's pace
//!
//!   each node:       anchoring ─► AnchorAccessLog for what was opened
//!   finance's node:  sealing ─► SealBlock for each block that issued
//!   issuer's node:   issuing, import ─► details store ─► IssueReceipts
//!   at either:       holders ─► index ─► details ─► what is a holder's, and GrantAccess for it
//! ```
//!
//! One file a subject. Reads are plain functions over one version of the state; they
//! touch the disk, so doors call them from threads that may block. Messages in and
//! out are those of the `.proto` files; what comes in is parsed once, here.

pub mod api;
mod api_error;
mod attempt_limiter;
mod error;
mod events;
mod issue;
pub mod metrics_server;
#[cfg(test)]
mod numbers;
mod pagination;
mod parse;
mod private;
mod query;
mod submit;
pub mod workers;

use std::sync::{Arc, Mutex, atomic::AtomicU64};

use piaolian_contracts::{
    chain::BlockTime,
    governance::{PARAMETERS, Parameters},
    state::Fault,
    types::{DecisionNumber, OrganisationId, ReceiptId},
};
use piaolian_proto::v1;
use piaolian_sealing::PersonTag;
use tokio::sync::{Semaphore, watch};

pub use api_error::{ApiError, Kind};
pub use error::{Refusal, ServiceError, ServiceFault, detail_of_rule};
pub use events::subscription::Subscription;
pub use parse::Client;
pub use workers::key_retirement::KeyRetention;

use piaolian_base::clock;
use piaolian_custody::{
    access_log::AccessLog,
    attachments::{self, Attachments},
    details_store::DetailsStore,
    holders::Holders,
    keys::HeldKey,
    vault::Vault,
};
use piaolian_details as details;
use piaolian_ledger::{Admission, Ledger, StateView};

use self::{
    attempt_limiter::AttemptLimiter, events::subscription::SUBSCRIBERS_MAX,
    submit::client_ids::ClientIds,
};

/// Receipts of one call: as many as a transaction may issue.
pub(crate) const RECEIPTS_OF_A_CALL_MAX: usize = 1_000;

/// The keys with which the node acts for its organisation.
#[derive(Clone)]
pub struct ActingKeys {
    /// Signs typed calls. Without it they are refused.
    pub sign: Option<Arc<HeldKey>>,
    /// Finance's: signs seals. Without it nothing is sealed here.
    pub supervise: Option<Arc<HeldKey>>,
    /// What others seal details for. Without it this node issues none with details.
    pub seal: Option<Arc<HeldKey>>,
}

/// What an issuer's node keeps and checks.
pub struct Issuing {
    /// The issuer's own store.
    pub details: Arc<DetailsStore>,
    /// What it checks before it signs.
    pub rules: details::Rules,
}

impl Issuing {
    /// The issuer's own attachments: its details, sealed.
    #[must_use]
    pub fn attachments(&self) -> attachments::Own {
        let details = Arc::downgrade(&self.details);
        Box::new(move |hash| match details.upgrade() {
            Some(details) => Ok(details.attachment(hash).map_err(|e| Fault(e.into()))?),
            None => Ok(None), // the node is stopping
        })
    }
}

/// What a service is made of.
pub struct Parts {
    /// What is committed, and what waits.
    pub ledger: Ledger,
    /// Takes transactions.
    pub admission: Admission,
    /// Who runs this node.
    pub organisation: OrganisationId,
    /// The node's keys for its organisation's acts.
    pub keys: ActingKeys,
    /// Opens what is sealed for this organisation.
    pub vault: Arc<Vault>,
    /// When its keys are destroyed.
    pub retirement: KeyRetention,
    /// Where each opening is written down before it is answered.
    pub access_log: AccessLog,
    /// Sealed details and wrapped keys.
    pub attachments: Arc<Attachments>,
    /// What an issuer's node keeps and checks; `None` elsewhere.
    pub issuing: Option<Issuing>,
    /// Whose receipt is which, where holders are served.
    pub holders: Option<Holders>,
    /// How the other members are, now.
    pub peers: Box<dyn Fn() -> Vec<v1::PeerStatus> + Send + Sync>,
}

/// Everything that a node's doors ask.
pub struct Service {
    ledger: Ledger,
    admission: Admission,
    organisation: OrganisationId,
    keys: ActingKeys,
    vault: Arc<Vault>,
    retirement: KeyRetention,
    /// Before the stores, whose end is waited for: the log is closed by then.
    access_log: AccessLog,
    /// Why it is not what the ledger has of it; empty where nothing is known of that.
    access_log_contradiction: Mutex<String>,
    attachments: Arc<Attachments>,
    issuing: Option<Issuing>,
    holders: Option<Holders>,
    peers: Box<dyn Fn() -> Vec<v1::PeerStatus> + Send + Sync>,
    client_ids: ClientIds,
    /// At check codes of receipts.
    guesses: AttemptLimiter<ReceiptId>,
    /// At second factors of pick-ups.
    pick_ups: AttemptLimiter<DecisionNumber>,
    /// At names of holders.
    names: AttemptLimiter<PersonTag>,
    subscribers: Arc<Semaphore>,
    /// On finance's node: the lowest height whose issuance is not sealed; 0: none.
    first_unsealed: AtomicU64,
    started: BlockTime,
    stopping: watch::Sender<bool>,
}

impl Service {
    /// A service over the parts of a running node.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            ledger: parts.ledger,
            admission: parts.admission,
            organisation: parts.organisation,
            keys: parts.keys,
            vault: parts.vault,
            retirement: parts.retirement,
            access_log: parts.access_log,
            access_log_contradiction: Mutex::default(),
            attachments: parts.attachments,
            issuing: parts.issuing,
            holders: parts.holders,
            peers: parts.peers,
            client_ids: ClientIds::default(),
            guesses: AttemptLimiter::default(),
            pick_ups: AttemptLimiter::default(),
            names: AttemptLimiter::default(),
            subscribers: Arc::new(Semaphore::new(SUBSCRIBERS_MAX)),
            first_unsealed: AtomicU64::new(0),
            started: clock::now(),
            stopping: watch::Sender::new(false),
        }
    }

    /// Ends subscriptions and the sealing; calls under way are answered.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Turns true when the service stops.
    #[must_use]
    pub fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// The state at the tip, as one version.
    fn state(&self) -> StateView<'_> {
        self.ledger.store().state()
    }

    fn issuing(&self) -> Result<&Issuing, ApiError> {
        self.issuing.as_ref().ok_or(ApiError::NoDetailsHere)
    }

    /// What this issuer's node checks, with the tolerance in force.
    fn rules(&self) -> Result<details::Rules, ServiceError> {
        let tolerance = parameters(&self.state())?.line_tolerance_fen();
        let rules = self.issuing()?.rules.clone();
        Ok(rules.with_line_tolerance(tolerance))
    }

    fn details(&self) -> Result<&DetailsStore, ApiError> {
        self.issuing().map(|issuing| &*issuing.details)
    }
}

/// The parameters in force.
fn parameters(state: &StateView<'_>) -> Result<Parameters, ServiceError> {
    let parameters = PARAMETERS.get(state, &())?;
    parameters.ok_or_else(|| ServiceFault::Damaged("the parameters".to_owned()).into())
}
