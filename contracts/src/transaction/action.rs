//! The closed list of actions.
//!
//! The list itself stands in `proto/piaolian/v1/transaction.proto`: `for_each_action!` is generated from it. A message without
//! a type of its name and a [`Handler`] in one of the domains does not compile.

use piaolian_proto::{for_each_action, v1::transaction_body as proto};

use crate::{action::Handler, malformed::Malformed};
#[allow(
    clippy::wildcard_imports,
    reason = "an action's name is written in its message and in its domain alone"
)]
use crate::{
    alerts::*, claims::*, disclosure::*, governance::*, membership::*, number_ranges::*,
    payments::*, policies::*, receipts::*,
};

/// Declares the enum of all actions: the type of each has the name of its message, and its handler executes it.
macro_rules! actions {
    ($( $action:ident $field:ident $number:literal; )*) => {
        /// The action that a transaction requests.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Action {
            $(
                #[doc = concat!("`", stringify!($action), "`")]
                $action($action),
            )*
        }

        impl Action {
            /// Returns the name of the message.
            pub const fn name(&self) -> &'static str {
                match self {
                    $( Self::$action(_) => stringify!($action), )*
                }
            }

            /// Returns the handler of the action.
            pub(crate) fn handler(&self) -> &dyn Handler {
                match self {
                    $( Self::$action(action) => action, )*
                }
            }
        }

        impl TryFrom<proto::Action> for Action {
            type Error = Malformed;

            fn try_from(action: proto::Action) -> Result<Self, Malformed> {
                match action {
                    $(
                        proto::Action::$action(message) => $action::try_from(message)
                            .map(Self::$action)
                            .map_err(|error| error.within(stringify!($field))),
                    )*
                }
            }
        }
    };
}

for_each_action!(actions);
