//! A file of governed parameters, for the founding and for finance to change them.
//!
//! ```text
//!   FILE, TOML or JSON ──strict──► those it names, over those in force ──bounds──► Parameters
//! ```
//!
//! Fields are named as `piaolian query parameters --json` shows them. What a file does
//! not name stays as it is, also within `alerts`; `fund_rules` is named whole or not at all.

use std::path::Path;

use piaolian_contracts::parameters::{Parameters, ProposedParameters};
use piaolian_proto::v1;
use serde::Deserialize;

use super::{Failure, files, fund::FundArgument};

/// The parameters that a file names.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParametersFile {
    block_receipts_max: Option<u32>,
    heartbeat_ms: Option<u64>,
    validity_ms_max: Option<u64>,
    lease_ms_max: Option<u64>,
    issue_date_days_max: Option<u32>,
    fund_rules: Option<Vec<FundRule>>,
    clock_drift_ms_max: Option<u64>,
    line_tolerance_fen: Option<u32>,
    retention_years: Option<u32>,
    payment_code_digits: Option<u32>,
    decision_number_length_min: Option<u32>,
    decision_number_length_max: Option<u32>,
    payment_report_days_max: Option<u32>,
    alerts: Option<AlertThresholds>,
}

/// When supervision raises an alert; what it does not name stays as it is.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AlertThresholds {
    hours_from: Option<u32>,
    hours_to: Option<u32>,
    hour_receipts_max: Option<u64>,
    reversal_share_max: Option<u32>,
    reversals_min: Option<u64>,
    verification_window_ms: Option<u64>,
    amount_factor_max: Option<u64>,
    amount_receipts_min: Option<u64>,
    number_gap_max: Option<u64>,
}

impl AlertThresholds {
    const fn is_whole(&self) -> bool {
        self.hours_from.is_some()
            && self.hours_to.is_some()
            && self.hour_receipts_max.is_some()
            && self.reversal_share_max.is_some()
            && self.reversals_min.is_some()
            && self.verification_window_ms.is_some()
            && self.amount_factor_max.is_some()
            && self.amount_receipts_min.is_some()
            && self.number_gap_max.is_some()
    }

    fn over(self, now: v1::AlertThresholds) -> v1::AlertThresholds {
        v1::AlertThresholds {
            hours_from: self.hours_from.unwrap_or(now.hours_from),
            hours_to: self.hours_to.unwrap_or(now.hours_to),
            hour_receipts_max: self.hour_receipts_max.unwrap_or(now.hour_receipts_max),
            reversal_share_max: self.reversal_share_max.unwrap_or(now.reversal_share_max),
            reversals_min: self.reversals_min.unwrap_or(now.reversals_min),
            verification_window_ms: self
                .verification_window_ms
                .unwrap_or(now.verification_window_ms),
            amount_factor_max: self.amount_factor_max.unwrap_or(now.amount_factor_max),
            amount_receipts_min: self.amount_receipts_min.unwrap_or(now.amount_receipts_min),
            number_gap_max: self.number_gap_max.unwrap_or(now.number_gap_max),
        }
    }
}

/// What is taken off before a kind of fund may reimburse the rest.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // the message's own fields
struct FundRule {
    fund_kind: FundArgument,
    less_pooled_fund: bool,
    less_personal_account: bool,
    less_personal_cash: bool,
    less_other: bool,
}

impl From<FundRule> for v1::FundRule {
    fn from(rule: FundRule) -> Self {
        Self {
            fund_kind: v1::FundKind::from(rule.fund_kind).into(),
            less_pooled_fund: rule.less_pooled_fund,
            less_personal_account: rule.less_personal_account,
            less_personal_cash: rule.less_personal_cash,
            less_other: rule.less_other,
        }
    }
}

impl ParametersFile {
    /// Reads a file, `-` for stdin.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let parsed = Self::parse(&files::read_text(path)?);
        parsed.map_err(|problem| Failure::Usage(format!("{}: {problem}", path.display())))
    }

    /// JSON begins with a brace, and TOML cannot.
    fn parse(text: &str) -> Result<Self, String> {
        if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map_err(|error| error.to_string())
        } else {
            toml::from_str(text).map_err(|error| error.to_string())
        }
    }

    /// Whether it names every parameter, so that nobody needs be asked for the others.
    pub(super) const fn is_whole(&self) -> bool {
        self.block_receipts_max.is_some()
            && self.heartbeat_ms.is_some()
            && self.validity_ms_max.is_some()
            && self.lease_ms_max.is_some()
            && self.issue_date_days_max.is_some()
            && self.fund_rules.is_some()
            && self.clock_drift_ms_max.is_some()
            && self.line_tolerance_fen.is_some()
            && self.retention_years.is_some()
            && self.payment_code_digits.is_some()
            && self.decision_number_length_min.is_some()
            && self.decision_number_length_max.is_some()
            && self.payment_report_days_max.is_some()
            && matches!(&self.alerts, Some(alerts) if alerts.is_whole())
    }

    /// What it makes of the parameters in force, within the hard bounds.
    pub(super) fn over(self, now: v1::Parameters) -> Result<Parameters, Failure> {
        let rules = self
            .fund_rules
            .map(|rules| rules.into_iter().map(Into::into).collect());
        let thresholds = now.alerts.unwrap_or_default();
        let thresholds = self
            .alerts
            .map_or(thresholds, |alerts| alerts.over(thresholds));
        let changed = v1::Parameters {
            block_receipts_max: self.block_receipts_max.unwrap_or(now.block_receipts_max),
            heartbeat_ms: self.heartbeat_ms.unwrap_or(now.heartbeat_ms),
            validity_ms_max: self.validity_ms_max.unwrap_or(now.validity_ms_max),
            lease_ms_max: self.lease_ms_max.unwrap_or(now.lease_ms_max),
            issue_date_days_max: self.issue_date_days_max.unwrap_or(now.issue_date_days_max),
            fund_rules: rules.unwrap_or(now.fund_rules),
            clock_drift_ms_max: self.clock_drift_ms_max.unwrap_or(now.clock_drift_ms_max),
            line_tolerance_fen: self.line_tolerance_fen.unwrap_or(now.line_tolerance_fen),
            retention_years: self.retention_years.unwrap_or(now.retention_years),
            payment_code_digits: self.payment_code_digits.unwrap_or(now.payment_code_digits),
            decision_number_length_min: self
                .decision_number_length_min
                .unwrap_or(now.decision_number_length_min),
            decision_number_length_max: self
                .decision_number_length_max
                .unwrap_or(now.decision_number_length_max),
            payment_report_days_max: self
                .payment_report_days_max
                .unwrap_or(now.payment_report_days_max),
            alerts: Some(thresholds),
        };
        let proposed =
            ProposedParameters::try_from(changed).map_err(|error| Failure::usage(&error))?;
        proposed
            .within_bounds()
            .map_err(|error| Failure::usage(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> v1::Parameters {
        (&Parameters::default()).into()
    }

    fn read(text: &str) -> Result<v1::Parameters, String> {
        let file = ParametersFile::parse(text)?;
        let parameters = file.over(now()).map_err(|failure| failure.to_string())?;
        Ok((&parameters).into())
    }

    #[test]
    fn what_is_not_named_stays() {
        assert_eq!(read("").unwrap(), now());
        let changed = v1::Parameters {
            heartbeat_ms: 5_000,
            ..now()
        };
        assert_eq!(read("heartbeat_ms = 5000").unwrap(), changed);
        assert_eq!(read(r#"{ "heartbeat_ms": 5000 }"#).unwrap(), changed);
    }

    #[test]
    fn fund_rules_are_named_whole() {
        let form = |kind: &str, less: bool| {
            format!(
                "[[fund_rules]]\nfund_kind = \"{kind}\"\nless_pooled_fund = {less}\n\
                 less_personal_account = false\nless_personal_cash = false\nless_other = false\n"
            )
        };
        let (medical, employer) = (form("basic_medical", true), form("employer", false));
        let changed = read(&format!("{medical}{employer}"));
        let rule = |kind: v1::FundKind, less_pooled_fund| v1::FundRule {
            fund_kind: kind.into(),
            less_pooled_fund,
            ..Default::default()
        };
        let rules = [
            rule(v1::FundKind::BasicMedical, true),
            rule(v1::FundKind::Employer, false),
        ];
        assert_eq!(changed.unwrap().fund_rules, rules);
        assert!(
            read(&format!("{employer}{medical}"))
                .unwrap_err()
                .contains("out of order")
        );
    }

    #[test]
    fn thresholds_of_alerts_are_named_one_by_one() {
        let mut changed = now();
        changed.alerts.as_mut().unwrap().hours_from = 800;
        changed.alerts.as_mut().unwrap().hours_to = 1_730;
        let named = "[alerts]\nhours_from = 800\nhours_to = 1730";
        assert_eq!(read(named).unwrap(), changed);
        assert!(read("[alerts]\nhours_from = 860").is_err());
        assert!(!ParametersFile::parse(named).unwrap().is_whole());
    }

    #[test]
    fn what_is_shown_of_parameters_can_be_given_back() {
        let shown = crate::cli::json::to_json(&now()).unwrap().to_string();
        let file = ParametersFile::parse(&shown).unwrap();
        assert!(file.is_whole());
        let none = v1::Parameters::default();
        assert_eq!(file.over(none).unwrap(), Parameters::default());
        assert!(
            !ParametersFile::parse("heartbeat_ms = 5000")
                .unwrap()
                .is_whole()
        );
    }

    #[test]
    fn unknown_fields_and_values_out_of_bounds_are_refused() {
        for (text, problem) in [
            ("heart_beat_ms = 5000", "unknown field"),
            (r#"{ "heart_beat_ms": 5000 }"#, "unknown field"),
            ("heartbeat_ms = 10", "heartbeat_ms"),
            ("[[fund_rules]]\nfund_kind = \"lottery\"", "unknown variant"),
            ("[[fund_rules]]\nfund_kind = \"other\"", "missing field"),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.contains(problem), "{text}: {said}");
        }
    }
}
