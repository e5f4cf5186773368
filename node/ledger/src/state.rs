//! Reads from the committed state and of undecided blocks.

use piaolian_contracts::{
    chain::{Hash, ValidatorSet},
    parameters::{PARAMETERS, Parameters},
    state,
    upgrades::VALIDATOR_SET,
};

use super::{Announcement, Fault, Proposed};
use crate::store::{ChainView, Proposal};

/// Returns the validators of the block on the tip.
pub(super) fn validators(view: &ChainView) -> Result<ValidatorSet, Fault> {
    let validators = VALIDATOR_SET.get(&view.state(), &())?;
    validators.ok_or_else(|| missing_genesis_record("validator set"))
}

/// Returns the parameters of the block on the tip.
pub(super) fn parameters(view: &ChainView) -> Result<Parameters, Fault> {
    let parameters = PARAMETERS.get(&view.state(), &())?;
    parameters.ok_or_else(|| missing_genesis_record("parameters"))
}

/// Returns an undecided block with its proposer's signature. `None` when this node does not have it, or received it by
/// sync and therefore without that signature.
pub(super) fn stored_proposal(view: &ChainView, hash: &Hash) -> Result<Option<Proposed>, Fault> {
    let next = view.tip().height.next();
    let proposal = view
        .proposals(next)?
        .into_iter()
        .find(|known| known.block_hash == *hash);
    proposal.map_or(Ok(None), |proposal| signed_body(view, &proposal))
}

/// Returns the stored block of a proposal, with its announcement.
pub(super) fn signed_body(
    view: &ChainView,
    proposal: &Proposal,
) -> Result<Option<Proposed>, Fault> {
    let Some(signature) = proposal.parts_signature else {
        return Ok(None);
    };
    let block = view
        .body(&proposal.block_hash)?
        .ok_or(Fault::BodyMissing(proposal.block_hash))?;
    let announcement = Announcement {
        height: proposal.height,
        round: proposal.round,
        proposer: proposal.proposer,
        block_bytes: block.len() as u64,
        block_hash: proposal.block_hash,
    };
    Ok(Some(Proposed {
        announcement,
        signature,
        block,
    }))
}

/// Returns the fault for a missing record that the genesis state contains and that nothing deletes.
fn missing_genesis_record(record: &'static str) -> Fault {
    state::Fault(Box::new(MissingGenesisRecord(record))).into()
}

#[derive(Debug, thiserror::Error)]
#[error("the state has no {0}")]
struct MissingGenesisRecord(&'static str);
