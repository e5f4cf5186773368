//! Declared messages: how the fields of our types are those of protobuf messages.

use crate::malformed::Malformed;

/// A value that a message's field holds as an `M`.
pub(crate) trait Field<M>: Sized {
    /// The value of the message's field.
    fn to_message(&self) -> M;

    /// Takes the value of a message's field; `field` is its name.
    ///
    /// # Errors
    /// When the message's value stands for none of ours.
    fn from_message(field: &str, message: M) -> Result<Self, Malformed>;
}

/// The value that a missing field has stands for none.
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

/// Declares how a field of type `$message` holds a `$type`: by a function to the field, and one that takes the field's
/// name and its value.
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

/// Declares that a field holds a `$type` as a `$message` of its own. The type converts to and from the message.
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

/// Declares that a type has the fields of a message, and converts to and from it and in fields of other messages:
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
/// The names that both share come first. Then each field of ours with its name in the message. Several fields of the
/// message that are one of ours follow the braces: `check_code: (check_code_salt, check_code_hash),`.
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
