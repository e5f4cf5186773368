//! Deciding proposals: counting, carrying out, closing.

use std::sync::Arc;

use super::{
    ballot::{ProposalRecord, ProposalState, Tally},
    errors::GovernanceError,
    governors::Governors,
    schema::{GOVERNORS, OPEN_PROPOSALS, OpenProposal, OpenProposals, PROPOSALS},
};
use crate::{
    act::Act,
    chain::Height,
    rejection::Stop,
    state::{Fault, StateReader},
    storage::{Overlay, unfounded},
    types::BlockTime,
};

/// The governors as the parent's state has them, of whom the actor is one and may act.
pub(super) fn governing(act: &Act<'_, '_>) -> Result<Governors, Stop> {
    act.require_active()?;
    let governors = governors(act.overlay.parent())?;
    let organisation = act.actor_id();
    if governors.contains(&organisation) {
        Ok(governors)
    } else {
        Err(GovernanceError::NotAGovernor { organisation }.into())
    }
}

fn governors(state: &dyn StateReader) -> Result<Governors, Fault> {
    let governors = GOVERNORS.get(state, &())?;
    governors.ok_or_else(|| unfounded("governors"))
}

/// Counts the votes of a proposal that has one more now, does what they come to, and
/// writes it.
pub(super) fn decide(
    act: &mut Act<'_, '_>,
    governors: &Governors,
    mut record: ProposalRecord,
) -> Result<(), Stop> {
    let height = act.block.height;
    match record.tally(governors) {
        Tally::Undecided => {}
        Tally::Rejected => record.close(ProposalState::Rejected, height),
        Tally::Adopted => adopt(act, &mut record)?,
    }
    let mut open = open_proposals(act.overlay)?;
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
    write_open(act.overlay, open)?;
    act.overlay
        .entry(PROPOSALS, &record.id.clone())?
        .set(record);
    Ok(())
}

/// Carries out what was agreed. The rules may refuse it by now: then it failed, for
/// good, and what it had written is undone.
fn adopt(act: &mut Act<'_, '_>, record: &mut ProposalRecord) -> Result<(), Fault> {
    let height = act.block.height;
    if let Err(rejection) = act.attempt(|act| record.proposal.carry_out(act))? {
        record.failure = Some(rejection);
        record.close(ProposalState::Failed, height);
        return Ok(());
    }
    record.close(ProposalState::Adopted, height);
    Ok(())
}

/// Ends a block: closes the proposals whose time is over at `time`, the block's, and all
/// that are still open when others govern from the next block on.
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

/// Whether others govern after this block. Asked as it ends, since until then those of the
/// parent's state propose and vote: were what they did after the change to stay open, a
/// proposal could have the votes that it needs and nobody left to give another, or more
/// votes than there may be governors.
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
    let slot = overlay.entry(OPEN_PROPOSALS, &())?;
    if open.0.is_empty() {
        return slot.remove();
    }
    slot.set(open);
    Ok(())
}
