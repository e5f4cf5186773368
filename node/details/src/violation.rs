//! Violations of rules in a receipt's details, field by field.
//!
//! ```text
//!   91xx  the file is not read          xml::XmlError
//!   92xx  a field has the wrong shape   ┐
//!   93xx  the fields do not agree       ┘ Rule
//! ```

use std::fmt;

pub use super::rule::Rule;
use super::xml::XmlError;

/// Most violations that are reported of one receipt.
pub const VIOLATIONS_MAX: usize = 64;

/// A rule that a field breaks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {rule}")]
pub struct Violation {
    /// The element, such as `EInvoice/EInvoiceData/Details/Item[3]/ItemAmount`.
    pub path: String,
    /// The rule.
    pub rule: Rule,
}

impl Violation {
    /// Returns the message in Chinese.
    pub fn chinese(&self) -> String {
        format!("{}：{}", self.path, self.rule.chinese())
    }
}

/// Reasons why a receipt cannot be issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The file cannot be read.
    #[error("{0}")]
    Xml(#[from] XmlError),
    /// Fields break rules: at least one, at most [`VIOLATIONS_MAX`].
    #[error("{}", Listed(.0))]
    Rules(Vec<Violation>),
}

impl Refused {
    /// Returns the numbers of all errors, in order.
    pub fn codes(&self) -> Vec<u32> {
        match self {
            Self::Xml(error) => vec![error.code()],
            Self::Rules(violations) => violations.iter().map(|v| v.rule.code()).collect(),
        }
    }

    /// Returns the message in Chinese.
    pub fn chinese(&self) -> String {
        match self {
            Self::Xml(error) => error.chinese(),
            Self::Rules(violations) => violations
                .iter()
                .map(Violation::chinese)
                .collect::<Vec<_>>()
                .join("；"),
        }
    }
}

struct Listed<'a>(&'a [Violation]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            let between = if index == 0 { "" } else { "; " };
            write!(f, "{between}{violation}")?;
        }
        Ok(())
    }
}

/// Collects violations, up to [`VIOLATIONS_MAX`].
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Violation>);

impl Findings {
    pub(super) fn add(&mut self, path: impl Into<String>, rule: Rule) {
        let path = path.into();
        // One violation for each field: the others follow from the first.
        let is_new = self.0.iter().all(|violation| violation.path != path);
        if is_new && self.0.len() < VIOLATIONS_MAX {
            self.0.push(Violation { path, rule });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_refused(self) -> Refused {
        Refused::Rules(self.0)
    }

    pub(super) fn none_or_refused(self) -> Result<(), Refused> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.into_refused())
        }
    }
}
