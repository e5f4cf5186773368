//! Why a story ended before its end.

use tonic::Status;

/// Why a story ended before its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// A step was played and did not go as told.
    #[error("it did not go as told: {0}")]
    Otherwise(String),
    /// Something that the step needs is not there.
    #[error("{what}: {why}")]
    Trouble {
        /// What was tried.
        what: String,
        /// What the system says.
        why: String,
    },
    /// A wait came to its bound.
    #[error("waited {seconds} s in vain for {what}")]
    InVain {
        /// For what.
        what: String,
        /// How long.
        seconds: u64,
    },
}

impl Failed {
    /// Something that the step needs is not there.
    pub(crate) fn trouble(what: impl Into<String>, why: &impl ToString) -> Self {
        Self::Trouble {
            what: what.into(),
            why: why.to_string(),
        }
    }

    /// A question that a node did not answer.
    pub(crate) fn unanswered(what: impl Into<String>) -> impl FnOnce(Status) -> Self {
        let what = what.into();
        move |status| Self::Trouble {
            what,
            why: format!("{:?}: {}", status.code(), status.message()),
        }
    }

    /// An answer without a part that it must have.
    pub(crate) fn absent(part: &str) -> Self {
        Self::Otherwise(format!("the answer has no {part}"))
    }
}
