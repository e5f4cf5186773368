//! Deciding proposals: counting votes, applying decisions, closing.

use std::sync::Arc;

use super::{
    ballot::{ProposalRecord, ProposalState, VoteCount},
    errors::GovernanceError,
    governors::Governors,
    schema::{GOVERNORS, OPEN_PROPOSALS, OpenProposal, OpenProposals, PROPOSALS},
};
use crate::{
    action::ActionContext,
    chain::Height,
    rejection::Stop,
    state::{Fault, StateReader},
    storage::{Overlay, missing_genesis_record},
    types::BlockTime,
};

/// Returns the governors as the parent's state has them. The actor must be one of them and must not be suspended.
pub(super) fn governing(ctx: &ActionContext<'_, '_>) -> Result<Governors, Stop> {
    ctx.require_active()?;
    let governors = governors(ctx.overlay.parent())?;
    let organisation = ctx.actor_id();
    if governors.contains(&organisation) {
        Ok(governors)
    } else {
        Err(GovernanceError::NotAGovernor { organisation }.into())
    }
}

fn governors(state: &dyn StateReader) -> Result<Governors, Fault> {
    let governors = GOVERNORS.get(state, &())?;
    governors.ok_or_else(|| missing_genesis_record("governors"))
}

/// Counts the votes of a proposal after a new vote, applies the result, and
/// writes it.
pub(super) fn decide(
    ctx: &mut ActionContext<'_, '_>,
    governors: &Governors,
    mut record: ProposalRecord,
) -> Result<(), Stop> {
    let height = ctx.block.height;
    match record.tally(governors) {
        VoteCount::Undecided => {}
        VoteCount::Rejected => record.close(ProposalState::Rejected, height),
        VoteCount::Adopted => adopt(ctx, &mut record)?,
    }
    let mut open = open_proposals(ctx.overlay)?;
    open.0.retain(|open| open.id != record.id);
    if record.state == ProposalState::Open {
        let entry = OpenProposal {
            until: record.open_until,
            id: record.id,
            proposer: record.proposer,
        };
        let place = open.0.partition_point(|other| *other < entry);
        open.0.insert(place, entry);
    }
    write_open(ctx.overlay, open)?;
    ctx.overlay
        .entry(PROPOSALS, &record.id.clone())?
        .set(record);
    Ok(())
}

/// Carries out the agreed decision. If the rules reject it by now, its writes are rolled back and the proposal has
/// failed for good.
fn adopt(ctx: &mut ActionContext<'_, '_>, record: &mut ProposalRecord) -> Result<(), Fault> {
    let height = ctx.block.height;
    if let Err(rejection) = ctx.attempt(|ctx| record.proposal.apply(ctx))? {
        record.failure = Some(rejection);
        record.close(ProposalState::Failed, height);
        return Ok(());
    }
    record.close(ProposalState::Adopted, height);
    Ok(())
}

/// Ends a block: closes the proposals whose voting time is over at the block's `time`. If the governors change from the
/// next block on, it closes all open proposals.
pub(crate) fn finish(
    overlay: &mut Overlay<'_>,
    height: Height,
    time: BlockTime,
) -> Result<(), Fault> {
    let open = open_proposals(overlay)?;
    if open.0.is_empty() {
        return Ok(());
    }
    let still = open.0.partition_point(|open| open.until <= time);
    let (over, open) = open.0.split_at(still);
    close_all(overlay, over, ProposalState::Expired, height)?;
    if have_changed(overlay)? {
        close_all(overlay, open, ProposalState::Superseded, height)?;
        return write_open(overlay, OpenProposals::default());
    }
    if !over.is_empty() {
        write_open(overlay, OpenProposals(open.to_vec()))?;
    }
    Ok(())
}

/// Whether the governors change with this block. It is checked at the end of the block, because until then the
/// governors of the parent's state propose and vote. If a proposal that they made after the change stayed open, it
/// could have enough votes while nobody is left to cast the vote that counts them, or it could have more votes than
/// there may be governors.
fn have_changed(overlay: &mut Overlay<'_>) -> Result<bool, Fault> {
    let before = governors(overlay.parent())?;
    let after = overlay.get(GOVERNORS, &())?;
    Ok(after.is_none_or(|after| *after != before))
}

fn close_all(
    overlay: &mut Overlay<'_>,
    proposals: &[OpenProposal],
    state: ProposalState,
    height: Height,
) -> Result<(), Fault> {
    proposals
        .iter()
        .try_for_each(|proposal| close(overlay, proposal, state, height))
}

fn close(
    overlay: &mut Overlay<'_>,
    open: &OpenProposal,
    state: ProposalState,
    height: Height,
) -> Result<(), Fault> {
    let missing = || Fault(format!("open proposal {} is not there", open.id).into());
    let record = overlay.get(PROPOSALS, &open.id)?.ok_or_else(missing)?;
    let mut record = Arc::unwrap_or_clone(record);
    record.close(state, height);
    overlay.entry(PROPOSALS, &open.id)?.set(record);
    Ok(())
}

fn open_proposals(overlay: &mut Overlay<'_>) -> Result<OpenProposals, Fault> {
    let open = overlay.get(OPEN_PROPOSALS, &())?;
    Ok(open.map(Arc::unwrap_or_clone).unwrap_or_default())
}

fn write_open(overlay: &mut Overlay<'_>, open: OpenProposals) -> Result<(), Fault> {
    let entry = overlay.entry(OPEN_PROPOSALS, &())?;
    if open.0.is_empty() {
        return entry.remove();
    }
    entry.set(open);
    Ok(())
}
