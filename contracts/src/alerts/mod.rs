//! Alerts: supervision by rule (智能监管, 可疑票据).
//!
//! ```text
//!   transaction, accepted or rejected ─► detectors ─► suspicion? ─► alert, raised or counted
//!                                            │
//!                                         counters: by issuer, by kind of receipt
//!
//!            AskExplanation                  ExplainAlert
//!   new ─────────────────────► to be explained ──────────► explained
//!    │                           │         ▲  AskExplanation   │
//!    │ CloseAlert                │         └───────────────────┤
//!    └───────────────────────────┴──────────► closed ◄─────────┘  cleared or confirmed
//! ```
//!
//! Only rules raise alerts. An alert never changes a verdict: supervision examines a transaction after its verdict, and
//! no other domain reads alerts. The alert of a rejected transaction stays although the transaction's own writes are
//! rolled back. A repeated finding counts in the open alert, so that the list cannot be flooded (see [`Scope`]).

mod ask;
mod close;
mod codec;
mod detectors;
mod errors;
mod explain;
mod kinds;
mod record;
mod schema;
mod state;

pub use ask::AskExplanation;
pub use close::CloseAlert;
pub use errors::AlertError;
pub use explain::ExplainAlert;
pub use kinds::{AlertKind, Suspicion};
pub use record::{
    Alert, AlertClosing, AlertId, Explanation, Finding, NAMED_MAX, QUESTIONS_MAX, Question, Scope,
};
pub use schema::{
    ALERTS, AmountMean, IssuerCounter, Matter, OPEN_ALERTS, OpenKey, SUPERVISION_COUNTERS,
    SupervisionCounter, SupervisionCounterKey,
};
pub use state::{AlertResult, AlertState, AlertStep, allows};

pub(crate) use detectors::{Detectors, Examined};
