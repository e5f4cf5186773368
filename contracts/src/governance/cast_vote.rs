//! `CastVote`: a governor votes on a proposal.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    ballot::{GivenVote, ProposalId, ProposalRecord, ProposalState},
    decide::{decide, governing},
    errors::GovernanceError,
    schema::PROPOSALS,
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    organisations::KeyPurpose,
    rejection::Stop,
};

/// Votes on an open proposal, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CastVote {
    proposal: ProposalId,
    in_favour: bool,
}

impl TryFrom<proto::CastVote> for CastVote {
    type Error = Malformed;

    fn try_from(message: proto::CastVote) -> Result<Self, Malformed> {
        if message.proposal_id == 0 {
            return Err(Malformed::new("proposal_id", "must be at least 1"));
        }
        Ok(Self {
            proposal: ProposalId::new(message.proposal_id),
            in_favour: message.in_favour,
        })
    }
}

impl Handler for CastVote {
    fn key_purpose(&self) -> KeyPurpose {
        KeyPurpose::Admin
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        let governors = governing(ctx)?;
        let proposal = self.proposal;
        let record = ctx.overlay.get(PROPOSALS, &proposal)?;
        let record = record.ok_or(GovernanceError::UnknownProposal { proposal })?;
        let mut record = Arc::unwrap_or_clone(record);
        require_open(&record, ctx)?;
        let organisation = ctx.actor_id();
        if let Some(given) = record.vote_of(&organisation) {
            return Err(GovernanceError::VotedBefore {
                organisation,
                proposal,
                height: given.height,
            }
            .into());
        }
        record.votes.push(GivenVote {
            organisation,
            in_favour: self.in_favour,
            height: ctx.block.height,
        });
        decide(ctx, &governors, record)?;
        Ok(Effects::none())
    }
}

/// Refuses a vote on a proposal that is closed, or whose voting time is over. The first block at or after that time
/// closes the proposal at its end, so no vote in that block counts, whatever its place.
fn require_open(
    record: &ProposalRecord,
    ctx: &ActionContext<'_, '_>,
) -> Result<(), GovernanceError> {
    let (state, height) = match record.closed_height {
        Some(height) => (record.state, height),
        None if record.open_until <= ctx.block.time => (ProposalState::Expired, ctx.block.height),
        None => return Ok(()),
    };
    Err(GovernanceError::ProposalClosed {
        proposal: record.id,
        state,
        height,
    })
}
