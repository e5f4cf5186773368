//! The effect of an accepted step on the model.

use super::{Booked, Claim, Model, State, orders::repaid};
use crate::claim_model::steps::Step;

impl Model {
    /// Applies a step that the ledger accepted.
    pub fn apply(&mut self, step: &Step, now: u64) {
        match step {
            Step::Authorise { receipt, payer, ms } => {
                self.grants.insert((*receipt, *payer), self.before + ms);
            }
            Step::Revoke { receipt, payer } => {
                self.grants.remove(&(*receipt, *payer));
            }
            Step::File {
                payer,
                number,
                receipts,
                tag,
                ms,
            } => {
                let (number, until) = ((*payer, *number), now + ms);
                for receipt in receipts {
                    self.receipts[*receipt].lock = Some((number, until));
                }
                let claim = Claim {
                    receipts: receipts.clone(),
                    tag: *tag,
                    until,
                    state: State::Filed,
                    orders: Vec::new(),
                    place: 0,
                    lines: Vec::new(),
                    former: Vec::new(),
                };
                self.claims.insert(number, claim);
            }
            Step::Approve {
                payer,
                number,
                self_paid,
            } => {
                self.approve((*payer, *number), self_paid);
            }
            Step::Reject { payer, number } => self.close((*payer, *number), State::Rejected),
            Step::Withdraw { payer, number } => self.close((*payer, *number), State::Withdrawn),
            Step::Confirm {
                payer,
                number,
                payout,
                word,
            } => {
                self.confirm((*payer, *number), *payout as usize - 1, *word, now);
            }
            Step::Correct { payer, number } => self.correct((*payer, *number)),
            Step::Reassess {
                payer,
                number,
                place,
                self_paid,
            } => self.reassess((*payer, *number), *place, *self_paid),
            Step::Repay {
                receipt,
                payer,
                number,
                half,
            } => {
                let mut own = self.receipts[*receipt].booked.iter_mut();
                let own = own.find(|own| own.fen > 0 && own.of == (*payer, *number));
                let own = own.unwrap();
                let back = repaid(own.fen, *half);
                (own.fen, own.due) = (own.fen - back, (own.due - back).max(0));
                own.has_returned = true;
            }
            Step::Exchange { receipt } => {
                let on = &mut self.receipts[*receipt];
                (on.on_paper, on.papers) = (true, on.papers + 1);
            }
            Step::Return { receipt } => self.receipts[*receipt].on_paper = false,
            Step::Lock { .. }
            | Step::Unlock { .. }
            | Step::Book { .. }
            | Step::Unbook { .. }
            | Step::Wait { .. } => self.apply_by_hand(step, now),
        }
    }

    /// Applies a payer's step on a receipt without a claim.
    fn apply_by_hand(&mut self, step: &Step, now: u64) {
        match step {
            Step::Lock {
                receipt,
                payer,
                number,
                ms,
            } => {
                let number = (*payer, *number);
                let on = &mut self.receipts[*receipt];
                assert!(!self.claims.contains_key(&number) && on.is_free_for(number, now));
                assert!(!on.on_paper);
                on.lock = Some((number, now + ms));
            }
            Step::Unlock { receipt, .. } => self.receipts[*receipt].lock = None,
            Step::Book {
                receipt,
                payer,
                number,
                fund,
                amount,
                keep,
            } => {
                let number = (*payer, *number);
                assert!(
                    !self.claims.contains_key(&number),
                    "a claim's voucher by hand"
                );
                let lock = self.receipts[*receipt].live_lock(now);
                let held = lock.is_some_and(|lock| self.holds(lock, *receipt, now));
                assert!(lock.is_none_or(|lock| lock.0 == *payer));
                let on = &mut self.receipts[*receipt];
                assert!(!on.has_had(*payer, *fund, None));
                assert!(!on.on_paper);
                on.booked.push(Booked {
                    of: number,
                    order: 0,
                    fund: *fund,
                    fen: *amount,
                    due: 0,
                    has_returned: false,
                });
                if !(*keep || held) {
                    on.lock = None;
                }
            }
            Step::Unbook {
                receipt,
                payer,
                number,
            } => {
                let booked = self.receipts[*receipt].booked.iter_mut();
                let own = booked.filter(|booked| booked.of == (*payer, *number));
                own.for_each(|booked| booked.fen = 0);
            }
            _ => {}
        }
    }
}
