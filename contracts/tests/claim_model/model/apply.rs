//! The effect of an accepted step on the model.

use super::{Booked, Claim, FUNDS, Model, Number, State, base};
use crate::claim_model::{
    reference_computation,
    steps::{Step, terms_of},
};

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
                    shares: Vec::new(),
                    is_recalled: false,
                    lines: Vec::new(),
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
                paid,
            } => {
                self.confirm((*payer, *number), *payout, *paid, now);
            }
            Step::Correct { payer, number } => {
                let number = (*payer, *number);
                if self.claims[&number].state == State::Decided {
                    self.claims.get_mut(&number).unwrap().is_recalled = true;
                } else {
                    for receipt in &mut self.receipts {
                        receipt.reserved.remove(&number);
                        let own = receipt.booked.iter_mut().filter(|own| own.of == number);
                        own.for_each(|own| own.must_return = true);
                    }
                    self.claims.get_mut(&number).unwrap().state = State::Corrected;
                }
            }
            Step::Repay {
                receipt,
                payer,
                number,
            } => {
                let mut own = self.receipts[*receipt].booked.iter_mut();
                let own = own.find(|own| own.is_live && own.of == (*payer, *number));
                own.unwrap().is_live = false;
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
                assert!(!self.has_had(*payer, *fund, *receipt));
                let on = &mut self.receipts[*receipt];
                assert!(!on.on_paper);
                on.booked.push(Booked {
                    of: number,
                    fund: *fund,
                    fen: *amount,
                    is_live: true,
                    must_return: false,
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
                own.for_each(|booked| booked.is_live = false);
            }
            _ => {}
        }
    }

    fn approve(&mut self, number: Number, self_paid: &[i64]) {
        let claim = &self.claims[&number];
        let mut sums = self.sums(number.0, claim.tag);
        let terms = terms_of(number.0);
        let mut places: Vec<_> = claim.receipts.iter().copied().zip(self_paid).collect();
        // All were issued at the same time, so they are ordered by number.
        places.sort_unstable();
        let mut lines = Vec::new();
        for (receipt, self_paid) in places {
            let on = &self.receipts[receipt];
            let in_scope = base(number.0, on) - self_paid;
            let line = reference_computation::line(&terms, in_scope, on.left().max(0), &sums);
            for (sum, part) in sums.iter_mut().zip(line) {
                *sum += part;
            }
            lines.push((receipt, line));
        }
        for (receipt, [_, _, fund]) in &lines {
            let on = &mut self.receipts[*receipt];
            on.lock = None;
            on.reserved.insert(number, (FUNDS[number.0], *fund));
        }
        let claim = self.claims.get_mut(&number).unwrap();
        if lines.iter().any(|(_, line)| line[2] > 0) {
            claim.orders.push(None);
            claim.is_recalled = false;
            let shares = lines.iter().map(|(receipt, line)| (*receipt, line[2]));
            claim
                .shares
                .push(shares.filter(|(_, fen)| *fen > 0).collect());
            claim.state = State::Decided;
        } else {
            claim.state = State::Zero;
        }
        claim.lines = lines;
    }

    fn confirm(&mut self, number: Number, payout: u32, paid: bool, now: u64) {
        let claim = self.claims.get_mut(&number).unwrap();
        let said = claim.orders.get_mut(payout as usize - 1).unwrap();
        let before = said.replace(paid);
        if before == Some(paid) {
            return;
        }
        let is_late = before.is_some();
        let must_return = is_late || claim.is_recalled;
        if paid {
            for (receipt, fen) in &claim.shares[payout as usize - 1] {
                self.receipts[*receipt].booked.push(Booked {
                    of: number,
                    fund: FUNDS[number.0],
                    fen: *fen,
                    is_live: true,
                    must_return,
                });
            }
        }
        let was_paid_late = claim.orders.contains(&Some(true));
        if is_late {
            match claim.state {
                State::Failed => self.close(number, State::PaidLate),
                State::Zero => self.claims.get_mut(&number).unwrap().state = State::Paid,
                _ => {}
            }
            return;
        }
        let ends = !paid || claim.is_recalled;
        for receipt in &claim.receipts {
            let on = &mut self.receipts[*receipt];
            let is_nothing = on.reserved.get(&number).is_some_and(|(_, fen)| *fen == 0);
            if ends || !is_nothing {
                on.reserved.remove(&number);
            }
        }
        claim.state = match (claim.is_recalled, paid) {
            (true, _) => State::Corrected,
            (false, true) => State::Paid,
            (false, false) if was_paid_late => State::PaidLate,
            (false, false) => State::Failed,
        };
        if claim.state == State::Failed && now < claim.until {
            for receipt in &claim.receipts {
                let on = &mut self.receipts[*receipt];
                // A fully booked receipt cannot be locked.
                if on.live_lock(now).is_none() && on.is_open() {
                    on.lock = Some((number, claim.until));
                }
            }
        }
    }

    fn close(&mut self, number: Number, state: State) {
        let claim = self.claims.get_mut(&number).unwrap();
        claim.state = state;
        for receipt in &claim.receipts {
            let on = &mut self.receipts[*receipt];
            on.lock = on.lock.filter(|(lock, _)| *lock != number);
        }
    }
}
