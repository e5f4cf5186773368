//! The record of the parameters.

use piaolian_proto::v1 as proto;
use prost::Message;

use super::{
    alert_thresholds::AlertThresholds,
    errors::GovernanceError,
    fund_rules::{FundRule, FundRules},
};
use crate::{
    malformed::{Malformed, required},
    state::Table,
    storage::{Record, Records},
    types::FundKind,
};

/// The parameters in force.
pub const PARAMETERS: Records<(), Parameters> = Records::new(Table::Parameters);

const DAY_MS: u64 = 86_400_000;

/// The governed parameters. Every value of this type is within the hard bounds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Parameters {
    block_receipts_max: u32,
    heartbeat_ms: u64,
    validity_ms_max: u64,
    lease_ms_max: u64,
    issue_date_days_max: u32,
    fund_rules: FundRules,
    clock_drift_ms_max: u64,
    line_tolerance_fen: u32,
    retention_years: u32,
    payment_code_digits: PaymentCodeDigits,
    decision_number_length_min: u32,
    decision_number_length_max: u32,
    payment_report_days_max: u32,
    alerts: AlertThresholds,
}

/// How many digits a new payment code has (DOMAIN §5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PaymentCodeDigits {
    /// Area (6), year (2), serial (8).
    Sixteen,
    /// Area (6), year (2), `30`, serial (10).
    Twenty,
}

impl PaymentCodeDigits {
    /// The number of digits.
    #[must_use]
    pub const fn get(self) -> u32 {
        match self {
            Self::Sixteen => 16,
            Self::Twenty => 20,
        }
    }

    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When it is neither 16 nor 20.
    pub fn parse(field: &str, digits: u32) -> Result<Self, Malformed> {
        [Self::Sixteen, Self::Twenty]
            .into_iter()
            .find(|form| form.get() == digits)
            .ok_or_else(|| Malformed::new(field, "must be 16 or 20"))
    }
}

impl Parameters {
    /// One yuan: more is no rounding.
    pub const LINE_TOLERANCE_FEN_MAX: u32 = 100;

    /// The longest retention that can be asked for, in years.
    pub const RETENTION_YEARS_MAX: u32 = 100;

    /// Receipts that one block issues, or alters by batches and claims: 1 to 10,000.
    #[must_use]
    pub const fn block_receipts_max(&self) -> u32 {
        self.block_receipts_max
    }

    /// An empty block is made after this long without a transaction: 1,000 to 60,000 ms.
    #[must_use]
    pub const fn heartbeat_ms(&self) -> u64 {
        self.heartbeat_ms
    }

    /// How far ahead of block time `valid_until` may lie: 60,000 to 86,400,000 ms.
    #[must_use]
    pub const fn validity_ms_max(&self) -> u64 {
        self.validity_ms_max
    }

    /// Longest claim lock: 60,000 to 7,776,000,000 ms.
    #[must_use]
    pub const fn lease_ms_max(&self) -> u64 {
        self.lease_ms_max
    }

    /// How many days an issue date may differ from block time's Beijing date: 0 to 31.
    #[must_use]
    pub const fn issue_date_days_max(&self) -> u32 {
        self.issue_date_days_max
    }

    /// What each kind of fund may reimburse.
    #[must_use]
    pub const fn fund_rules(&self) -> &FundRules {
        &self.fund_rules
    }

    /// How far a proposer's block time may lie ahead of a validator's clock at
    /// first sight: 100 to 60,000 ms.
    #[must_use]
    pub const fn clock_drift_ms_max(&self) -> u64 {
        self.clock_drift_ms_max
    }

    /// How far an item's detail lines may sum away from it: 0 to 100 fen (DOMAIN §2).
    #[must_use]
    pub const fn line_tolerance_fen(&self) -> u32 {
        self.line_tolerance_fen
    }

    /// How many years an archived receipt is kept from its issue date at least: 10 to
    /// 100 (DOMAIN §3).
    #[must_use]
    pub const fn retention_years(&self) -> u32 {
        self.retention_years
    }

    /// The form of new payment codes.
    #[must_use]
    pub const fn payment_code_digits(&self) -> PaymentCodeDigits {
        self.payment_code_digits
    }

    /// Shortest decision number of a new notice: 15 to 20 characters.
    #[must_use]
    pub const fn decision_number_length_min(&self) -> u32 {
        self.decision_number_length_min
    }

    /// Longest decision number of a new notice: from the shortest to 20 characters.
    #[must_use]
    pub const fn decision_number_length_max(&self) -> u32 {
        self.decision_number_length_max
    }

    /// How many days after a payment its report is taken: 1 to 366.
    #[must_use]
    pub const fn payment_report_days_max(&self) -> u32 {
        self.payment_report_days_max
    }

    /// When supervision raises an alert.
    #[must_use]
    pub const fn alerts(&self) -> &AlertThresholds {
        &self.alerts
    }
}

/// Parameters of the right form that may yet be out of bounds.
#[derive(Clone, PartialEq, Debug)]
pub struct ProposedParameters {
    message: proto::Parameters,
    fund_rules: Vec<FundRule>,
    payment_code_digits: PaymentCodeDigits,
    alerts: proto::AlertThresholds,
}

impl TryFrom<proto::Parameters> for ProposedParameters {
    type Error = Malformed;

    fn try_from(message: proto::Parameters) -> Result<Self, Malformed> {
        if message.fund_rules.len() > FundKind::ALL.len() {
            return Err(Malformed::new(
                "fund_rules",
                "must be one for each kind of fund",
            ));
        }
        let rules = message.fund_rules.iter().copied().map(FundRule::try_from);
        // Absent would be every rule off, which nobody is to ask for by forgetting it.
        let alerts = required("alerts", message.alerts)?;
        AlertThresholds::check_form(&alerts)?;
        Ok(Self {
            fund_rules: rules.collect::<Result<_, _>>()?,
            payment_code_digits: PaymentCodeDigits::parse(
                "payment_code_digits",
                message.payment_code_digits,
            )?,
            alerts,
            message,
        })
    }
}

impl ProposedParameters {
    /// The parameters, if each is within its hard bounds.
    ///
    /// # Errors
    /// The first parameter out of bounds.
    pub fn within_bounds(&self) -> Result<Parameters, GovernanceError> {
        let proposed = &self.message;
        for (parameter, value, min, max) in bounds(proposed) {
            if !(min..=max).contains(&value) {
                return Err(GovernanceError::OutOfBounds {
                    parameter,
                    value,
                    min,
                    max,
                });
            }
        }
        Ok(Parameters {
            block_receipts_max: proposed.block_receipts_max,
            heartbeat_ms: proposed.heartbeat_ms,
            validity_ms_max: proposed.validity_ms_max,
            lease_ms_max: proposed.lease_ms_max,
            issue_date_days_max: proposed.issue_date_days_max,
            fund_rules: FundRules::new(self.fund_rules.clone())?,
            clock_drift_ms_max: proposed.clock_drift_ms_max,
            line_tolerance_fen: proposed.line_tolerance_fen,
            retention_years: proposed.retention_years,
            payment_code_digits: self.payment_code_digits,
            decision_number_length_min: proposed.decision_number_length_min,
            decision_number_length_max: proposed.decision_number_length_max,
            payment_report_days_max: proposed.payment_report_days_max,
            alerts: AlertThresholds::within_bounds(&self.alerts)?,
        })
    }
}

/// Each parameter with its value and its hard bounds.
fn bounds(p: &proto::Parameters) -> [(&'static str, u64, u64, u64); 11] {
    [
        (
            "block_receipts_max",
            u64::from(p.block_receipts_max),
            1,
            10_000,
        ),
        ("heartbeat_ms", p.heartbeat_ms, 1_000, 60_000),
        ("validity_ms_max", p.validity_ms_max, 60_000, DAY_MS),
        ("lease_ms_max", p.lease_ms_max, 60_000, 90 * DAY_MS),
        (
            "issue_date_days_max",
            u64::from(p.issue_date_days_max),
            0,
            31,
        ),
        ("clock_drift_ms_max", p.clock_drift_ms_max, 100, 60_000),
        (
            "line_tolerance_fen",
            u64::from(p.line_tolerance_fen),
            0,
            u64::from(Parameters::LINE_TOLERANCE_FEN_MAX),
        ),
        (
            "retention_years",
            u64::from(p.retention_years),
            10,
            u64::from(Parameters::RETENTION_YEARS_MAX),
        ),
        (
            "decision_number_length_min",
            u64::from(p.decision_number_length_min),
            15,
            20,
        ),
        (
            "decision_number_length_max",
            u64::from(p.decision_number_length_max),
            u64::from(p.decision_number_length_min),
            20,
        ),
        (
            "payment_report_days_max",
            u64::from(p.payment_report_days_max),
            1,
            366,
        ),
    ]
}

/// What a chain begins with.
impl Default for Parameters {
    fn default() -> Self {
        Self {
            block_receipts_max: 2_000,
            heartbeat_ms: 3_000,
            validity_ms_max: DAY_MS,
            lease_ms_max: 30 * DAY_MS,
            issue_date_days_max: 1,
            fund_rules: FundRules::default(),
            clock_drift_ms_max: 2_000,
            line_tolerance_fen: 0,
            retention_years: 30,
            payment_code_digits: PaymentCodeDigits::Twenty,
            decision_number_length_min: 15,
            decision_number_length_max: 20,
            payment_report_days_max: 31,
            alerts: AlertThresholds::default(),
        }
    }
}

impl Record for Parameters {
    fn encode(&self) -> Vec<u8> {
        proto::Parameters::from(self).encode_to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let record = proto::Parameters::decode(bytes)
            .map_err(|error| Malformed::new("parameters", error.to_string()))?;
        ProposedParameters::try_from(record)?
            .within_bounds()
            .map_err(|error| Malformed::new("parameters", error.to_string()))
    }
}

impl From<&Parameters> for proto::Parameters {
    fn from(parameters: &Parameters) -> Self {
        Self {
            block_receipts_max: parameters.block_receipts_max,
            heartbeat_ms: parameters.heartbeat_ms,
            validity_ms_max: parameters.validity_ms_max,
            lease_ms_max: parameters.lease_ms_max,
            issue_date_days_max: parameters.issue_date_days_max,
            fund_rules: parameters
                .fund_rules
                .as_slice()
                .iter()
                .map(Into::into)
                .collect(),
            clock_drift_ms_max: parameters.clock_drift_ms_max,
            line_tolerance_fen: parameters.line_tolerance_fen,
            retention_years: parameters.retention_years,
            payment_code_digits: parameters.payment_code_digits.get(),
            decision_number_length_min: parameters.decision_number_length_min,
            decision_number_length_max: parameters.decision_number_length_max,
            payment_report_days_max: parameters.payment_report_days_max,
            alerts: Some((&parameters.alerts).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_parameters_are_within_bounds() {
        let record = proto::Parameters::from(&Parameters::default());
        let proposed = ProposedParameters::try_from(record).unwrap();
        assert_eq!(proposed.within_bounds(), Ok(Parameters::default()));
        let encoded = Parameters::default().encode();
        assert_eq!(Parameters::decode(&encoded), Ok(Parameters::default()));
    }

    #[test]
    fn every_bound_holds_on_both_sides() {
        let alter: [fn(&mut proto::Parameters, u64); 11] = [
            |p, value| p.block_receipts_max = u32::try_from(value).unwrap(),
            |p, value| p.heartbeat_ms = value,
            |p, value| p.validity_ms_max = value,
            |p, value| p.lease_ms_max = value,
            |p, value| p.issue_date_days_max = u32::try_from(value).unwrap(),
            |p, value| p.clock_drift_ms_max = value,
            |p, value| p.line_tolerance_fen = u32::try_from(value).unwrap(),
            |p, value| p.retention_years = u32::try_from(value).unwrap(),
            |p, value| p.decision_number_length_min = u32::try_from(value).unwrap(),
            |p, value| p.decision_number_length_max = u32::try_from(value).unwrap(),
            |p, value| p.payment_report_days_max = u32::try_from(value).unwrap(),
        ];
        let first = proto::Parameters::from(&Parameters::default());
        for ((name, _, min, max), alter) in bounds(&first).into_iter().zip(alter) {
            let accepted = |value| {
                let mut proposed = first.clone();
                alter(&mut proposed, value);
                let proposed = ProposedParameters::try_from(proposed).unwrap();
                proposed.within_bounds().is_ok()
            };
            assert!(accepted(min) && accepted(max), "{name}");
            assert!(min == 0 || !accepted(min - 1), "{name}");
            assert!(!accepted(max + 1), "{name}");
        }
    }
}
