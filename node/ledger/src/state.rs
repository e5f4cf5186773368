//! What the ledger reads of the committed state and of undecided blocks.

use piaolian_contracts::{
    chain::{Hash, ValidatorSet},
    parameters::{PARAMETERS, Parameters},
    state,
    upgrades::VALIDATOR_SET,
};

use super::{Announcement, Fault, Proposed};
use crate::store::{Proposal, Store};

/// The validators of the block on the tip.
pub(super) fn validators(store: &Store) -> Result<ValidatorSet, Fault> {
    let validators = VALIDATOR_SET.get(&store.state(), &())?;
    validators.ok_or_else(|| unfounded("validator set"))
}

/// The parameters of the block on the tip.
pub(super) fn parameters(store: &Store) -> Result<Parameters, Fault> {
    let parameters = PARAMETERS.get(&store.state(), &())?;
    parameters.ok_or_else(|| unfounded("parameters"))
}

/// An undecided block with its proposer's signature. `None` when it is not
/// here, or came by sync and so without that signature.
pub(super) fn stored_proposal(store: &Store, hash: &Hash) -> Result<Option<Proposed>, Fault> {
    let next = store.tip().height.next();
    let proposal = store
        .proposals(next)?
        .into_iter()
        .find(|known| known.block_hash == *hash);
    proposal.map_or(Ok(None), |proposal| signed_body(store, &proposal))
}

/// The stored block of a proposal, as its proposer announced it.
pub(super) fn signed_body(store: &Store, proposal: &Proposal) -> Result<Option<Proposed>, Fault> {
    let Some(signature) = proposal.parts_signature else {
        return Ok(None);
    };
    let block = store
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

/// The founding writes these records, and nothing deletes them.
fn unfounded(record: &'static str) -> Fault {
    state::Fault(Box::new(Unfounded(record))).into()
}

#[derive(Debug, thiserror::Error)]
#[error("the state has no {0}")]
struct Unfounded(&'static str);
