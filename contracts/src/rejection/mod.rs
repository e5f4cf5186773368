//! Refusals, rejections and faults.
//!
//! ```text
//!   Refused    never enters a block            1000–1099
//!   Rejected   in the block, with its number   1100 and up
//!   Fault      a failure of this machine       no number: the node stops
//! ```

mod template;

use crate::state::Fault;

pub use template::fill;

/// A rejection by the contracts: the number of the rule, and the arguments of its message. It is deterministic and
/// recorded in the block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The number of the rule, see [`rule_texts`](crate::rule_texts).
    pub code: u32,
    /// The arguments of the message, in the order of its placeholders.
    pub arguments: Vec<String>,
}

/// The reason why a handler stopped.
#[derive(Debug)]
pub enum Stop {
    /// The rules reject it.
    Rejected(Rejection),
    /// The state could not be read.
    Fault(Fault),
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Rejection> for Stop {
    fn from(rejection: Rejection) -> Self {
        Self::Rejected(rejection)
    }
}

/// A numbered rule, as documents and clients list it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The number; never reused.
    pub code: u32,
    /// The name in this crate.
    pub name: &'static str,
    /// The names of the arguments, in order.
    pub arguments: &'static [&'static str],
    /// The English message; `{0}`, `{1}` … stand for the arguments.
    pub english: &'static str,
    /// The Chinese message.
    pub chinese: &'static str,
}

impl Rule {
    /// Returns the rule's row of a table in `docs/PROTOCOL.md`, without the last cell: `<name>` stands for an argument.
    pub fn row(&self) -> String {
        let arguments = self.arguments.iter().map(|name| format!("<{name}>"));
        let arguments: Vec<String> = arguments.collect();
        let [english, chinese] = [self.english, self.chinese].map(|text| fill(text, &arguments));
        format!(
            "| {} | `{}` | {english} | {chinese} |",
            self.code, self.name
        )
    }
}

/// Declares the numbered errors of one subject as a closed enum, one line each: number, name, arguments, and the message
/// in English and Chinese, where `{0}`, `{1}` … stand for the arguments.
///
/// The module `code` beside the enum has the numbers by name. With a second enum, `pub enum Name: Kind`, each line also has
/// a variant of that in brackets, which `kind` returns.
#[macro_export]
macro_rules! rules {
    (
        $(#[$meta:meta])*
        pub enum $name:ident: $kinds:ident {
            $(
                $(#[$variant_meta:meta])*
                $code:literal $variant:ident $({ $( $field:ident: $type:ty ),* $(,)? })? [$kind:ident]
                    $english:literal $chinese:literal
            )*
        }
    ) => {
        $crate::rules! {
            $(#[$meta])*
            pub enum $name {
                $(
                    $(#[$variant_meta])*
                    $code $variant $({ $( $field: $type ),* })? $english $chinese
                )*
            }
        }

        impl $name {
            /// Returns the kind of the error.
            pub const fn kind(&self) -> $kinds {
                match self {
                    $( Self::$variant { .. } => $kinds::$kind, )*
                }
            }
        }
    };
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $(#[$variant_meta:meta])*
                $code:literal $variant:ident $({ $( $field:ident: $type:ty ),* $(,)? })?
                    $english:literal $chinese:literal
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum $name {
            $(
                $(#[$variant_meta])*
                #[doc = concat!("\n\nRule ", $code, ": ", $english)]
                $variant $({
                    $(
                        #[doc = concat!("Argument `", stringify!($field), "` of the message.")]
                        $field: $type,
                    )*
                })?,
            )*
        }

        impl $name {
            /// The rules of this subject, in order of number.
            pub const RULES: &'static [$crate::rejection::Rule] = &[
                $(
                    $crate::rejection::Rule {
                        code: $code,
                        name: stringify!($variant),
                        arguments: &[ $( $( stringify!($field) ),* )? ],
                        english: $english,
                        chinese: $chinese,
                    },
                )*
            ];

            /// Returns the number of the rule.
            pub const fn code(&self) -> u32 {
                match self {
                    $( Self::$variant { .. } => $code, )*
                }
            }

            /// Returns the arguments of the message, in the order of its placeholders.
            pub fn arguments(&self) -> Vec<String> {
                match self {
                    $( Self::$variant $({ $( $field ),* })? => vec![ $( $( $field.to_string() ),* )? ], )*
                }
            }

            /// Returns the message in Chinese, with the arguments as they are.
            pub fn chinese(&self) -> String {
                let template = match self {
                    $( Self::$variant { .. } => $chinese, )*
                };
                $crate::rejection::fill(template, &self.arguments())
            }
        }

        /// The numbers of the rules, by name.
        #[allow(dead_code, non_upper_case_globals, reason = "a number has the name of its variant, and not all are told apart")]
        pub(crate) mod code {
            $( pub(crate) const $variant: u32 = $code; )*
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let template = match self {
                    $( Self::$variant { .. } => $english, )*
                };
                f.write_str(&$crate::rejection::fill(template, &self.arguments()))
            }
        }

        impl std::error::Error for $name {}
    };
}

/// Declares the [`rules!`] of the ledger. Its errors convert into a [`Rejection`].
macro_rules! rejections {
    ( $(#[$meta:meta])* pub enum $name:ident { $($rules:tt)* } ) => {
        $crate::rules! { $(#[$meta])* pub enum $name { $($rules)* } }

        impl From<$name> for $crate::rejection::Rejection {
            fn from(error: $name) -> Self {
                Self { code: error.code(), arguments: error.arguments() }
            }
        }

        impl From<$name> for $crate::rejection::Stop {
            fn from(error: $name) -> Self {
                Self::Rejected(error.into())
            }
        }
    };
}

pub(crate) use rejections;
