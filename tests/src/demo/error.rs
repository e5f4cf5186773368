//! The error that ends a scenario early.

use tonic::Status;

/// Reason why a scenario ended early.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DemoError {
    /// A step did not end as expected.
    #[error("it did not go as told: {0}")]
    Unexpected(String),
    /// Something that the step needs is not available.
    #[error("{what}: {why}")]
    Unavailable {
        /// The attempt.
        what: String,
        /// The error.
        why: String,
    },
    /// A wait reached its time limit.
    #[error("waited {seconds} s in vain for {what}")]
    Timeout {
        /// Name of the awaited condition.
        what: String,
        /// The time limit.
        seconds: u64,
    },
}

impl DemoError {
    /// Creates the error that something is not available.
    pub(crate) fn unavailable(what: impl Into<String>, why: &impl ToString) -> Self {
        Self::Unavailable {
            what: what.into(),
            why: why.to_string(),
        }
    }

    /// Creates the error that a node did not answer a call.
    pub(crate) fn no_answer(what: impl Into<String>) -> impl FnOnce(Status) -> Self {
        let what = what.into();
        move |status| Self::Unavailable {
            what,
            why: format!("{:?}: {}", status.code(), status.message()),
        }
    }

    /// Creates the error that an answer lacks a required part.
    pub(crate) fn missing(part: &str) -> Self {
        Self::Unexpected(format!("the answer has no {part}"))
    }
}
