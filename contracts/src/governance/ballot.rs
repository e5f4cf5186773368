//! The record of a proposal.
//!
//! ```text
//!            votes in favour ≥ threshold      ┌─ carried out ──► adopted
//!   open ──┬────────────────────────────────► ┤
//!          │                                  └─ refused ──────► failed, with the rule
//!          ├─ too many against ──► rejected
//!          ├─ its time is over ──► expired
//!          └─ other governors ───► superseded
//! ```

use std::fmt;

use super::{governors::Governors, proposal::Proposal};
use crate::{
    chain::Height,
    numbered::numbered,
    rejection::Rejection,
    types::{BlockTime, OrganisationId, Reason},
};

/// The number of a proposal: 1, 2, …
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ProposalId(u64);

impl ProposalId {
    /// A number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ProposalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

numbered! {
    /// The state of a proposal.
    pub enum ProposalState(i32) of proto ProposalState, "must name a state" {
        /// Votes are accepted.
        Open: "open",
        /// Carried out.
        Adopted: "adopted",
        /// The rules rejected its decision.
        Failed: "failed",
        /// The threshold is out of reach.
        Rejected: "voted down",
        /// Its voting time ended.
        Expired: "expired",
        /// The governors changed.
        Superseded: "superseded",
    }
}

/// A vote on a proposal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GivenVote {
    /// The governor that voted.
    pub organisation: OrganisationId,
    /// Whether it is in favour.
    pub in_favour: bool,
    /// The height of its block.
    pub height: Height,
}

/// A proposal with its votes.
#[derive(Clone, PartialEq, Debug)]
pub struct ProposalRecord {
    /// Its number.
    pub id: ProposalId,
    /// The governor that proposed it.
    pub proposer: OrganisationId,
    /// The reason.
    pub reason: Reason,
    /// The proposal.
    pub proposal: Proposal,
    /// The height at which it was proposed.
    pub proposed_height: Height,
    /// It expires with the first block at or after this time.
    pub open_until: BlockTime,
    /// The votes, in the order in which they were given.
    pub votes: Vec<GivenVote>,
    /// The state.
    pub state: ProposalState,
    /// The block that closed it.
    pub closed_height: Option<Height>,
    /// The rejection of its decision, if the proposal failed.
    pub failure: Option<Rejection>,
}

/// The result of counting the votes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum VoteCount {
    Undecided,
    Adopted,
    Rejected,
}

impl ProposalRecord {
    /// The vote of `organisation`.
    pub fn vote_of(&self, organisation: &OrganisationId) -> Option<&GivenVote> {
        let mut votes = self.votes.iter();
        votes.find(|vote| vote.organisation == *organisation)
    }

    /// Counts the votes of the present governors. A governor that has not voted may still vote.
    pub(super) fn tally(&self, governors: &Governors) -> VoteCount {
        let count = |in_favour| {
            let votes = self.votes.iter();
            votes
                .filter(|v| v.in_favour == in_favour && governors.contains(&v.organisation))
                .count()
        };
        let threshold = usize::try_from(governors.threshold()).unwrap_or(usize::MAX);
        let reachable = governors.organisations().len().saturating_sub(count(false));
        if count(true) >= threshold {
            VoteCount::Adopted
        } else if reachable < threshold {
            VoteCount::Rejected
        } else {
            VoteCount::Undecided
        }
    }

    /// Closes the proposal with the block at `height`.
    pub(super) const fn close(&mut self, state: ProposalState, height: Height) {
        self.state = state;
        self.closed_height = Some(height);
    }
}
