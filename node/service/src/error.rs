//! Why a call is not answered as asked.
//!
//! ```text
//!   Refusal    a rule of the ledger, by number        from contracts, on chain or at admission
//!   Details    rules of the issuer's edge             91xx to 93xx
//!   ApiError  this node's doors                      95xx, see `door`
//!   Fault      this machine's trouble                 logged here, told without its particulars
//! ```
//!
//! All of them become [`v1::ErrorDetail`]s: a number, what the message names, and the
//! message in English and Chinese.

use piaolian_contracts::{
    malformed::Malformed,
    messages::{Language, render},
    state,
};
use piaolian_custody::{
    access_log::AccessLogError, holders::HoldersError, keys::KeyError, vault::OpenError,
};
use piaolian_details as details;
use piaolian_ledger::StoreError;
use piaolian_proto::v1;

use crate::api_error::{ApiError, Kind};

/// The ledger's number for why it refuses, at admission or in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What kind of answer it is: [`Kind::Refused`] unless admission says otherwise.
    pub kind: Kind,
    /// The number, what it names, and both messages; with transaction and height
    /// where a block decided it.
    pub detail: v1::ErrorDetail,
}

/// Why a call is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A door of this node refuses it.
    #[error("{0}")]
    Door(#[from] ApiError),
    /// A rule of the ledger refuses it.
    #[error("rule {}: {}", .0.detail.code, .0.detail.message_en)]
    Refused(Refusal),
    /// The issuer's edge refuses the details.
    #[error(transparent)]
    Details(#[from] details::Refused),
    /// This machine is in trouble.
    #[error("{0}")]
    Fault(#[from] ServiceFault),
}

/// This machine's trouble, as the service meets it.
#[derive(Debug, thiserror::Error)]
pub enum ServiceFault {
    /// The chain's store.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The state.
    #[error("{0}")]
    State(#[from] state::Fault),
    /// The ledger.
    #[error("{0}")]
    Ledger(#[from] piaolian_ledger::Fault),
    /// The details' store.
    #[error("{0}")]
    Details(#[from] details::store::StoreError),
    /// Details that do not seal or open as they must.
    #[error("sealed details: {0}")]
    Sealing(#[from] OpenError),
    /// The key files.
    #[error("{0}")]
    Keys(#[from] KeyError),
    /// The index of holders.
    #[error("{0}")]
    Holders(#[from] HoldersError),
    /// The access log: nothing is shown that is not written down.
    #[error("access log: {0}")]
    AccessLog(#[from] AccessLogError),
    /// What was committed is not what this program committed.
    #[error("what is stored of {0} is damaged")]
    Damaged(String),
    /// A task of the service panicked.
    #[error("a task of the service ended unexpectedly")]
    Panicked,
}

impl ServiceError {
    /// What kind of answer it is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Door(error) => error.kind(),
            Self::Refused(refusal) => refusal.kind,
            Self::Details(_) => Kind::Refused,
            Self::Fault(_) => Kind::Fault,
        }
    }

    /// The numbered reasons, at least one.
    #[must_use]
    pub fn details(&self) -> Vec<v1::ErrorDetail> {
        match self {
            Self::Door(error) => vec![error.detail()],
            Self::Refused(refusal) => vec![refusal.detail.clone()],
            Self::Details(refused) => details_of(refused),
            Self::Fault(_) => vec![ApiError::Fault.detail()],
        }
    }

    /// There is no `what`.
    #[must_use]
    pub fn not_found(what: impl Into<String>) -> Self {
        ApiError::NotFound { what: what.into() }.into()
    }
}

/// The detail of a ledger's rule.
#[must_use]
pub fn detail_of_rule(code: u32, arguments: &[String]) -> v1::ErrorDetail {
    v1::ErrorDetail {
        code,
        arguments: arguments.to_vec(),
        message_en: render(code, arguments, Language::English),
        message_zh: render(code, arguments, Language::Chinese),
        ..Default::default()
    }
}

impl From<Malformed> for ServiceError {
    fn from(malformed: Malformed) -> Self {
        ApiError::from(malformed).into()
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        ServiceFault::from(error).into()
    }
}

impl From<state::Fault> for ServiceError {
    fn from(fault: state::Fault) -> Self {
        ServiceFault::from(fault).into()
    }
}

impl From<AccessLogError> for ServiceError {
    fn from(error: AccessLogError) -> Self {
        ServiceFault::from(error).into()
    }
}

impl From<OpenError> for ServiceError {
    fn from(error: OpenError) -> Self {
        ServiceFault::from(error).into()
    }
}

impl From<details::store::StoreError> for ServiceError {
    fn from(error: details::store::StoreError) -> Self {
        ServiceFault::from(error).into()
    }
}

/// What the issuer's edge found wrong with a receipt's details.
pub(crate) fn details_of(refused: &details::Refused) -> Vec<v1::ErrorDetail> {
    match refused {
        details::Refused::Xml(error) => vec![v1::ErrorDetail {
            code: error.code(),
            arguments: error.arguments(),
            message_en: error.to_string(),
            message_zh: error.chinese(),
            ..Default::default()
        }],
        details::Refused::Rules(violations) => violations.iter().map(detail_of_violation).collect(),
    }
}

fn detail_of_violation(violation: &details::Violation) -> v1::ErrorDetail {
    v1::ErrorDetail {
        code: violation.rule.code(),
        arguments: violation.rule.arguments(),
        message_en: violation.to_string(),
        message_zh: violation.chinese(),
        field: violation.path.clone(),
        ..Default::default()
    }
}
