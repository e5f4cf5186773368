//! The requests of the other models' steps, fitted to a world of several issuers that goes on for
//! days.

use piaolian_contracts::organisations::KeyPurpose;
use piaolian_proto::v1::transaction_body::Action;

use super::{
    generators::choose,
    harness::Harness,
    members::{ISSUERS, STRANGER},
    payment_generators::choose_payment,
    receipt_generators::choose_receipt,
    requests,
    steps::{By, Step, Try},
};
use crate::{
    claim_model::{requests as claim_requests, steps as claims},
    payments::model::steps as payments,
    properties::steps as receipts,
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
        } else if let Action::ReissueReceipt(reissue) = &mut action {
            reissue.reversal.as_mut().unwrap().issue_date = self.today;
            reissue.replacement.as_mut().unwrap().issue_date = self.today;
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
        Step::Receipt(step) if !turn.is_multiple_of(5) => {
            Step::Receipt(choose_receipt(harness, step, turn))
        }
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
        Step::Receipt(_) | Step::Claim(_) | Step::Payment(_) | Step::Governance(_) => step.clone(),
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
        Step::Receipt(receipts::Step::Wait { .. })
        | Step::Claim(claims::Step::Wait { .. })
        | Step::Payment(payments::Step::Night) => return None,
        Step::Receipt(step) => receipts::request(step, turn)?,
        Step::Claim(step) => claim_requests::request(&harness.world, step),
        Step::Payment(step) => payments::request(&harness.payments, step),
        Step::Governance(step) => requests::request(harness, step),
    };
    let issuer = ISSUERS[turn % ISSUERS.len()];
    let actor = match tried.by {
        By::Stranger => STRANGER,
        By::Newcomer => harness.newcomers.last().map_or(STRANGER, String::as_str),
        By::Own if matches!(step, Step::Receipt(receipts::Step::Issue { .. })) => issuer,
        By::Own if request.actor() == ISSUERS[0] => {
            receipt_of_step(step).map_or(ISSUERS[0], |receipt| harness.issuer_of(receipt))
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
        Step::Receipt(_) | Step::Claim(_) | Step::Payment(_) | Step::Governance(_) => None,
    };
    Some((fitted, judged))
}

/// The receipt whose issuer is to act; `None` for a step that is no issuer's, or about no receipt.
fn receipt_of_step(step: &Step) -> Option<usize> {
    match step {
        Step::Receipt(step) => receipt_of_receipt_step(step),
        Step::Claim(step) => receipt_of_claim_step(step),
        Step::Payment(_) | Step::Governance(_) => None,
    }
}

fn receipt_of_receipt_step(step: &receipts::Step) -> Option<usize> {
    match step {
        receipts::Step::Reverse { receipt }
        | receipts::Step::Reissue { receipt, .. }
        | receipts::Step::Exchange { receipt, .. }
        | receipts::Step::ReturnPaper { receipt, .. } => Some(*receipt),
        receipts::Step::Deliver { receipts } | receipts::Step::Archive { receipts, .. } => {
            receipts.first().copied()
        }
        receipts::Step::Issue { .. }
        | receipts::Step::Lock { .. }
        | receipts::Step::Unlock { .. }
        | receipts::Step::Book { .. }
        | receipts::Step::Unbook { .. }
        | receipts::Step::Audit { .. }
        | receipts::Step::Note { .. }
        | receipts::Step::Suspend { .. }
        | receipts::Step::Resume { .. }
        | receipts::Step::Grant { .. }
        | receipts::Step::Recall { .. }
        | receipts::Step::SetFundRules { .. }
        | receipts::Step::Wait { .. } => None,
    }
}

fn receipt_of_claim_step(step: &claims::Step) -> Option<usize> {
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
        | claims::Step::Reassess { .. }
        | claims::Step::Lock { .. }
        | claims::Step::Unlock { .. }
        | claims::Step::Book { .. }
        | claims::Step::Unbook { .. }
        | claims::Step::Repay { .. }
        | claims::Step::Wait { .. } => None,
    }
}
