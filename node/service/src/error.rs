//! Errors of calls.
//!
//! ```text
//!   Refusal    a rule of the ledger, by number        from contracts, on chain or at admission
//!   Details    rules of the issuer's node             91xx to 93xx
//!   ApiError   the node itself                       95xx, see `api_error`
//!   Fault      this machine's trouble                 logged here, answered without its particulars
//! ```
//!
//! All of them become [`v1::ErrorDetail`]s: a number, the arguments of the message, and the message in English and
//! Chinese.

use piaolian_contracts::{
    malformed::Malformed,
    rule_texts::{Language, render},
    state,
};
use piaolian_custody::{
    access_log::AccessLogError, details_store, holders::HoldersError, keys::KeyError,
    vault::DecryptionError,
};
use piaolian_details as details;
use piaolian_encryption::EncryptionError;
use piaolian_ledger::StoreError;
use piaolian_proto::v1;

use crate::api_error::{ApiError, Kind};

/// Refusal by a rule of the ledger, at admission or in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Kind of the answer: [`Kind::Refused`] unless admission says otherwise.
    pub kind: Kind,
    /// The number, the arguments and both messages; also transaction and height if a block decided it.
    pub detail: v1::ErrorDetail,
}

/// Error of a call.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The node itself refuses it.
    #[error("{0}")]
    Api(#[from] ApiError),
    /// A rule of the ledger refuses or rejects it.
    #[error("rule {}: {}", .0.detail.code, .0.detail.message_en)]
    Refused(Refusal),
    /// The issuer's rules refuse the details.
    #[error(transparent)]
    Details(#[from] details::Refused),
    /// A fault of this machine.
    #[error("{0}")]
    Fault(#[from] ServiceFault),
}

/// Fault of this machine.
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
    Details(#[from] details_store::StoreError),
    /// Details that cannot be encrypted or decrypted as they must.
    #[error("encrypted details: {0}")]
    Decryption(#[from] DecryptionError),
    /// The key files.
    #[error("{0}")]
    Keys(#[from] KeyError),
    /// The holder index.
    #[error("{0}")]
    Holders(#[from] HoldersError),
    /// The access log: nothing is shown that is not recorded.
    #[error("access log: {0}")]
    AccessLog(#[from] AccessLogError),
    /// A committed record is damaged.
    #[error("what is stored of {0} is damaged")]
    Damaged(String),
    /// A task of the service panicked.
    #[error("a task of the service ended unexpectedly")]
    Panicked,
}

impl ServiceError {
    /// Returns the kind of the answer.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Api(error) => error.kind(),
            Self::Refused(refusal) => refusal.kind,
            Self::Details(_) => Kind::Refused,
            Self::Fault(_) => Kind::Fault,
        }
    }

    /// Returns the numbered reasons, at least one.
    pub fn details(&self) -> Vec<v1::ErrorDetail> {
        match self {
            Self::Api(error) => vec![error.detail()],
            Self::Refused(refusal) => vec![refusal.detail.clone()],
            Self::Details(refused) => details_of(refused),
            Self::Fault(_) => vec![ApiError::Fault.detail()],
        }
    }

    /// Returns the error for a `what` that does not exist.
    pub fn not_found(what: impl Into<String>) -> Self {
        ApiError::NotFound { what: what.into() }.into()
    }
}

/// Returns the detail of a rule of the ledger.
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

impl From<DecryptionError> for ServiceError {
    fn from(error: DecryptionError) -> Self {
        ServiceFault::from(error).into()
    }
}

impl From<EncryptionError> for ServiceError {
    fn from(error: EncryptionError) -> Self {
        match error {
            EncryptionError::UnfitKey { organisation, .. } => {
                ApiError::NoEncryptionKey { organisation }.into()
            }
            error => DecryptionError::from(error).into(),
        }
    }
}

impl From<details_store::StoreError> for ServiceError {
    fn from(error: details_store::StoreError) -> Self {
        ServiceFault::from(error).into()
    }
}

/// Returns the numbered reasons against a receipt's details.
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
