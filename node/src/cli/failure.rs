//! Why a command did not do what it was asked to.

use std::fmt::Display;

use piaolian_proto::v1::ErrorDetail;
use piaolian_service::api as rpc;
use tonic::{Code, Status};

/// Why, with the exit code that a script reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// 1: a rule refused it, with its number where there is one.
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
    /// 5: the token does not do.
    #[error("not allowed: {0}")]
    Denied(String),
    /// 6: a proof does not hold.
    #[error("the proof does not hold: {0}")]
    NotProven(String),
    /// 7: later it may work.
    #[error("try again: {0}")]
    Later(String),
    /// 8: trouble of the node or of this machine.
    #[error("{0}")]
    Trouble(String),
    /// 9: a fork was shown.
    #[error("the chain forked: {0}")]
    Forked(String),
}

impl Failure {
    /// The exit code.
    #[must_use]
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

/// A reason as people read it.
pub(super) fn describe(detail: &ErrorDetail) -> String {
    let ErrorDetail {
        code,
        message_en,
        message_zh,
        height,
        ..
    } = detail;
    let place = if *height == 0 {
        String::new()
    } else {
        format!(" (height {height})")
    };
    format!("[{code}] {message_en} / {message_zh}{place}")
}

/// Items of a batch that were refused, of which the first says why.
pub(super) fn refused(first: &ErrorDetail, count: usize) -> Failure {
    Failure::Refused(format!("{count} in all, the first: {}", describe(first)))
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        let details = rpc::details(&status);
        let message = if details.is_empty() {
            status.message().to_owned()
        } else {
            details.iter().map(describe).collect::<Vec<_>>().join("; ")
        };
        match status.code() {
            Code::FailedPrecondition | Code::AlreadyExists => Self::Refused(message),
            Code::InvalidArgument | Code::OutOfRange | Code::Unimplemented => Self::Usage(message),
            Code::NotFound => Self::NotFound(message),
            Code::Unauthenticated | Code::PermissionDenied => Self::Denied(message),
            Code::DeadlineExceeded | Code::ResourceExhausted | Code::Cancelled => {
                Self::Later(message)
            }
            Code::Unavailable => Self::Unreachable(message),
            Code::Ok | Code::Unknown | Code::Aborted | Code::Internal | Code::DataLoss => {
                Self::Trouble(message)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

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

    #[test]
    fn a_reason_names_rule_and_height() {
        let detail = ErrorDetail {
            code: 1407,
            message_en: "reversed".to_owned(),
            message_zh: "已冲红".to_owned(),
            height: 9,
            ..Default::default()
        };
        assert_eq!(describe(&detail), "[1407] reversed / 已冲红 (height 9)");
    }
}
