//! Reads a group of fields, with the path that error messages name.

use crate::{
    amount::fen_of_yuan,
    violation::{Findings, Rule},
    xml::Fields,
};

/// Reads the fields of a group and collects their violations.
pub(super) struct Reader<'a> {
    pub(super) fields: &'a Fields,
    pub(super) path: &'a str,
    pub(super) findings: &'a mut Findings,
}

impl Reader<'_> {
    /// Returns the text; empty when absent.
    pub(super) fn text(&self, name: &str) -> String {
        self.fields.text(name).to_owned()
    }

    /// Reads a required amount.
    pub(super) fn amount(&mut self, name: &str) -> i64 {
        self.required(name, Rule::NotAnAmount, fen_of_yuan)
    }

    /// Reads a required value.
    pub(super) fn required<T: Default>(
        &mut self,
        name: &str,
        rule: Rule,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> T {
        if self.fields.text(name).is_empty() {
            self.refuse(name, Rule::Missing);
        }
        self.optional(name, rule, parse).unwrap_or_default()
    }

    /// Reads an optional value. A wrong one counts as absent.
    pub(super) fn optional<T>(
        &mut self,
        name: &str,
        rule: Rule,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.fields.text(name);
        if text.is_empty() {
            return None;
        }
        let parsed = parse(text);
        if parsed.is_none() {
            self.refuse(name, rule);
        }
        parsed
    }

    pub(super) fn refuse(&mut self, name: &str, rule: Rule) {
        self.findings.add(format!("{}/{name}", self.path), rule);
    }
}

/// Makes the fields of these texts.
pub(super) fn fields<const N: usize>(texts: [(&'static str, &String); N]) -> Fields {
    let mut fields = Fields::default();
    for (name, text) in texts {
        fields.set(name, text.clone());
    }
    fields
}
