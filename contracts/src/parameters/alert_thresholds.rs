//! The thresholds at which supervision raises an alert, made from their list.

use piaolian_proto::v1 as proto;

use super::{errors::ParameterError, number::NumberParameter, record::Part};
use crate::{
    malformed::{Malformed, required},
    types::BeijingTime,
};

/// The thresholds at which supervision raises an alert.
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
    pub const fn contain(&self, time: BeijingTime) -> bool {
        let minute = time.get() / 100;
        if self.from < self.to {
            self.from <= minute && minute < self.to
        } else {
            self.from <= minute || minute < self.to
        }
    }
}

macro_rules! declare {
    ($( $name:ident:
        $( time $time:ident [default $at:expr] )?
        $( limit $limit:ident [default $limit_default:expr, max $limit_max:expr] )?
        $( count $count:ident [default $count_default:expr, max $count_max:expr] )?;
        $doc:literal;
    )*) => {
        impl AlertThresholds {
            /// The thresholds that are numbers, which are all but the times of day, in the order of the list.
            pub const NUMBERS: &'static [NumberParameter<proto::AlertThresholds>] = &[
                $(
                    $( NumberParameter {
                        name: concat!("alerts.", stringify!($name)),
                        doc: $doc,
                        min: |_| 0,
                        max: $limit_max,
                        get: |message| u64::from(message.$name),
                        set: |message, value| {
                            message.$name = <$limit>::try_from(value).unwrap_or(<$limit>::MAX);
                        },
                    }, )?
                    $( NumberParameter {
                        name: concat!("alerts.", stringify!($name)),
                        doc: $doc,
                        min: |_| 0,
                        max: $count_max,
                        get: |message| u64::from(message.$name),
                        set: |message, value| {
                            message.$name = <$count>::try_from(value).unwrap_or(<$count>::MAX);
                        },
                    }, )?
                )*
            ];

            $(
                $(
                    #[doc = $doc]
                    #[doc = concat!(" `None`: the rule is off.\n\nAt most ", stringify!($limit_max), ".")]
                    pub fn $name(&self) -> Option<u64> {
                        let threshold: $limit = self.message.$name;
                        Some(u64::from(threshold)).filter(|threshold| *threshold > 0)
                    }
                )?
                $(
                    #[doc = $doc]
                    #[doc = concat!("\n\nAt most ", stringify!($count_max), ".")]
                    pub const fn $name(&self) -> $count {
                        self.message.$name
                    }
                )?
            )*
        }

        /// The times of day, with their names.
        fn times(thresholds: &proto::AlertThresholds) -> impl Iterator<Item = (&'static str, u32)> {
            [ $( $( (concat!("alerts.", stringify!($name)), <$time>::from(thresholds.$name)), )? )* ].into_iter()
        }

        /// Defaults for a hospital that is open day and night: no usual hours, and a limit above its busiest hour.
        impl Default for AlertThresholds {
            fn default() -> Self {
                let message = proto::AlertThresholds {
                    $( $name: $( $at )? $( $limit_default )? $( $count_default )?, )*
                };
                Self { message }
            }
        }
    };
}

alert_thresholds!(declare);

impl AlertThresholds {
    /// The hours in which receipts are usually issued. `None`: the rule is off.
    pub const fn hours(&self) -> Option<Hours> {
        let (from, to) = (self.message.hours_from, self.message.hours_to);
        if from == to {
            return None;
        }
        Some(Hours { from, to })
    }
}

impl Part for AlertThresholds {
    type Message = Option<proto::AlertThresholds>;
    type Proposed = proto::AlertThresholds;

    /// Refuses an absent message, which would switch every rule off by mistake.
    fn parse(field: &str, message: &Self::Message) -> Result<proto::AlertThresholds, Malformed> {
        let message = required(field, *message)?;
        for (field, time) in times(&message) {
            if time / 100 > 23 || time % 100 > 59 {
                return Err(Malformed::new(field, "must be a time of day, hhmm"));
            }
        }
        Ok(message)
    }

    fn within_bounds(message: &proto::AlertThresholds) -> Result<Self, ParameterError> {
        for number in Self::NUMBERS {
            number.check(message)?;
        }
        Ok(Self { message: *message })
    }

    fn message(&self) -> Self::Message {
        Some(self.message)
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
        for number in AlertThresholds::NUMBERS {
            let (name, max) = (number.name, number.max);
            let accepted = |value| {
                let mut proposed = first();
                (number.set)(&mut proposed, value);
                AlertThresholds::within_bounds(&proposed).is_ok()
            };
            assert!(accepted(0) && accepted(max), "{name}");
            assert!(!accepted(max + 1), "{name}");
        }
    }

    #[test]
    fn hours_are_times_of_day() {
        let is_form = |message| AlertThresholds::parse("alerts", &Some(message)).is_ok();
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
            assert_eq!(is_form(from), good, "{time}");
            assert_eq!(is_form(to), good, "{time}");
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
