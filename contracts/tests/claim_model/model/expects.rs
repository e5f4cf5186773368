//! The answers that the model expects of the ledger.

use super::{Claim, FUNDS, Model, State, base};
use crate::claim_model::steps::{NUMBERS, PAYERS, Step};

impl Model {
    /// Redirects a step to a claim or voucher on which it can have an effect, if there is one.
    pub fn choose(&self, step: Step, turn: usize, now: u64) -> Step {
        let places = (0..PAYERS.len())
            .flat_map(|payer| (0..NUMBERS).map(move |number| (payer, number)))
            .flat_map(|(payer, number)| (1..=2).map(move |payout| (payer, number, payout)));
        let aimed = places.filter_map(|(payer, number, payout)| step.on(payer, number, payout));
        let mut effective: Vec<Step> = aimed
            .filter(|step| self.expects(step, now) == Some(true))
            .collect();
        if effective.is_empty() {
            return step;
        }
        effective.swap_remove(turn % effective.len())
    }

    /// Whether the ledger accepts a step; `None` where the model does not know.
    pub fn expects(&self, step: &Step, now: u64) -> Option<bool> {
        Some(match step {
            Step::Authorise { ms, .. } => now < self.before + ms,
            Step::Revoke { receipt, payer } => self.is_authorised(*receipt, *payer, now),
            Step::File {
                payer,
                number,
                receipts,
                ..
            } => {
                let number = (*payer, *number);
                let fits = |receipt: &usize| {
                    let on = &self.receipts[*receipt];
                    self.is_authorised(*receipt, number.0, now)
                        && on.is_free_for(number, now)
                        && !self.has_had(number.0, FUNDS[number.0], *receipt)
                        && !on.on_paper
                        && on.left() > 0
                        && !on.booked.iter().any(|booked| booked.of == number)
                };
                !self.claims.contains_key(&number) && receipts.iter().all(fits)
            }
            Step::Approve {
                payer,
                number,
                self_paid,
            } => {
                let number = (*payer, *number);
                self.claims.get(&number).is_some_and(|claim| {
                    let mut places = claim.receipts.iter().zip(self_paid);
                    claim.is_open(now)
                        && places.all(|(receipt, self_paid)| {
                            let on = &self.receipts[*receipt];
                            self.is_authorised(*receipt, number.0, now)
                                && on.is_free_for(number, now)
                                && !self.has_had(number.0, FUNDS[number.0], *receipt)
                                && !on.on_paper
                                && *self_paid <= base(number.0, on)
                        })
                })
            }
            Step::Reject { payer, number } => {
                let claim = self.claims.get(&(*payer, *number));
                claim.is_some_and(|claim| claim.is_open(now))
            }
            Step::Withdraw { payer, number } => {
                let claim = self.claims.get(&(*payer, *number));
                claim.is_some_and(|claim| matches!(claim.state, State::Filed | State::Failed))
            }
            Step::Confirm {
                payer,
                number,
                payout,
                paid,
            } => {
                let claim = self.claims.get(&(*payer, *number));
                let order = |claim: &Claim| Some((claim.state, *order(claim, *payout)?));
                match claim.and_then(order) {
                    None => false,
                    // "Paid" after "failed" is a fact.
                    Some((_, Some(said))) => said == *paid || *paid,
                    Some((state, None)) => state == State::Decided,
                }
            }
            Step::Correct { payer, number } => {
                let claim = self.claims.get(&(*payer, *number));
                claim.is_some_and(|claim| match claim.state {
                    State::Decided => !claim.is_recalled,
                    state => claim.counts() || state == State::PaidLate,
                })
            }
            Step::Repay {
                receipt,
                payer,
                number,
            } => {
                let number = (*payer, *number);
                let mut own = self.receipts[*receipt].booked.iter();
                let own = own.find(|own| own.is_live && own.of == number);
                own.is_some_and(|own| own.must_return || !self.has_claim(number, *receipt))
            }
            Step::Unlock { receipt, payer } => {
                let lock = self.receipts[*receipt].live_lock(now);
                lock.is_some_and(|lock| lock.0 == *payer && !self.holds(lock, *receipt, now))
            }
            Step::Unbook {
                receipt,
                payer,
                number,
            } => {
                let number = (*payer, *number);
                let booked = self.receipts[*receipt].booked.iter();
                let mut own = booked.filter(|booked| booked.of == number);
                own.any(|booked| booked.is_live) && !self.has_claim(number, *receipt)
            }
            Step::Exchange { receipt } => {
                let on = &self.receipts[*receipt];
                let booked = on.booked.iter().any(|booked| booked.is_live);
                !on.on_paper
                    && on.papers < 8
                    && !booked
                    && on.live_lock(now).is_none()
                    && !self.is_counted(*receipt)
            }
            Step::Return { receipt } => self.receipts[*receipt].on_paper,
            Step::Lock { .. } | Step::Book { .. } | Step::Wait { .. } => return None,
        })
    }
}

fn order(claim: &Claim, payout: u32) -> Option<&Option<bool>> {
    claim.orders.get(payout as usize - 1)
}
