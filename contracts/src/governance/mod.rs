//! Governance: what the members decide together.
//!
//! ```text
//!   Propose ──► would the rules allow it? ──► open ──CastVote…──► threshold ──► carried out in that block
//!                                               │                              └─ refused: failed
//!                                               └──► voted down, expired, superseded
//!
//!   SetParameters ──► one governor's word is enough? ──► within hard bounds? ──► in force from the next block
//! ```
//!
//! A decision is carried out by the code of the direct act, so that a vote can do
//! nothing that the rules do not know. The hard bounds are part of the protocol: no
//! signature moves them. What cannot wait for a vote, admitting and suspending, stays
//! finance's besides (DOMAIN §4). Governors, like everybody else, are judged as the
//! parent's state has them.

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
