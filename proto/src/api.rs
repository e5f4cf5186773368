//! The API's methods and the ledger's actions as tables.
//!
//! Both are generated: `build/methods.rs` and `build/actions.rs` write them from the options in the `.proto` files.

use crate::v1::TokenRole;

/// A method of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// Name of the service, such as `ClaimService`.
    pub service: &'static str,
    /// Name of the method, such as `WithdrawClaim`.
    pub name: &'static str,
    /// Path of the HTTP/2 request, such as `/piaolian.v1.ClaimService/WithdrawClaim`.
    pub path: &'static str,
    /// Name of the request's message.
    pub request: &'static str,
    /// Name of the response's message.
    pub response: &'static str,
    /// The role that the caller's token needs.
    pub role: TokenRole,
    /// The action that the call signs and submits: its field in `TransactionBody`.
    pub action: Option<&'static str>,
    /// Whether the call does nothing but sign and submit its action: the request is the action with `options`, and the
    /// response `ActionResponse` or `BatchActionResponse`.
    pub submits_only: bool,
    /// The command of the command line, noun then verb; `None`: for programs alone.
    pub cli: Option<&'static str>,
    /// Whether the answer is a stream.
    pub streams: bool,
    /// Whether the call only reads (`NO_SIDE_EFFECTS`).
    pub reads_only: bool,
}

/// An action: a message of `TransactionBody.action`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionInfo {
    /// Name of the message, such as `WithdrawClaim`.
    pub message: &'static str,
    /// Name of its field in `TransactionBody`, such as `withdraw_claim`.
    pub field: &'static str,
    /// Number of that field.
    pub number: u32,
    /// How it comes to be submitted.
    pub origin: Origin,
}

/// How an action comes to be submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The node signs it when this method is called.
    Method {
        /// Path of the method.
        path: &'static str,
    },
    /// An administrator signs it with an offline key.
    Offline {
        /// The command, noun then verb.
        cli: &'static str,
    },
    /// A worker of the node submits it by itself.
    Worker {
        /// Name of the worker.
        name: &'static str,
    },
}

impl ActionInfo {
    /// Returns the command that submits the action; `None` where a worker does.
    pub fn cli(&self) -> Option<&'static str> {
        match self.origin {
            Origin::Method { path } => method(path)?.cli,
            Origin::Offline { cli } => Some(cli),
            Origin::Worker { .. } => None,
        }
    }
}

/// Returns the method at a path.
pub fn method(path: &str) -> Option<&'static Method> {
    let place = METHODS.binary_search_by(|method| method.path.cmp(path));
    place.ok().map(|place| &METHODS[place])
}

/// Returns the action whose message has this name.
pub fn action(message: &str) -> Option<&'static ActionInfo> {
    ACTIONS.iter().find(|action| action.message == message)
}

include!(concat!(env!("OUT_DIR"), "/methods.rs"));
include!(concat!(env!("OUT_DIR"), "/actions.rs"));
