//! Proposals: voted on in time, by the governors at the time of proposing, and carried out.

use std::collections::BTreeMap;

use piaolian_contracts::governance::ProposalState;
use piaolian_proto::v1::{self as proto, proposed_decision::Decision};

use super::{Answer, Books};

/// A proposal.
#[derive(Debug)]
pub struct Proposal {
    until: u64,
    decision: Decision,
    /// Whether in favour, by governor.
    pub votes: BTreeMap<String, bool>,
    pub state: ProposalState,
}

impl Books {
    /// One governor may do it alone.
    pub fn check_alone(&self) {
        assert_eq!(self.governors.organisations.len(), 1, "without a vote");
    }

    pub fn propose(&mut self, propose: &proto::Propose, answer: &Answer<'_>) {
        let decision = propose.proposal.clone().unwrap().decision.unwrap();
        self.proposals.push(Proposal {
            until: answer.now + propose.open_for_ms,
            decision,
            votes: BTreeMap::new(),
            state: ProposalState::Open,
        });
        self.vote(self.proposals.len(), true, answer);
    }

    /// Checks that the voter and all earlier voters are governors: a change of the governors closes open proposals.
    pub fn vote(&mut self, number: usize, in_favour: bool, answer: &Answer<'_>) {
        let governors = &self.governors;
        let governs = |name: &String| governors.organisations.contains(name);
        let proposal = &mut self.proposals[number - 1];
        assert_eq!(proposal.state, ProposalState::Open, "{number}");
        assert!(answer.now < proposal.until, "too late: {proposal:?}");
        let before = proposal.votes.insert(answer.actor.to_owned(), in_favour);
        assert_eq!(before, None, "voted twice: {proposal:?}");
        assert!(proposal.votes.keys().all(governs), "{proposal:?}");
        let against = proposal.votes.values().filter(|vote| !**vote).count();
        let threshold = governors.threshold as usize;
        if proposal.votes.len() - against >= threshold {
            let decision = proposal.decision.clone();
            self.proposals[number - 1].state = self.carry_out(decision, answer.height);
        } else if governors.organisations.len() - against < threshold {
            proposal.state = ProposalState::Rejected;
        }
    }

    /// Members that were removed, or govern while they are suspended, hinder it.
    fn carry_out(&mut self, decision: Decision, height: u64) -> ProposalState {
        let is_there = |id: &String| !self.removed.contains(id);
        let may_act = |id: &String| is_there(id) && !self.suspended.contains_key(id);
        match decision {
            Decision::ChangeGovernors(change) => {
                let mut governors = change.governors.unwrap();
                if !governors.organisations.iter().all(may_act) {
                    return ProposalState::Failed;
                }
                governors.organisations.sort();
                self.next_governors = Some(governors);
            }
            Decision::RecoverKeys(recover) => {
                if !is_there(&recover.organisation) {
                    return ProposalState::Failed;
                }
                self.keys.recover(&recover, height);
            }
            Decision::RemoveOrganisation(remove) => {
                if !is_there(&remove.organisation) {
                    return ProposalState::Failed;
                }
                self.keys.remove(&remove.organisation, height);
                self.removed.insert(remove.organisation);
            }
            Decision::SetParameters(_) => {}
            other => panic!("the mix proposes no {other:?}"),
        }
        ProposalState::Adopted
    }

    /// Ends a block: proposals whose time is over expire, and a change of the governors closes all open ones.
    pub fn end_block(&mut self, now: u64) {
        let open = |proposal: &&mut Proposal| proposal.state == ProposalState::Open;
        for proposal in self.proposals.iter_mut().filter(open) {
            if proposal.until <= now {
                proposal.state = ProposalState::Expired;
            }
        }
        let next = self.next_governors.take();
        if let Some(next) = next.filter(|next| *next != self.governors) {
            for proposal in self.proposals.iter_mut().filter(open) {
                proposal.state = ProposalState::Superseded;
            }
            self.governors = next;
        }
    }
}
