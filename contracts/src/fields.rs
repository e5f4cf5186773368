//! Conversions between our types and protobuf messages, declared field by field.

use crate::malformed::Malformed;

/// A type whose values stand in a protobuf field of type `M`.
pub(crate) trait Field<M>: Sized {
    /// Returns the value for the protobuf field.
    fn to_message(&self) -> M;

    /// Parses the value of the protobuf field named `field`.
    ///
    /// # Errors
    /// When the value is malformed; the error names the field.
    fn from_message(field: &str, message: M) -> Result<Self, Malformed>;
}

/// `None` is written as protobuf's default, which an absent field has: 0, an empty text, no message. A type of which
/// the default is a value of its own (`bool`, or [`Fen`](crate::types::Fen) as an `i64`) must not be optional in such a
/// field: it would be read as `None`.
impl<M: Default + PartialEq, T: Field<M>> Field<M> for Option<T> {
    fn to_message(&self) -> M {
        self.as_ref().map(T::to_message).unwrap_or_default()
    }

    fn from_message(field: &str, message: M) -> Result<Self, Malformed> {
        if message == M::default() {
            return Ok(None);
        }
        T::from_message(field, message).map(Some)
    }
}

impl<M, T: Field<M>> Field<Vec<M>> for Vec<T> {
    fn to_message(&self) -> Vec<M> {
        self.iter().map(T::to_message).collect()
    }

    fn from_message(field: &str, messages: Vec<M>) -> Result<Self, Malformed> {
        let parse = |message| T::from_message(field, message);
        messages.into_iter().map(parse).collect()
    }
}

/// Implements [`Field`] by two functions: one returns the protobuf value of a `&$type`, the other parses a `$type` from
/// the field's name and its value.
macro_rules! field {
    ($type:ty: $message:ty, $to:expr, $from:expr) => {
        impl $crate::fields::Field<$message> for $type {
            fn to_message(&self) -> $message {
                let to: fn(&Self) -> $message = $to;
                to(self)
            }

            fn from_message(
                field: &str,
                message: $message,
            ) -> Result<Self, $crate::malformed::Malformed> {
                let from: fn(&str, $message) -> Result<Self, $crate::malformed::Malformed> = $from;
                from(field, message)
            }
        }
    };
}

pub(crate) use field;

field!(bool: bool, |value| *value, |_, value| Ok(value));
field!(u16: u32, |number| (*number).into(), |field, number| {
    Self::try_from(number).map_err(|_| Malformed::new(field, "must be below 65,536"))
});
field!(u32: u32, |number| *number, |_, number| Ok(number));
field!(u64: u64, |number| *number, |_, number| Ok(number));

/// Implements [`Field`] for a type that has a message of its own, by its `From` and `TryFrom`. A field of another message
/// that is not repeated must be present.
macro_rules! nested {
    ($type:ty: $message:ty) => {
        $crate::fields::field!($type: $message, |value| value.into(), |field, message| {
            Self::try_from(message).map_err(|error| error.within(field))
        });
        $crate::fields::field!(
            $type: Option<$message>,
            |value| Some(value.into()),
            |field, message| {
                Self::from_message(field, $crate::malformed::required(field, message)?)
            }
        );
    };
}

pub(crate) use nested;

/// Implements `From` and `TryFrom` between a type and its message, and [`Field`] for fields of other messages:
///
/// ```text
/// as_message! {
///     ClaimLock: proto::ClaimLock {
///         owner, claim_number;
///         until: until_ms,
///     }
/// }
/// ```
///
/// Fields with the same name on both sides come first; then those whose names differ, ours before the message's. A field
/// that the message splits into several follows the braces: `check_code: (check_code_salt, check_code_hash),`.
macro_rules! as_message {
    (
        $type:ty: $message:ty {
            $($same:ident),+ $(,)?
            $(; $($field:ident: $name:ident,)+)?
        }
        $($whole:ident: ($($part:ident),+),)*
    ) => {
        impl From<&$type> for $message {
            fn from(value: &$type) -> Self {
                use $crate::fields::Field as _;
                $(let ($($part),+) = value.$whole.to_message();)*
                Self {
                    $($same: value.$same.to_message(),)+
                    $($($name: value.$field.to_message(),)+)?
                    $($($part,)+)*
                }
            }
        }

        impl TryFrom<$message> for $type {
            type Error = $crate::malformed::Malformed;

            fn try_from(message: $message) -> Result<Self, Self::Error> {
                use $crate::fields::Field;
                Ok(Self {
                    $($same: Field::from_message(stringify!($same), message.$same)?,)+
                    $($($field: Field::from_message(stringify!($name), message.$name)?,)+)?
                    $($whole: Field::from_message(stringify!($whole), ($(message.$part),+))?,)*
                })
            }
        }

        $crate::fields::nested!($type: $message);
    };
}

pub(crate) use as_message;

#[cfg(test)]
mod tests {
    use piaolian_proto::v1 as proto;

    use super::*;
    use crate::{
        chain::Height,
        receipts::ClaimLock,
        types::{Operator, OrganisationId, ReceiptId},
    };

    fn lock() -> proto::ClaimLock {
        proto::ClaimLock {
            owner: "12320900E875065319".to_owned(),
            claim_number: "C-1".to_owned(),
            until_ms: 7,
        }
    }

    fn problem<M, T: Field<M> + std::fmt::Debug>(message: M) -> String {
        T::from_message("outer", message).unwrap_err().to_string()
    }

    #[test]
    fn none_is_the_default_of_the_field() {
        assert_eq!(Field::from_message("", 0_u64), Ok(None::<Height>));
        assert_eq!(Field::from_message("", 1_u64), Ok(Some(Height::new(1))));
        assert_eq!(Field::from_message("", String::new()), Ok(None::<Operator>));
        let none: u64 = None::<Height>.to_message();
        assert_eq!(none, 0);
        let empty: String = None::<OrganisationId>.to_message();
        assert_eq!(empty, "");
    }

    #[test]
    fn a_message_of_its_own_is_present_unless_it_is_optional() {
        assert_eq!(
            problem::<_, ClaimLock>(None::<proto::ClaimLock>),
            "outer: must be present"
        );
        assert_eq!(
            problem::<_, ReceiptId>(None::<proto::ReceiptId>),
            "outer: must be present"
        );
        let absent = Field::from_message("outer", None::<proto::ClaimLock>);
        assert_eq!(absent, Ok(None::<ClaimLock>));
        // One that is present with nothing in it is no absent one.
        let empty = Some(proto::ClaimLock::default());
        assert!(problem::<_, Option<ClaimLock>>(empty).starts_with("outer.owner: "));
    }

    #[test]
    fn a_declared_type_is_its_message_and_errors_name_the_way_to_the_field() {
        let parsed = ClaimLock::try_from(lock()).unwrap();
        assert_eq!(proto::ClaimLock::from(&parsed), lock());
        let mut bad = lock();
        bad.claim_number = " ".to_owned();
        let bad = vec![lock(), bad];
        assert!(problem::<_, Vec<ClaimLock>>(bad).starts_with("outer.claim_number: "));
    }
}
