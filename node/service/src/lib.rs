//! Services of a node: the calls that it answers, the workers that act for its organisation, and its servers.
//!
//! ```text
//!   client ─► api ─┬─► query            reads of the committed ledger
//!                  ├─► submit           actions signed here, transactions signed elsewhere ─► admission ─► outcome
//!                  ├─► issue            details ─► kept, encrypted ─► receipts, notices (uses submit, details_reading)
//!                  ├─► details_reading  details opened for those who may read them (uses submit)
//!                  └─► events           committed blocks projected, at each subscriber's pace
//!   by itself ──────► workers           seals, anchors of the access log, key retirement, holder index
//! ```
//!
//! Each folder has one subject. Its object holds the stores and handles that it uses, and the other objects that it
//! calls. [`Services`] composes the objects. A call is a method of the rpc's name in snake case, which takes the
//! request message and returns the response message; requests are parsed once, there. Plain functions read the disk and
//! block; `async` ones wait for the ledger or for peers.

pub mod api;
mod api_error;
mod attempt_limiter;
mod calling_client;
mod committed;
mod details_reading;
mod error;
mod events;
mod issue;
mod member_keys;
pub mod metrics_server;
mod pagination;
mod parse;
mod query;
mod services;
mod submit;
mod workers;

pub use api_error::{ApiError, Kind};
pub use calling_client::CallingClient;
pub use details_reading::{ClaimHolders, DetailsAccess, HolderAccess, KeySharing, PickUp};
pub use error::{Refusal, ServiceError, ServiceFault, detail_of_rule};
pub use events::{Events, Subscription};
pub use issue::{Issuance, Issuer};
pub use query::{NodeStatus, Peers, Queries, Verification};
pub use services::{ActingKeys, Dependencies, Services};
pub use submit::Submitter;
pub use workers::{KeyRetention, KeyRetirement, LogAnchor, Sealing};
