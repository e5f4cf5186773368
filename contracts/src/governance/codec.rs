//! The record of a proposal as the message that is stored and hashed.

use piaolian_proto::v1 as proto;
use prost::Message;

use super::{
    ballot::{GivenVote, ProposalId, ProposalRecord, ProposalState},
    governors::GOVERNORS_MAX,
    proposal::Proposal,
};
use crate::{
    chain::Height,
    malformed::{Malformed, required},
    rejection::Rejection,
    storage::Record,
    types::{BlockTime, OrganisationId, Reason},
};

impl Record for ProposalRecord {
    fn encode(&self) -> Vec<u8> {
        proto::ProposalRecord::from(self).encode_to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        proto::ProposalRecord::decode(bytes)
            .map_err(|error| Malformed::new("proposal", error.to_string()))?
            .try_into()
    }
}

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
            votes: record.votes.iter().map(Into::into).collect(),
            state: record.state as i32,
            closed_height: record.closed_height.map_or(0, Height::get),
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
        let closed = record.closed_height;
        Ok(Self {
            id: ProposalId::new(record.proposal_id),
            proposer: OrganisationId::parse("proposer", &record.proposer)?,
            reason: Reason::parse("reason", record.reason)?,
            proposal: Proposal::try_from(required("proposal", record.proposal)?)?,
            proposed_height: Height::new(record.proposed_height),
            open_until: BlockTime::from_ms(record.open_until_ms),
            votes: record
                .votes
                .into_iter()
                .map(GivenVote::try_from)
                .collect::<Result<_, _>>()?,
            state: parse_state(record.state)?,
            closed_height: (closed != 0).then_some(Height::new(closed)),
            failure,
        })
    }
}

fn parse_state(number: i32) -> Result<ProposalState, Malformed> {
    match proto::ProposalState::try_from(number) {
        Ok(proto::ProposalState::Open) => Ok(ProposalState::Open),
        Ok(proto::ProposalState::Adopted) => Ok(ProposalState::Adopted),
        Ok(proto::ProposalState::Failed) => Ok(ProposalState::Failed),
        Ok(proto::ProposalState::Rejected) => Ok(ProposalState::Rejected),
        Ok(proto::ProposalState::Expired) => Ok(ProposalState::Expired),
        Ok(proto::ProposalState::Superseded) => Ok(ProposalState::Superseded),
        Ok(proto::ProposalState::Unspecified) | Err(_) => {
            Err(Malformed::new("state", "must name a state"))
        }
    }
}

impl From<&GivenVote> for proto::GivenVote {
    fn from(vote: &GivenVote) -> Self {
        Self {
            organisation: vote.organisation.to_string(),
            in_favour: vote.in_favour,
            height: vote.height.get(),
        }
    }
}

impl TryFrom<proto::GivenVote> for GivenVote {
    type Error = Malformed;

    fn try_from(vote: proto::GivenVote) -> Result<Self, Malformed> {
        Ok(Self {
            organisation: OrganisationId::parse("votes.organisation", &vote.organisation)?,
            in_favour: vote.in_favour,
            height: Height::new(vote.height),
        })
    }
}
