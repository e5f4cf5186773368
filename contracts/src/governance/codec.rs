//! The record of a proposal as the message that is stored and hashed.

use piaolian_proto::v1 as proto;

use super::{
    ballot::{GivenVote, ProposalId, ProposalRecord, ProposalState},
    governors::GOVERNORS_MAX,
    proposal::Proposal,
};
use crate::{
    chain::Height,
    fields::{Field, as_message},
    malformed::{Malformed, required},
    rejection::Rejection,
    storage::stored_as,
    types::{BlockTime, OrganisationId, Reason},
};

stored_as!(ProposalRecord: proto::ProposalRecord, "proposal");

impl From<&ProposalRecord> for proto::ProposalRecord {
    fn from(record: &ProposalRecord) -> Self {
        let (failure_code, failure_arguments) = record
            .failure
            .clone()
            .map(|failure| (failure.code, failure.arguments))
            .unwrap_or_default();
        Self {
            proposal_id: record.id.get(),
            proposer: record.proposer.to_string(),
            reason: record.reason.to_string(),
            proposal: Some(record.proposal.message().clone()),
            proposed_height: record.proposed_height.get(),
            open_until_ms: record.open_until.as_ms(),
            votes: record.votes.to_message(),
            state: record.state.number(),
            closed_height: record.closed_height.to_message(),
            failure_code,
            failure_arguments,
        }
    }
}

impl TryFrom<proto::ProposalRecord> for ProposalRecord {
    type Error = Malformed;

    fn try_from(record: proto::ProposalRecord) -> Result<Self, Malformed> {
        if record.votes.len() > GOVERNORS_MAX {
            return Err(Malformed::new("votes", "must be at most 128"));
        }
        let failure = (record.failure_code != 0).then_some(Rejection {
            code: record.failure_code,
            arguments: record.failure_arguments,
        });
        Ok(Self {
            id: ProposalId::new(record.proposal_id),
            proposer: OrganisationId::parse("proposer", &record.proposer)?,
            reason: Reason::parse("reason", record.reason)?,
            proposal: Proposal::try_from(required("proposal", record.proposal)?)?,
            proposed_height: Height::new(record.proposed_height),
            open_until: BlockTime::from_ms(record.open_until_ms),
            votes: Field::from_message("votes", record.votes)?,
            state: ProposalState::parse("state", record.state)?,
            closed_height: Field::from_message("closed_height", record.closed_height)?,
            failure,
        })
    }
}

as_message! {
    GivenVote: proto::GivenVote {
        organisation, in_favour, height,
    }
}
