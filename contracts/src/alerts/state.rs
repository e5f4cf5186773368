//! The work on an alert: its states, and the steps that each state allows.
//!
//! ```text
//!                     Ask   Explain     Close
//!   new               yes   not asked   yes
//!   to be explained   yes   yes ¹       yes
//!   explained         yes   not asked   yes
//!   closed            no    no          no
//!
//!   ¹ by an organisation that was asked and has not answered: for the action to check
//! ```

use std::fmt;

use piaolian_proto::v1 as proto;

use crate::{fields::field, malformed::Malformed, numbered::numbered};

numbered! {
    /// The state of the work on an alert.
    pub enum AlertState(i32) of proto AlertState, "must name a state" {
        /// 新增: no organisation was asked.
        New: "new",
        /// 待说明: somebody was asked and has not answered.
        ToBeExplained: "to be explained",
        /// 已说明: every organisation that was asked has answered.
        Explained: "explained",
        /// 已关闭
        Closed: "closed",
    }
}

/// The result of a closed alert. An open alert is suspected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
pub enum AlertResult {
    /// 排除
    Cleared = 2,
    /// 属实
    Confirmed = 3,
}

impl AlertResult {
    /// The number in messages.
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When the number is not that of a result that closes an alert.
    pub fn parse(field: &str, number: i32) -> Result<Self, Malformed> {
        match proto::AlertResult::try_from(number) {
            Ok(proto::AlertResult::Cleared) => Ok(Self::Cleared),
            Ok(proto::AlertResult::Confirmed) => Ok(Self::Confirmed),
            Ok(proto::AlertResult::Unspecified | proto::AlertResult::Suspected) | Err(_) => {
                Err(Malformed::new(field, "must be cleared or confirmed"))
            }
        }
    }
}

field!(AlertResult: i32, |result| result.number(), Self::parse);

impl fmt::Display for AlertResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cleared => "cleared",
            Self::Confirmed => "confirmed",
        })
    }
}

/// A step of the work on an alert.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlertStep {
    /// `AskExplanation`
    Ask,
    /// `ExplainAlert`
    Explain,
    /// `CloseAlert`
    Close,
}

/// The reason why the state does not allow a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AlertObstacle {
    /// No question is open.
    NotAsked,
    /// It is closed.
    Closed,
}

/// Checks a step against the table.
///
/// # Errors
/// The obstacle, if the state does not allow the step.
pub const fn allows(state: AlertState, step: AlertStep) -> Result<(), AlertObstacle> {
    match step {
        AlertStep::Ask | AlertStep::Close => match state {
            AlertState::New | AlertState::ToBeExplained | AlertState::Explained => Ok(()),
            AlertState::Closed => Err(AlertObstacle::Closed),
        },
        AlertStep::Explain => match state {
            AlertState::ToBeExplained => Ok(()),
            AlertState::New | AlertState::Explained => Err(AlertObstacle::NotAsked),
            AlertState::Closed => Err(AlertObstacle::Closed),
        },
    }
}
