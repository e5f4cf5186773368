//! Verbs made from the descriptors of the API.
//!
//! ```text
//!   rpc with the option `cli`                 field of `TransactionBody` with the option `offline_cli`
//!        │                                         │
//!        └──► plan: fields ──► arguments ◄─────────┘
//!                              │
//!        argument values ──► request ──► call ──► response: text, or canonical JSON
//! ```
//!
//! - A flag is a field's name with dashes, without its unit: `--presented-total 12.34` sets `presented_total_fen`. A
//!   time ends with `at`, unless its name is of a time already: `--expires-at` sets `expires_ms`, `--until` `until_ms`.
//! - The field that the noun names is a positional argument: `claim withdraw YB-1` sets `claim_number`.
//! - Fields of a nested message have its name before theirs: `--reject-reason`.
//! - `--file` reads the whole message from JSON; flags are set over it.
//! - Private fields have no flag, for other users of the machine can read a command line.

mod argument;
mod call;
mod example;
mod offline;
mod options;
mod pages;
mod plan;
mod value;

pub(super) use self::{
    call::{is_event, verbs as call_verbs},
    offline::verbs as offline_verbs,
    options::CallArguments,
    value::{ReceiptArgument, date},
};
