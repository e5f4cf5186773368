//! The record of the parameters, made from their list.

use piaolian_proto::v1 as proto;
use prost::Message;

use super::{
    alert_thresholds::AlertThresholds, errors::ParameterError, fund_rules::FundRules,
    number::NumberParameter, payment_code_digits::PaymentCodeDigits,
};
use crate::{
    malformed::Malformed,
    state::Table,
    storage::{Record, Records},
};

/// The parameters in force.
pub const PARAMETERS: Records<(), Parameters> = Records::new(Table::Parameters);

const DAY_MS: u64 = 86_400_000;

/// A parameter that is a structure with rules of its own.
pub(super) trait Part: Sized {
    /// The type of the message's field.
    type Message;
    /// The parsed value, which may still be out of bounds.
    type Proposed;

    /// Takes the value of the message's field.
    fn parse(field: &str, message: &Self::Message) -> Result<Self::Proposed, Malformed>;

    /// The parameter, if it is within its hard bounds.
    fn within_bounds(proposed: &Self::Proposed) -> Result<Self, ParameterError>;

    /// The value of the message's field.
    fn message(&self) -> Self::Message;
}

macro_rules! declare {
    ($proposed:ident; $( $name:ident:
        $( number $number:ident [default $default:expr, min $min:expr, max $max:expr] )? $( part $part:ident )?;
        $doc:literal;
    )*) => {
        /// The governed parameters. Every value of this type is within the hard bounds.
        #[derive(Clone, PartialEq, Eq, Debug)]
        pub struct Parameters {
            $( $name: $( $number )? $( $part )?, )*
        }

        impl Parameters {
            /// The parameters that are numbers, in the order of the list.
            pub const NUMBERS: &'static [NumberParameter<proto::Parameters>] = &[
                $( $( NumberParameter {
                    name: stringify!($name),
                    doc: $doc,
                    min: |$proposed| {
                        let _ = $proposed; // most bounds depend on no other field
                        $min
                    },
                    max: $max,
                    get: |message| u64::from(message.$name),
                    set: |message, value| {
                        message.$name = <$number>::try_from(value).unwrap_or(<$number>::MAX);
                    },
                }, )? )*
            ];

            $(
                $(
                    #[doc = $doc]
                    #[doc = concat!("\n\nBounds: ", stringify!($min), " to ", stringify!($max), ".")]
                    pub const fn $name(&self) -> $number {
                        self.$name
                    }
                )?
                $(
                    #[doc = $doc]
                    pub const fn $name(&self) -> &$part {
                        &self.$name
                    }
                )?
            )*
        }

        /// The parameters that a chain begins with.
        impl Default for Parameters {
            fn default() -> Self {
                Self {
                    $( $name: $( { let default: $number = $default; default } )? $( $part::default() )?, )*
                }
            }
        }

        /// Parsed parameters that may still be out of bounds.
        #[derive(Clone, PartialEq, Debug)]
        pub struct ProposedParameters {
            message: proto::Parameters,
            $( $( $name: <$part as Part>::Proposed, )? )*
        }

        impl TryFrom<proto::Parameters> for ProposedParameters {
            type Error = Malformed;

            fn try_from(message: proto::Parameters) -> Result<Self, Malformed> {
                Ok(Self {
                    $( $( $name: <$part as Part>::parse(stringify!($name), &message.$name)?, )? )*
                    message,
                })
            }
        }

        impl ProposedParameters {
            /// The parameters, if each is within its hard bounds.
            ///
            /// # Errors
            /// The first parameter out of bounds; numbers come first.
            pub fn within_bounds(&self) -> Result<Parameters, ParameterError> {
                for number in Parameters::NUMBERS {
                    number.check(&self.message)?;
                }
                Ok(Parameters {
                    $( $name: $( <$number>::from(self.message.$name) )?
                        $( <$part as Part>::within_bounds(&self.$name)? )?, )*
                })
            }
        }

        impl From<&Parameters> for proto::Parameters {
            fn from(parameters: &Parameters) -> Self {
                Self {
                    $( $name: $( <$number>::from(parameters.$name) )?
                        $( <$part as Part>::message(&parameters.$name) )?, )*
                }
            }
        }
    };
}

governed_parameters!(declare);

impl Parameters {
    /// One yuan: a larger difference is not a rounding.
    pub const LINE_TOLERANCE_FEN_MAX: u32 = 100;

    /// The longest retention that a request can name, in years.
    pub const RETENTION_YEARS_MAX: u32 = 100;
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
    fn the_named_bounds_are_those_of_the_list() {
        for (name, most) in [
            ("line_tolerance_fen", Parameters::LINE_TOLERANCE_FEN_MAX),
            ("retention_years", Parameters::RETENTION_YEARS_MAX),
        ] {
            let mut listed = Parameters::NUMBERS.iter();
            let listed = listed.find(|number| number.name == name).unwrap();
            assert_eq!(listed.max, u64::from(most), "{name}");
        }
    }

    #[test]
    fn every_bound_holds_on_both_sides() {
        let first = proto::Parameters::from(&Parameters::default());
        for number in Parameters::NUMBERS {
            let (name, min, max) = (number.name, (number.min)(&first), number.max);
            let accepted = |value| {
                let mut proposed = first.clone();
                (number.set)(&mut proposed, value);
                let proposed = ProposedParameters::try_from(proposed).unwrap();
                proposed.within_bounds().is_ok()
            };
            assert!(accepted(min) && accepted(max), "{name}");
            assert!(min == 0 || !accepted(min - 1), "{name}");
            assert!(!accepted(max + 1), "{name}");
        }
    }
}
