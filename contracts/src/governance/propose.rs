//! `Propose`: a governor puts a decision to the vote.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    ballot::{GivenVote, ProposalId, ProposalRecord, ProposalState},
    decide::{decide, governing},
    errors::GovernanceError,
    proposal::Proposal,
    schema::{OPEN_PROPOSALS, OpenProposal, PROPOSALS},
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::{Malformed, required},
    organisations::KeyPurpose,
    parameters::ParameterError,
    rejection::Stop,
    storage::Key as _,
    types::Reason,
};

/// Shortest voting time: one hour, so that the other governors can read the proposal.
pub const OPEN_FOR_MS_MIN: u64 = 3_600_000;

/// Longest voting time: 90 days.
pub const OPEN_FOR_MS_MAX: u64 = 90 * 24 * 3_600_000;

/// Most open proposals of one governor.
pub const OPEN_MAX: usize = 8;

/// Puts a decision to the vote. The proposer's vote in favour counts at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Propose {
    proposal: Proposal,
    reason: Reason,
    open_for_ms: u64,
}

impl TryFrom<proto::Propose> for Propose {
    type Error = Malformed;

    fn try_from(message: proto::Propose) -> Result<Self, Malformed> {
        let proposal = Proposal::try_from(required("proposal", message.proposal)?);
        Ok(Self {
            proposal: proposal.map_err(|error| error.within("proposal"))?,
            reason: Reason::parse("reason", message.reason)?,
            open_for_ms: message.open_for_ms,
        })
    }
}

impl Handler for Propose {
    fn key_purpose(&self) -> KeyPurpose {
        KeyPurpose::Admin
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        let governors = governing(ctx)?;
        self.check_time()?;
        check_number(ctx)?;
        self.try_out(ctx)?;
        let record = self.record(ctx)?;
        decide(ctx, &governors, record)?;
        Ok(Effects::none())
    }
}

impl Propose {
    fn check_time(&self) -> Result<(), ParameterError> {
        let (min, max) = (OPEN_FOR_MS_MIN, OPEN_FOR_MS_MAX);
        ParameterError::check("open_for_ms", self.open_for_ms, min, max)
    }

    /// Refuses a proposal whose decision the rules would reject now.
    fn try_out(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        self.proposal.check_proposed(ctx)?;
        let savepoint = ctx.overlay.savepoint();
        self.proposal.apply(ctx)?;
        ctx.overlay.roll_back(savepoint);
        Ok(())
    }

    fn record(&self, ctx: &mut ActionContext<'_, '_>) -> Result<ProposalRecord, Stop> {
        let highest = ProposalId::new(u64::MAX);
        let last = ctx.overlay.floor(PROPOSALS, &highest.bytes())?;
        let last = last.map_or(0, |last| last.id.get());
        let (proposer, height) = (ctx.actor_id(), ctx.block.height);
        Ok(ProposalRecord {
            id: ProposalId::new(last.saturating_add(1)),
            proposer,
            reason: self.reason.clone(),
            proposal: self.proposal.clone(),
            proposed_height: height,
            open_until: ctx.block.time.after_ms(self.open_for_ms),
            votes: vec![GivenVote {
                organisation: proposer,
                in_favour: true,
                height,
            }],
            state: ProposalState::Open,
            closed_height: None,
            failure: None,
        })
    }
}

fn check_number(ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
    let organisation = ctx.actor_id();
    let open = ctx.overlay.get(OPEN_PROPOSALS, &())?;
    let open = open.map(Arc::unwrap_or_clone).unwrap_or_default();
    let own = |open: &&OpenProposal| open.proposer == organisation;
    if open.as_slice().iter().filter(own).count() < OPEN_MAX {
        return Ok(());
    }
    Err(GovernanceError::TooManyOpenProposals {
        organisation,
        open_max: OPEN_MAX,
    }
    .into())
}
