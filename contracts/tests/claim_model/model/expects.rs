//! The answers that the model expects of the ledger.

use piaolian_contracts::claims::PAYOUTS_MAX;

use super::{FUNDS, Model, Number, Order, Said, State, base, orders::repaid};
use crate::claim_model::steps::{NUMBERS, PAYERS, Step, Word};

impl Model {
    /// Redirects a step to a claim or voucher on which it can have an effect, if there is one.
    pub fn choose(&self, step: Step, turn: usize, now: u64) -> Step {
        let places = (0..PAYERS.len())
            .flat_map(|payer| (0..NUMBERS).map(move |number| (payer, number)))
            .flat_map(|(payer, number)| (1..=3).map(move |payout| (payer, number, payout)));
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
                        && !on.has_had(number.0, FUNDS[number.0], None)
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
            } => self.expects_approval((*payer, *number), self_paid, now),
            Step::Reject { payer, number } => {
                let claim = self.claims.get(&(*payer, *number));
                claim.is_some_and(|claim| claim.is_open(now) && !claim.awaits_final_word())
            }
            Step::Withdraw { payer, number } => {
                let claim = self.claims.get(&(*payer, *number));
                claim.is_some_and(|claim| {
                    matches!(claim.state, State::Filed | State::Failed)
                        && !claim.awaits_final_word()
                })
            }
            Step::Confirm {
                payer,
                number,
                payout,
                word,
            } => {
                let claim = self.claims.get(&(*payer, *number));
                let order = claim.and_then(|claim| claim.orders.get(*payout as usize - 1));
                order.is_some_and(|order| takes(order, *word))
            }
            Step::Reassess {
                payer,
                number,
                place,
                self_paid,
            } => self.expects_reassessment((*payer, *number), *place, *self_paid, now),
            Step::Correct { payer, number } => {
                let claim = self.claims.get(&(*payer, *number));
                claim.is_some_and(|claim| match claim.state {
                    State::Decided => !claim.orders.last().unwrap().is_recalled,
                    state => claim.counts() || state == State::PaidLate,
                })
            }
            Step::Repay {
                receipt,
                payer,
                number,
                half,
            } => self.expects_return((*payer, *number), *receipt, *half),
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
                own.any(|own| own.fen > 0 && !own.has_returned) && !self.has_claim(number, *receipt)
            }
            Step::Exchange { receipt } => {
                let on = &self.receipts[*receipt];
                let booked = on.booked.iter().any(|booked| booked.fen > 0);
                !on.on_paper
                    && on.papers < 8
                    && !booked
                    && on.live_lock(now).is_none()
                    && on.reserved.is_empty()
            }
            Step::Return { receipt } => self.receipts[*receipt].on_paper,
            Step::Lock { .. } | Step::Book { .. } | Step::Wait { .. } => return None,
        })
    }

    fn expects_approval(&self, number: Number, self_paid: &[i64], now: u64) -> bool {
        self.claims.get(&number).is_some_and(|claim| {
            let mut places = claim.receipts.iter().zip(self_paid);
            claim.is_open(now)
                && !claim.awaits_final_word()
                && claim.orders.len() < PAYOUTS_MAX
                && places.all(|(receipt, self_paid)| {
                    let on = &self.receipts[*receipt];
                    self.is_authorised(*receipt, number.0, now)
                        && on.is_free_for(number, now)
                        && !on.has_had(number.0, FUNDS[number.0], None)
                        && !on.on_paper
                        && *self_paid <= base(number.0, on.left().max(0))
                })
        })
    }

    /// Whether money of a booking may come back: while another order of the claim must be paid back, no more than this
    /// one must.
    fn expects_return(&self, number: Number, receipt: usize, half: bool) -> bool {
        let booked = &self.receipts[receipt].booked;
        let own = booked.iter().find(|own| own.fen > 0 && own.of == number);
        own.is_some_and(|own| {
            let mut others = booked.iter().filter(|other| other.of == number);
            let waits = others.any(|other| other.order != own.order && other.due > 0);
            repaid(own.fen, half) <= if waits { own.due } else { own.fen }
        })
    }

    /// Whether a receipt of a claim may be decided anew: no order waits, and what is more may be decided.
    fn expects_reassessment(
        &self,
        number: Number,
        place: usize,
        self_paid: Option<i64>,
        now: u64,
    ) -> bool {
        let Some(claim) = self.claims.get(&number) else {
            return false;
        };
        let may_change = matches!(claim.state, State::Paid | State::PaidLate | State::Zero);
        let receipt = claim.receipts[place % claim.receipts.len()];
        let on = &self.receipts[receipt];
        let left = on.left_without(number).max(0);
        let is_computed = self_paid.is_none_or(|self_paid| {
            !on.has_had(number.0, FUNDS[number.0], Some(number))
                && self_paid <= base(number.0, left)
        });
        if !may_change || !is_computed {
            return false;
        }
        let [missing, ordered] = self.would_pay(number, place, self_paid);
        let is_open = self.is_authorised(receipt, number.0, now)
            && on.is_free_for(number, now)
            && !on.on_paper;
        (missing == 0 || is_open) && (ordered == 0 || claim.orders.len() < PAYOUTS_MAX)
    }
}

/// Whether an order takes a bank's word. A payment is a fact whatever was said.
fn takes(order: &Order, word: Word) -> bool {
    match word {
        Word::Paid | Word::Otherwise { .. } => true,
        Word::Failed => matches!(order.said, None | Some(Said::Failed | Said::FailedForNow)),
        Word::FailedForNow => matches!(order.said, None | Some(Said::FailedForNow)),
        Word::Recalled => order.is_recalled && matches!(order.said, None | Some(Said::Recalled)),
    }
}
