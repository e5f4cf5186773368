//! Binds the engine to this chain's types and timeouts.

use std::time::Duration;

use arc_malachitebft_app_channel::app::types::core::{
    Context, LinearTimeouts, NilOrVal, Round, ValidatorSet as _, VoteType,
};

use super::types::{
    Address, BlockId, Ed25519, Height, Proposal, ProposalPart, Validator, ValidatorSet, Vote,
};

/// Marker type that names this chain's types to the engine and chooses proposers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineTypes;

impl Context for EngineTypes {
    type Address = Address;
    type Height = Height;
    type ProposalPart = ProposalPart;
    type Proposal = Proposal;
    type Validator = Validator;
    type ValidatorSet = ValidatorSet;
    type Timeouts = LinearTimeouts;
    type Value = BlockId;
    type Vote = Vote;
    type Extension = ();
    type SigningScheme = Ed25519;

    /// Selects proposers by round robin in order of address: the next height and the next round each advance by one.
    fn select_proposer<'a>(
        &self,
        validators: &'a ValidatorSet,
        height: Height,
        round: Round,
    ) -> &'a Validator {
        validators
            .get_by_index(proposer_index(validators.count(), height, round))
            .expect("a validator set is never empty and the index is below its length")
    }

    fn new_proposal(
        &self,
        height: Height,
        round: Round,
        value: BlockId,
        pol_round: Round,
        address: Address,
    ) -> Proposal {
        Proposal {
            height,
            round,
            value,
            pol_round,
            address,
        }
    }

    fn new_prevote(
        &self,
        height: Height,
        round: Round,
        value: NilOrVal<BlockId>,
        address: Address,
    ) -> Vote {
        Vote {
            vote_type: VoteType::Prevote,
            height,
            round,
            value,
            address,
        }
    }

    fn new_precommit(
        &self,
        height: Height,
        round: Round,
        value: NilOrVal<BlockId>,
        address: Address,
    ) -> Vote {
        Vote {
            vote_type: VoteType::Precommit,
            height,
            round,
            value,
            address,
        }
    }
}

fn proposer_index(count: usize, height: Height, round: Round) -> usize {
    use arc_malachitebft_app_channel::app::types::core::Height as _;

    let turn = height
        .as_u64()
        .wrapping_add(u64::from(round.as_u32().unwrap_or(0)));
    usize::try_from(turn % count as u64).expect("a remainder is below a usize")
}

/// Returns the timeouts of a round's steps. They grow with each round, so that a slow network still decides.
pub fn timeouts() -> LinearTimeouts {
    LinearTimeouts {
        propose: Duration::from_secs(1),
        propose_delta: Duration::from_millis(500),
        prevote: Duration::from_millis(400),
        prevote_delta: Duration::from_millis(200),
        precommit: Duration::from_millis(400),
        precommit_delta: Duration::from_millis(200),
        rebroadcast: Duration::from_secs(1),
        max_timeout: Duration::from_secs(20),
    }
}
