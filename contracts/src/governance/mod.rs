//! Governance: the decisions of the members.
//!
//! ```text
//!   Propose ──► would the rules allow it? ──► open ──CastVote…──► threshold ──► carried out in that block
//!                                               │                              └─ refused: failed
//!                                               └──► voted down, expired, superseded
//!
//!   SetParameters ──► one governor's word is enough? ──► within hard bounds? ──► in force from the next block
//! ```
//!
//! A decision is applied by the code of the direct action, so that a vote can do nothing that the rules do not allow.
//! Finance may also admit and suspend without a vote, because these actions cannot wait (docs/DOMAIN.md §4). The
//! governors in the parent's state decide.

mod activate_protocol;
mod ballot;
mod cast_vote;
mod change_validators;
mod codec;
mod decide;
mod errors;
mod governors;
mod proposal;
mod propose;
mod schema;
mod set_parameters;

pub use activate_protocol::ActivateProtocol;
pub use ballot::{GivenVote, ProposalId, ProposalRecord, ProposalState};
pub use cast_vote::CastVote;
pub use change_validators::ChangeValidators;
pub use errors::GovernanceError;
pub use governors::{ChangeGovernors, GOVERNORS_MAX, Governors};
pub use proposal::{Decision, Proposal};
pub use propose::{OPEN_FOR_MS_MAX, OPEN_FOR_MS_MIN, OPEN_MAX, Propose};
pub use schema::{
    GOVERNORS, OPEN_PROPOSALS, OpenProposal, OpenProposals, PROPOSALS, proposals_below,
};
pub use set_parameters::SetParameters;

pub(crate) use decide::finish;
