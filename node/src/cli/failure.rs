//! Failures of commands, with their exit codes.

use std::fmt::Display;

use piaolian_client::{CallError, ErrorKind, describe};
use piaolian_genesis::FileError;
use piaolian_proto::v1::ErrorDetail;
use tonic::Status;

/// Reason of a failure, by the exit code that a script reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// 1: a rule refused or rejected it, with its number where there is one.
    #[error("refused: {0}")]
    Refused(String),
    /// 2: wrong usage, configuration or file.
    #[error("{0}")]
    Usage(String),
    /// 3: the node cannot be reached.
    #[error("the node cannot be reached: {0}")]
    Unreachable(String),
    /// 4: there is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// 5: the token does not allow the call.
    #[error("not allowed: {0}")]
    Denied(String),
    /// 6: a proof, a header or an access log does not hold.
    #[error("not proven: {0}")]
    NotProven(String),
    /// 7: not decided yet, or a later attempt may succeed.
    #[error("try again: {0}")]
    Later(String),
    /// 8: a fault of the node or of this machine.
    #[error("{0}")]
    Trouble(String),
    /// 9: a fork was shown.
    #[error("the chain forked: {0}")]
    Forked(String),
}

impl Failure {
    /// The exit code.
    pub const fn code(&self) -> u8 {
        match self {
            Self::Refused(_) => 1,
            Self::Usage(_) => 2,
            Self::Unreachable(_) => 3,
            Self::NotFound(_) => 4,
            Self::Denied(_) => 5,
            Self::NotProven(_) => 6,
            Self::Later(_) => 7,
            Self::Trouble(_) => 8,
            Self::Forked(_) => 9,
        }
    }

    /// Wrong usage, configuration or file.
    pub(super) fn usage(problem: &impl Display) -> Self {
        Self::Usage(problem.to_string())
    }

    /// Trouble of this machine.
    pub(super) fn trouble(problem: &impl Display) -> Self {
        Self::Trouble(problem.to_string())
    }

    /// One of each, for tests of what is said about all.
    #[cfg(test)]
    pub(super) fn every() -> [Self; 9] {
        [
            Self::Refused(String::new()),
            Self::Usage(String::new()),
            Self::Unreachable(String::new()),
            Self::NotFound(String::new()),
            Self::Denied(String::new()),
            Self::NotProven(String::new()),
            Self::Later(String::new()),
            Self::Trouble(String::new()),
            Self::Forked(String::new()),
        ]
    }
}

/// Fails when items of a batch were refused or rejected. The failure has the reason of the first.
pub(super) fn none_refused(refusals: &[ErrorDetail]) -> Result<(), Failure> {
    match refusals {
        [] => Ok(()),
        [first, ..] => {
            let count = refusals.len();
            let reason = describe(first);
            Err(Failure::Refused(format!(
                "{count} in all, the first: {reason}"
            )))
        }
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        let message = error.to_string();
        match error.kind() {
            ErrorKind::Refused | ErrorKind::Conflict => Self::Refused(message),
            ErrorKind::Malformed | ErrorKind::NotSupported => Self::Usage(message),
            ErrorKind::NotFound => Self::NotFound(message),
            ErrorKind::Unauthenticated | ErrorKind::Denied => Self::Denied(message),
            ErrorKind::Undecided | ErrorKind::Exhausted | ErrorKind::Outdated => {
                Self::Later(message)
            }
            ErrorKind::Unreachable => Self::Unreachable(message),
            ErrorKind::Fault => Self::Trouble(message),
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::usage(&error)
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        CallError::from(status).into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tonic::Code;

    use super::*;

    #[test]
    fn each_failure_has_a_code_of_its_own() {
        let codes: BTreeSet<u8> = Failure::every().iter().map(Failure::code).collect();
        assert_eq!(codes, (1..=9).collect());
    }

    #[test]
    fn a_script_can_tell_a_refusal_from_an_outage() {
        let of = |code| Failure::from(Status::new(code, "x")).code();
        assert_eq!(of(Code::FailedPrecondition), 1);
        assert_eq!(of(Code::Unavailable), 3);
        assert_eq!(of(Code::NotFound), 4);
        assert_eq!(of(Code::Unauthenticated), 5);
        assert_eq!(of(Code::ResourceExhausted), 7);
        assert_eq!(of(Code::Internal), 8);
    }
}
