//! The record of an alert: facts, in the order in which they happened.

use std::fmt;

use super::{
    errors::AlertError,
    kinds::AlertKind,
    state::{AlertObstacle, AlertResult, AlertState, AlertStep, allows},
};
use crate::{
    chain::{Hash, Height},
    malformed::Malformed,
    types::{BeijingDate, BlockTime, Operator, OrganisationId, Reason, ReceiptId, Region},
};

/// The most organisations that an alert names, its subject not counted.
pub const NAMED_MAX: usize = 4;

/// Most questions of an alert, so that its record stays below 16 KiB.
pub const QUESTIONS_MAX: usize = 16;

/// The number of an alert: 1, 2, … in the order of finding.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AlertId(u64);

impl AlertId {
    /// The first alert of a chain.
    pub const FIRST: Self = Self(1);
    /// Above every alert.
    pub const MAX: Self = Self(u64::MAX);

    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When it is 0.
    pub fn parse(field: &str, alert_id: u64) -> Result<Self, Malformed> {
        if alert_id == 0 {
            return Err(Malformed::new(field, "must be at least 1"));
        }
        Ok(Self(alert_id))
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The number after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for AlertId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The scope of an alert. There is one open alert for each kind, subject and scope.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Everything in a clock hour: Unix time in whole hours.
    Hour(u64),
    /// Everything on a day, in Beijing.
    Date(BeijingDate),
    /// Everything about a receipt.
    Receipt(ReceiptId),
    /// Everything about a region's day of payments.
    RegionDay(Region, BeijingDate),
}

/// A transaction in which something was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
    /// The transaction's id.
    pub transaction: Hash,
}

/// Finance's question to an organisation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// The organisation that must explain.
    pub organisation: OrganisationId,
    /// The finance bureau that asked.
    pub bureau: OrganisationId,
    /// 经办, when named.
    pub operator: Option<Operator>,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
    /// `None` until it is answered.
    pub explanation: Option<Explanation>,
}

/// An organisation's explanation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// The text of the explanation.
    pub text: Reason,
    /// 经办, when named.
    pub operator: Option<Operator>,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

/// The closing of an alert by finance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertClosing {
    /// The result.
    pub result: AlertResult,
    /// The reason.
    pub reason: Reason,
    /// The finance bureau.
    pub bureau: OrganisationId,
    /// 经办, when named.
    pub operator: Option<Operator>,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

/// An alert (可疑票据).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alert {
    /// Its number.
    pub id: AlertId,
    /// The kind of suspicion.
    pub kind: &'static AlertKind,
    /// The organisation that it is about.
    pub subject: OrganisationId,
    /// Others that it names, at most [`NAMED_MAX`].
    pub organisations: Vec<OrganisationId>,
    /// The receipt of the last finding.
    pub receipt: Option<ReceiptId>,
    /// The scope by which findings are counted.
    pub scope: Scope,
    /// The arguments of the kind's message, as last found.
    pub arguments: Vec<String>,
    /// The number of findings.
    pub count: u64,
    /// The first finding: it raised the alert.
    pub first: Finding,
    /// The last finding.
    pub last: Finding,
    /// The questions in order, at most [`QUESTIONS_MAX`].
    pub questions: Vec<Question>,
    /// `None` while open.
    pub closing: Option<AlertClosing>,
}

impl Alert {
    /// The state of the work on it.
    pub fn state(&self) -> AlertState {
        if self.closing.is_some() {
            AlertState::Closed
        } else if self.questions.is_empty() {
            AlertState::New
        } else if self
            .questions
            .iter()
            .any(|asked| asked.explanation.is_none())
        {
            AlertState::ToBeExplained
        } else {
            AlertState::Explained
        }
    }

    /// Whether it names an organisation, as its subject or otherwise.
    pub fn concerns(&self, organisation: &OrganisationId) -> bool {
        self.subject == *organisation || self.organisations.contains(organisation)
    }

    /// The question that an organisation has not answered yet.
    pub(super) fn open_question(&self, organisation: OrganisationId) -> Option<usize> {
        self.questions
            .iter()
            .position(|asked| asked.organisation == organisation && asked.explanation.is_none())
    }

    /// Refuses a step of `organisation` that the state does not allow.
    pub(super) fn check(
        &self,
        step: AlertStep,
        organisation: OrganisationId,
    ) -> Result<(), AlertError> {
        allows(self.state(), step).map_err(|obstacle| match obstacle {
            AlertObstacle::NotAsked => AlertError::NotAsked {
                alert: self.id,
                organisation,
            },
            AlertObstacle::Closed => {
                let closing = self
                    .closing
                    .as_ref()
                    .expect("closed is read off the closing");
                AlertError::AlertClosed {
                    alert: self.id,
                    bureau: closing.bureau,
                    height: closing.height,
                }
            }
        })
    }
}
