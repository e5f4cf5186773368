//! Declared choices: enums whose variants have a number in messages and a name.

/// Declares an enum that stands for the enum `proto::$message`, one variant a line with its name in English:
///
/// ```text
/// numbered! {
///     /// A role of an organisation.
///     pub enum Role(i32) of proto Role, "must name a role" {
///         /// 财政
///         Finance: "finance",
///     }
/// }
/// ```
///
/// It has `ALL` (in order), `number` (of the type named), `parse` (a number of a message, or the text as the problem)
/// and `Display` (the name). Only the `.proto` file has the numbers, and a number without a variant does not compile.
/// Zero is never a choice: it is `UNSPECIFIED`.
macro_rules! numbered {
    (
        $(#[$enum_doc:meta])*
        pub enum $name:ident($number:ident) of proto $message:ident, $problem:literal {
            $($(#[$doc:meta])* $variant:ident: $word:literal,)+
        }
    ) => {
        $(#[$enum_doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        #[repr($number)]
        pub enum $name {
            $($(#[$doc])* $variant = piaolian_proto::v1::$message::$variant as $number,)+
        }

        impl $name {
            /// All of them, in order of number.
            pub const ALL: [Self; [$(Self::$variant),+].len()] = [$(Self::$variant),+];

            /// The number in messages.
            pub const fn number(self) -> $number {
                self as $number
            }

            /// Takes the value of a message's field.
            ///
            /// # Errors
            /// When the number names none.
            pub fn parse(field: &str, number: i32) -> Result<Self, $crate::malformed::Malformed> {
                use piaolian_proto::v1::$message as Message;
                match Message::try_from(number) {
                    $(Ok(Message::$variant) => Ok(Self::$variant),)+
                    Ok(Message::Unspecified) | Err(_) => {
                        Err($crate::malformed::Malformed::new(field, $problem))
                    }
                }
            }
        }

        $crate::fields::field!($name: i32, |value| *value as i32, Self::parse);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $word,)+
                })
            }
        }
    };
}

pub(crate) use numbered;
