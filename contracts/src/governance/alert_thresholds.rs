//! When supervision raises an alert.

use piaolian_proto::v1 as proto;

use super::errors::GovernanceError;
use crate::{malformed::Malformed, types::BeijingTime};

/// When supervision raises an alert. `None` of a threshold: its rule is off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AlertThresholds {
    message: proto::AlertThresholds,
}

/// Beijing times of day between which receipts are usually issued.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hours {
    /// From this time on, `hhmm` …
    pub from: u32,
    /// … up to, not including, this one; past midnight when it is smaller.
    pub to: u32,
}

impl Hours {
    /// Whether a time of day lies within.
    #[must_use]
    pub const fn contain(&self, time: BeijingTime) -> bool {
        let minute = time.get() / 100;
        if self.from < self.to {
            self.from <= minute && minute < self.to
        } else {
            self.from <= minute || minute < self.to
        }
    }
}

impl AlertThresholds {
    /// Each threshold at most: a count beyond what a chain could see, a whole, a month.
    const HOUR_RECEIPTS_MAX: u64 = 100_000_000;
    const PARTS: u64 = 10_000;
    const REVERSALS_MIN_MAX: u64 = 1_000_000;
    const WINDOW_MS_MAX: u64 = 31 * 86_400_000;
    const AMOUNT_FACTOR_MAX: u64 = 1_000_000;
    const AMOUNT_RECEIPTS_MIN_MAX: u64 = 1_000_000;
    const NUMBER_GAP_MAX: u64 = 10_000_000_000;

    /// When receipts are usually issued.
    #[must_use]
    pub const fn hours(&self) -> Option<Hours> {
        let (from, to) = (self.message.hours_from, self.message.hours_to);
        if from == to {
            return None;
        }
        Some(Hours { from, to })
    }

    /// Receipts that an issuer usually issues in a clock hour at most: up to 100,000,000.
    #[must_use]
    pub fn hour_receipts_max(&self) -> Option<u64> {
        switched(self.message.hour_receipts_max)
    }

    /// How many receipts an issuer usually reverses in a day, in parts per 10,000 of those
    /// that it issues on it.
    #[must_use]
    pub fn reversal_share_max(&self) -> Option<u64> {
        switched(u64::from(self.message.reversal_share_max))
    }

    /// Fewer reversals in a day raise nothing: 0 to 1,000,000.
    #[must_use]
    pub const fn reversals_min(&self) -> u64 {
        self.message.reversals_min
    }

    /// A reversal sooner than this after a noted verification is unusual: up to 31 days, in ms.
    #[must_use]
    pub fn verification_window_ms(&self) -> Option<u64> {
        switched(self.message.verification_window_ms)
    }

    /// How many times the mean of its kind a receipt usually costs at most: up to 1,000,000.
    #[must_use]
    pub fn amount_factor_max(&self) -> Option<u64> {
        switched(self.message.amount_factor_max)
    }

    /// The mean of fewer receipts says nothing: 0 to 1,000,000.
    #[must_use]
    pub const fn amount_receipts_min(&self) -> u64 {
        self.message.amount_receipts_min
    }

    /// How many numbers an issuer that names one usually leaves out: up to 10,000,000,000.
    #[must_use]
    pub fn number_gap_max(&self) -> Option<u64> {
        switched(self.message.number_gap_max)
    }

    /// Takes the value of a message's field; bounds are looked at by
    /// [`within_bounds`](Self::within_bounds).
    pub(super) fn check_form(message: &proto::AlertThresholds) -> Result<(), Malformed> {
        for (field, time) in [
            ("alerts.hours_from", message.hours_from),
            ("alerts.hours_to", message.hours_to),
        ] {
            if time / 100 > 23 || time % 100 > 59 {
                return Err(Malformed::new(field, "must be a time of day, hhmm"));
            }
        }
        Ok(())
    }

    /// The thresholds, if each is within its hard bounds.
    pub(super) fn within_bounds(message: &proto::AlertThresholds) -> Result<Self, GovernanceError> {
        for (parameter, value, max) in bounds(message) {
            if value > max {
                return Err(GovernanceError::OutOfBounds {
                    parameter,
                    value,
                    min: 0,
                    max,
                });
            }
        }
        Ok(Self { message: *message })
    }
}

/// 0 switches a rule off.
fn switched(threshold: u64) -> Option<u64> {
    Some(threshold).filter(|threshold| *threshold > 0)
}

/// Each threshold with its value and the highest that it may have.
fn bounds(thresholds: &proto::AlertThresholds) -> [(&'static str, u64, u64); 7] {
    [
        (
            "alerts.hour_receipts_max",
            thresholds.hour_receipts_max,
            AlertThresholds::HOUR_RECEIPTS_MAX,
        ),
        (
            "alerts.reversal_share_max",
            u64::from(thresholds.reversal_share_max),
            AlertThresholds::PARTS,
        ),
        (
            "alerts.reversals_min",
            thresholds.reversals_min,
            AlertThresholds::REVERSALS_MIN_MAX,
        ),
        (
            "alerts.verification_window_ms",
            thresholds.verification_window_ms,
            AlertThresholds::WINDOW_MS_MAX,
        ),
        (
            "alerts.amount_factor_max",
            thresholds.amount_factor_max,
            AlertThresholds::AMOUNT_FACTOR_MAX,
        ),
        (
            "alerts.amount_receipts_min",
            thresholds.amount_receipts_min,
            AlertThresholds::AMOUNT_RECEIPTS_MIN_MAX,
        ),
        (
            "alerts.number_gap_max",
            thresholds.number_gap_max,
            AlertThresholds::NUMBER_GAP_MAX,
        ),
    ]
}

/// What suits a hospital that is open day and night: no hours, and room for its busiest
/// morning.
impl Default for AlertThresholds {
    fn default() -> Self {
        Self {
            message: proto::AlertThresholds {
                hours_from: 0,
                hours_to: 0,
                hour_receipts_max: 50_000,
                reversal_share_max: 1_000,
                reversals_min: 20,
                verification_window_ms: 86_400_000,
                amount_factor_max: 100,
                amount_receipts_min: 1_000,
                number_gap_max: 1_000,
            },
        }
    }
}

impl From<&AlertThresholds> for proto::AlertThresholds {
    fn from(thresholds: &AlertThresholds) -> Self {
        thresholds.message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first() -> proto::AlertThresholds {
        (&AlertThresholds::default()).into()
    }

    #[test]
    fn the_first_thresholds_are_within_bounds() {
        assert_eq!(
            AlertThresholds::within_bounds(&first()),
            Ok(AlertThresholds::default())
        );
    }

    #[test]
    fn every_bound_holds() {
        let alter: [fn(&mut proto::AlertThresholds, u64); 7] = [
            |t, value| t.hour_receipts_max = value,
            |t, value| t.reversal_share_max = u32::try_from(value).unwrap(),
            |t, value| t.reversals_min = value,
            |t, value| t.verification_window_ms = value,
            |t, value| t.amount_factor_max = value,
            |t, value| t.amount_receipts_min = value,
            |t, value| t.number_gap_max = value,
        ];
        for ((name, _, max), alter) in bounds(&first()).into_iter().zip(alter) {
            let accepted = |value| {
                let mut proposed = first();
                alter(&mut proposed, value);
                AlertThresholds::within_bounds(&proposed).is_ok()
            };
            assert!(accepted(0) && accepted(max), "{name}");
            assert!(!accepted(max + 1), "{name}");
        }
    }

    #[test]
    fn hours_are_times_of_day() {
        for (time, good) in [
            (0, true),
            (859, true),
            (2_359, true),
            (860, false),
            (2_400, false),
        ] {
            let from = proto::AlertThresholds {
                hours_from: time,
                ..first()
            };
            let to = proto::AlertThresholds {
                hours_to: time,
                ..first()
            };
            assert_eq!(AlertThresholds::check_form(&from).is_ok(), good, "{time}");
            assert_eq!(AlertThresholds::check_form(&to).is_ok(), good, "{time}");
        }
    }

    #[test]
    fn hours_may_pass_midnight() {
        let contain =
            |from, to, time| Hours { from, to }.contain(BeijingTime::parse("", time).unwrap());
        assert!(contain(800, 1_700, 80_000) && contain(800, 1_700, 165_959));
        assert!(!contain(800, 1_700, 75_959) && !contain(800, 1_700, 170_000));
        assert!(contain(2_200, 600, 220_000) && contain(2_200, 600, 55_959));
        assert!(!contain(2_200, 600, 215_959) && !contain(2_200, 600, 60_000));
    }
}
