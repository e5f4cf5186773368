//! Votes and proposals.

use arc_malachitebft_app_channel::app::types::core::{
    Height as _, Round, SignedProposal, SignedVote, Validity,
};
use arc_malachitebft_app_channel::app::types::{ProposedValue, SignedConsensusMsg};
use piaolian_proto::v1;

use super::{Malformed, Wire, fields};
use crate::{
    context::EngineTypes,
    types::{Height, Proposal, Vote, round_number},
};

impl Wire for SignedVote<EngineTypes> {
    type Message = v1::SignedVote;

    fn to_message(&self) -> v1::SignedVote {
        v1::SignedVote {
            vote: Some(v1::Vote {
                r#type: fields::vote_type_number(self.message.vote_type),
                height: self.message.height.as_u64(),
                round: round_number(self.message.round),
                block_hash: fields::target_bytes(&self.message.value),
                address: fields::address_bytes(&self.message.address),
            }),
            signature: fields::signature_bytes(&self.signature),
        }
    }

    fn from_message(message: v1::SignedVote) -> Result<Self, Malformed> {
        let vote = message.vote.ok_or(Malformed::Field("vote"))?;
        let signature = fields::signature(&message.signature)?;
        Ok(Self::new(
            Vote {
                vote_type: fields::vote_type(vote.r#type)?,
                height: Height::new(vote.height),
                round: fields::round(vote.round),
                value: fields::target(&vote.block_hash)?,
                address: fields::address(&vote.address)?,
            },
            signature,
        ))
    }
}

impl Wire for SignedProposal<EngineTypes> {
    type Message = v1::SignedProposal;

    fn to_message(&self) -> v1::SignedProposal {
        v1::SignedProposal {
            proposal: Some(v1::Proposal {
                height: self.message.height.as_u64(),
                round: round_number(self.message.round),
                block_hash: fields::block_id_bytes(&self.message.value),
                pol_round: fields::optional_round(self.message.pol_round),
                address: fields::address_bytes(&self.message.address),
            }),
            signature: fields::signature_bytes(&self.signature),
        }
    }

    fn from_message(message: v1::SignedProposal) -> Result<Self, Malformed> {
        let proposal = message.proposal.ok_or(Malformed::Field("proposal"))?;
        let signature = fields::signature(&message.signature)?;
        Ok(Self::new(
            Proposal {
                height: Height::new(proposal.height),
                round: fields::round(proposal.round),
                value: fields::block_id(&proposal.block_hash)?,
                pol_round: Round::from(proposal.pol_round),
                address: fields::address(&proposal.address)?,
            },
            signature,
        ))
    }
}

impl Wire for SignedConsensusMsg<EngineTypes> {
    type Message = v1::ConsensusMessage;

    fn to_message(&self) -> v1::ConsensusMessage {
        use v1::consensus_message::Message;
        let message = match self {
            Self::Vote(vote) => Message::Vote(vote.to_message()),
            Self::Proposal(proposal) => Message::Proposal(proposal.to_message()),
        };
        v1::ConsensusMessage {
            message: Some(message),
        }
    }

    fn from_message(message: v1::ConsensusMessage) -> Result<Self, Malformed> {
        use v1::consensus_message::Message;
        match message.message.ok_or(Malformed::Field("message"))? {
            Message::Vote(vote) => SignedVote::from_message(vote).map(Self::Vote),
            Message::Proposal(proposal) => {
                SignedProposal::from_message(proposal).map(Self::Proposal)
            }
        }
    }
}

impl Wire for ProposedValue<EngineTypes> {
    type Message = v1::BlockVerdict;

    fn to_message(&self) -> v1::BlockVerdict {
        v1::BlockVerdict {
            height: self.height.as_u64(),
            round: round_number(self.round),
            pol_round: fields::optional_round(self.valid_round),
            proposer: fields::address_bytes(&self.proposer),
            block_hash: fields::block_id_bytes(&self.value),
            valid: self.validity.is_valid(),
        }
    }

    fn from_message(message: v1::BlockVerdict) -> Result<Self, Malformed> {
        Ok(Self {
            height: Height::new(message.height),
            round: fields::round(message.round),
            valid_round: Round::from(message.pol_round),
            proposer: fields::address(&message.proposer)?,
            value: fields::block_id(&message.block_hash)?,
            validity: Validity::from_bool(message.valid),
        })
    }
}
