//! Issuance: receipts and notices, with their details.
//!
//! ```text
//!   details ──rules──► draft ──► known? prepared before? else salted, encrypted for its recipients
//!                                  └─► kept (synced) ─► signed ─► block ─► result of each
//! ```
//!
//! Details are on disk before anything is signed, so the node can show the details of everything that a block accepts.
//! A retry submits the same bytes, so it is the same request.

mod import;
mod notices;
mod plan;
mod receipts;
mod recipients;
mod reissue;
mod reversal;

use std::sync::Arc;

use piaolian_contracts::{state::Fault, types::OrganisationId};
use piaolian_custody::{attachments, details_store::DetailsStore, keys::HeldKey, vault::Vault};
use piaolian_details::Rules;
use piaolian_ledger::{Ledger, StateView};

use crate::{
    api_error::ApiError, details_reading::DetailsAccess, error::ServiceError, query::parameters,
    submit::Submitter,
};

/// Receipts of one call: as many as a transaction may issue.
const RECEIPTS_OF_A_CALL_MAX: usize = 1_000;

/// An issuer's own store, and the rules that it checks.
pub struct Issuer {
    /// Details of all that this node issued.
    pub details: Arc<DetailsStore>,
    /// Rules that are checked before a receipt is signed.
    pub rules: Rules,
}

/// Issues receipts and notices for the node's organisation.
pub struct Issuance {
    ledger: Ledger,
    organisation: OrganisationId,
    /// `None`: this node keeps no details, and issues only receipts that were prepared elsewhere.
    issuer: Option<Issuer>,
    vault: Arc<Vault>,
    /// The organisation's own encryption key, one of those for which it encrypts what it issues.
    encryption_key: Option<Arc<HeldKey>>,
    details: Arc<DetailsAccess>,
    submitter: Arc<Submitter>,
}

impl Issuer {
    /// Returns the issuer's own attachments: its details, encrypted.
    pub fn attachments(&self) -> attachments::OwnAttachments {
        let details = Arc::downgrade(&self.details);
        Box::new(move |hash| match details.upgrade() {
            Some(details) => Ok(details.attachment(hash).map_err(|e| Fault(e.into()))?),
            None => Ok(None), // the node is stopping
        })
    }
}

impl Issuance {
    /// Returns issuance for `organisation`, with the details of `issuer`.
    pub(crate) const fn new(
        ledger: Ledger,
        organisation: OrganisationId,
        issuer: Option<Issuer>,
        vault: Arc<Vault>,
        encryption_key: Option<Arc<HeldKey>>,
        details: Arc<DetailsAccess>,
        submitter: Arc<Submitter>,
    ) -> Self {
        Self {
            ledger,
            organisation,
            issuer,
            vault,
            encryption_key,
            details,
            submitter,
        }
    }

    /// Returns the state at the tip, as one version.
    fn state(&self) -> StateView<'_> {
        self.ledger.view().state()
    }

    fn issuer(&self) -> Result<&Issuer, ApiError> {
        self.issuer.as_ref().ok_or(ApiError::NoDetailsHere)
    }

    fn store(&self) -> Result<&DetailsStore, ApiError> {
        self.issuer().map(|issuer| &*issuer.details)
    }

    /// Returns the rules of the issuer, with the governed tolerance in force.
    fn rules(&self) -> Result<Rules, ServiceError> {
        let tolerance = parameters(&self.state())?.line_tolerance_fen();
        let rules = self.issuer()?.rules.clone();
        Ok(rules.with_line_tolerance(tolerance))
    }
}
