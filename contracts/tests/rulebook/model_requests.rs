//! The requests of the other models' steps, fitted to a world of several issuers that goes on for
//! days.

use piaolian_contracts::organisations::KeyPurpose;
use piaolian_proto::v1::transaction_body::Action;

use super::{
    generators::choose,
    harness::Harness,
    members::{ISSUERS, STRANGER},
    payment_generators::choose_payment,
    receipt_generators::choose_life,
    requests,
    steps::{By, Step, Try},
};
use crate::{
    claim_model::steps as claims,
    payments::model::steps as payments,
    properties::steps as life,
    world::{DAY_MS, World, requests::Request},
};

/// A request that another member may make, dated today.
struct Fitted {
    request: Box<dyn Request>,
    actor: String,
    issuer: &'static str,
    today: u32,
    /// Consents and claims last a day longer, or end within minutes.
    longer_ms: u64,
}

impl Request for Fitted {
    fn actor(&self) -> &str {
        &self.actor
    }

    fn signed_with(&self) -> KeyPurpose {
        self.request.signed_with()
    }

    fn operator(&self) -> &str {
        self.request.operator()
    }

    fn action(&self, world: &World) -> Action {
        let mut action = self.request.action(world);
        if let Action::IssueReceipts(issue) = &mut action {
            for item in &mut issue.items {
                item.issue_date = self.today;
            }
        } else if let Action::ReverseReceipt(reverse) = &mut action {
            reverse.issue_date = self.today;
        } else if let Action::GrantRange(grant) = &mut action {
            grant.issuer = world.member(self.issuer).id.to_string();
        } else if let Action::GrantAccess(grant) = &mut action {
            grant.expires_ms += self.longer_ms;
        } else if let Action::FileClaim(file) = &mut action {
            file.lease_ms += self.longer_ms;
        }
        action
    }
}

/// Returns the step, redirected to a target on which it can have an effect. Every fifth step keeps its random target,
/// where it is mostly refused.
fn aimed(harness: &Harness, step: &Step, turn: usize) -> Step {
    match step {
        Step::Life(step) if !turn.is_multiple_of(5) => Step::Life(choose_life(harness, step, turn)),
        Step::Claim(step) if !turn.is_multiple_of(5) => Step::Claim(choose(harness, step, turn)),
        // Of two lines one says what was reported.
        Step::Payment(step @ payments::Step::Line { .. }) if turn.is_multiple_of(2) => {
            Step::Payment(choose_payment(&harness.payments, step, turn))
        }
        Step::Payment(step @ (payments::Step::Notice { .. } | payments::Step::Report { .. }))
            if !turn.is_multiple_of(3) =>
        {
            Step::Payment(choose_payment(&harness.payments, step, turn))
        }
        Step::Life(_) | Step::Claim(_) | Step::Payment(_) | Step::Governance(_) => step.clone(),
    }
}

/// The request of a step, and the step that the model of payments judges; `None` when it waits.
pub fn request(
    harness: &mut Harness,
    tried: &Try,
    turn: usize,
) -> Option<(impl Request + use<>, Option<payments::Step>)> {
    let step = &aimed(harness, &tried.step, turn);
    let request: Box<dyn Request> = match step {
        Step::Life(life::Step::Wait { .. })
        | Step::Claim(claims::Step::Wait { .. })
        | Step::Payment(payments::Step::Night) => return None,
        Step::Life(step) => life::request(step, turn)?,
        Step::Claim(step) => claims::request(&harness.world, step),
        Step::Payment(step) => payments::request(&harness.payments, step),
        Step::Governance(step) => requests::request(harness, step),
    };
    let issuer = ISSUERS[turn % ISSUERS.len()];
    let actor = match tried.by {
        By::Stranger => STRANGER,
        By::Newcomer => harness.newcomers.last().map_or(STRANGER, String::as_str),
        By::Own if matches!(step, Step::Life(life::Step::Issue { .. })) => issuer,
        By::Own if request.actor() == ISSUERS[0] => {
            about(step).map_or(ISSUERS[0], |receipt| harness.issuer_of(receipt))
        }
        By::Own => request.actor(),
    };
    let fitted = Fitted {
        actor: actor.to_owned(),
        request,
        issuer,
        today: harness.today(),
        longer_ms: if turn.is_multiple_of(3) { 0 } else { DAY_MS },
    };
    let judged = match step {
        Step::Payment(step) if tried.by == By::Own => Some(step.clone()),
        Step::Life(_) | Step::Claim(_) | Step::Payment(_) | Step::Governance(_) => None,
    };
    Some((fitted, judged))
}

/// The receipt whose issuer is to act; `None` for a step that is no issuer's, or about no receipt.
fn about(step: &Step) -> Option<usize> {
    match step {
        Step::Life(step) => about_life(step),
        Step::Claim(step) => about_claim(step),
        Step::Payment(_) | Step::Governance(_) => None,
    }
}

fn about_life(step: &life::Step) -> Option<usize> {
    match step {
        life::Step::Reverse { receipt }
        | life::Step::Exchange { receipt, .. }
        | life::Step::ReturnPaper { receipt, .. } => Some(*receipt),
        life::Step::Deliver { receipts } | life::Step::Archive { receipts, .. } => {
            receipts.first().copied()
        }
        life::Step::Issue { .. }
        | life::Step::Lock { .. }
        | life::Step::Unlock { .. }
        | life::Step::Book { .. }
        | life::Step::Unbook { .. }
        | life::Step::Audit { .. }
        | life::Step::Note { .. }
        | life::Step::Suspend { .. }
        | life::Step::Resume { .. }
        | life::Step::Grant { .. }
        | life::Step::Recall { .. }
        | life::Step::SetFundRules { .. }
        | life::Step::Wait { .. } => None,
    }
}

fn about_claim(step: &claims::Step) -> Option<usize> {
    match step {
        claims::Step::Authorise { receipt, .. }
        | claims::Step::Revoke { receipt, .. }
        | claims::Step::Exchange { receipt }
        | claims::Step::Return { receipt } => Some(*receipt),
        claims::Step::File { .. }
        | claims::Step::Approve { .. }
        | claims::Step::Reject { .. }
        | claims::Step::Withdraw { .. }
        | claims::Step::Confirm { .. }
        | claims::Step::Correct { .. }
        | claims::Step::Lock { .. }
        | claims::Step::Unlock { .. }
        | claims::Step::Book { .. }
        | claims::Step::Unbook { .. }
        | claims::Step::Wait { .. } => None,
    }
}
