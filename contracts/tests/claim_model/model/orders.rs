//! The effect of decisions, of banks' words and of corrections on the model.

use super::{Booked, FUNDS, Line, Model, Number, Order, Said, State, base};
use crate::claim_model::{
    reference_computation,
    steps::{Word, terms_of},
};

/// The amount of a return: all or half of what is out.
pub(super) fn repaid(out: i64, half: bool) -> i64 {
    if half { (out / 2).max(1) } else { out }
}

impl Model {
    pub(super) fn approve(&mut self, number: Number, self_paid: &[i64]) {
        let claim = &self.claims[&number];
        let mut sums = self.sums(number.0, claim.tag);
        let mut places: Vec<_> = claim.receipts.iter().copied().zip(self_paid).collect();
        // All were issued at the same time, so they are ordered by number.
        places.sort_unstable();
        let mut lines = Vec::new();
        for (receipt, self_paid) in places {
            let left = self.receipts[receipt].left().max(0);
            lines.push(line(number, receipt, *self_paid, left, &mut sums));
        }
        let shares = lines.iter().map(|(receipt, line)| (*receipt, line[2]));
        let is_ordered = self.order(number, shares.collect(), false);
        for receipt in self.claims[&number].receipts.clone() {
            self.receipts[receipt].lock = None;
        }
        let place = self.next_place();
        let claim = self.claims.get_mut(&number).unwrap();
        (claim.lines, claim.place) = (lines, place);
        claim.state = if is_ordered {
            State::Decided
        } else {
            State::Zero
        };
        self.reserve(number);
    }

    fn next_place(&mut self) -> usize {
        self.approvals += 1;
        self.approvals
    }

    /// Orders the shares of more than 0. Returns whether there are any.
    fn order(&mut self, number: Number, shares: Vec<(usize, i64)>, by_correction: bool) -> bool {
        let receipts = self.claims[&number].receipts.clone();
        let mut shares: Vec<_> = shares.into_iter().filter(|(_, fen)| *fen > 0).collect();
        if shares.is_empty() {
            return false;
        }
        // By the order of computation, as the lines are.
        shares.retain(|(receipt, _)| receipts.contains(receipt));
        let order = Order {
            said: None,
            is_known: false,
            is_recalled: false,
            by_correction,
            shares,
        };
        self.claims.get_mut(&number).unwrap().orders.push(order);
        true
    }

    /// Makes the reservations of a claim what its order and its lines of 0 say.
    fn reserve(&mut self, number: Number) {
        let claim = &self.claims[&number];
        for receipt in &claim.receipts {
            let waiting = claim.orders.last().filter(|order| order.said.is_none());
            let mut parts = waiting.into_iter().flat_map(|order| &order.shares);
            let part = parts.find(|(share, _)| share == receipt);
            let mut nothing = claim.lines.iter().filter(|(_, line)| line[2] == 0);
            let is_nothing = claim.counts() && nothing.any(|(line, _)| line == receipt);
            let reserved = &mut self.receipts[*receipt].reserved;
            reserved.remove(&number);
            if let Some((_, fen)) = part {
                reserved.insert(number, (FUNDS[number.0], *fen));
            } else if is_nothing {
                reserved.insert(number, (FUNDS[number.0], 0));
            }
        }
    }

    pub(super) fn confirm(&mut self, number: Number, place: usize, word: Word, now: u64) {
        let claim = self.claims.get_mut(&number).unwrap();
        let order = &mut claim.orders[place];
        let ordered = order.shares.iter().map(|(_, fen)| fen).sum();
        let said = match word {
            Word::Paid if order.is_known => return,
            Word::Paid | Word::Otherwise { .. } => {
                order.is_known |= word == Word::Paid;
                return self.pay(number, place, word.paid(ordered).unwrap(), now);
            }
            Word::Failed => Said::Failed,
            Word::FailedForNow => Said::FailedForNow,
            Word::Recalled => Said::Recalled,
        };
        let before = order.said.replace(said);
        if before.is_none() {
            self.end_order(number, place, now);
        }
    }

    /// The bank paid: once in time, and whatever else it paid must come back.
    fn pay(&mut self, number: Number, place: usize, amount: i64, now: u64) {
        let order = &self.claims[&number].orders[place];
        let (before, is_recalled) = (order.said, order.is_recalled);
        self.book(number, place, amount, before.is_some() || is_recalled);
        let claim = self.claims.get_mut(&number).unwrap();
        claim.orders[place].said = Some(Said::Paid);
        match before {
            Some(Said::Paid) => {}
            Some(Said::Failed | Said::FailedForNow | Said::Recalled) => match claim.state {
                State::Failed => self.close(number, State::PaidLate),
                State::Zero => claim.state = State::Paid,
                _ => {}
            },
            None if is_recalled => self.end_order(number, place, now),
            None => {
                claim.state = State::Paid;
                claim.former.clear();
                self.reserve(number);
            }
        }
    }

    /// Books a payment on the shares of its order, each at most its part, and the rest on the first.
    fn book(&mut self, number: Number, place: usize, amount: i64, all_returns: bool) {
        let mut left = amount;
        let shares = self.claims[&number].orders[place].shares.clone();
        let mut parts = Vec::new();
        for (receipt, fen) in shares {
            let part = fen.min(left);
            left -= part;
            parts.push((receipt, part, 0));
        }
        parts[0].2 = left;
        for (receipt, part, above) in parts {
            let booked = &mut self.receipts[receipt].booked;
            let order = u32::try_from(place).unwrap() + 1;
            let place = booked
                .iter()
                .position(|own| (own.of, own.order) == (number, order));
            if place.is_none() && part + above > 0 {
                booked.push(Booked {
                    of: number,
                    order,
                    fund: FUNDS[number.0],
                    fen: 0,
                    due: 0,
                    has_returned: false,
                });
            }
            let place = place.or_else(|| booked.len().checked_sub(1));
            if let Some(own) = place.map(|place| &mut booked[place])
                && part + above > 0
            {
                own.fen += part + above;
                own.due += if all_returns { part + above } else { above };
            }
        }
    }

    /// An order came to nothing, or was paid although it was recalled.
    fn end_order(&mut self, number: Number, place: usize, now: u64) {
        let claim = self.claims.get_mut(&number).unwrap();
        let order = claim.orders[place].clone();
        let is_paid = claim.is_paid();
        if order.by_correction {
            let is_ordered = |line: &Line| order.shares.iter().any(|(share, _)| *share == line.0);
            claim.lines.retain(|line| !is_ordered(line));
            let former = std::mem::take(&mut claim.former);
            claim.lines.extend(former.iter().copied());
            claim.state = match (claim.lines.is_empty(), is_paid) {
                (true, _) => State::PaidLate,
                (false, true) => State::Paid,
                (false, false) => State::Zero,
            };
            for (share, _) in order.shares {
                let former = former.iter().find(|(receipt, _)| *receipt == share);
                let due = former.map_or(0, |(_, line)| line[2]);
                self.recover_beyond(number, share, due);
            }
        } else {
            claim.state = match (order.is_recalled, is_paid) {
                (true, _) => State::Corrected,
                (false, true) => State::PaidLate,
                (false, false) => State::Failed,
            };
        }
        self.reserve(number);
        let claim = &self.claims[&number];
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

    /// Opens recoveries over what stands of a claim beyond an amount, the last booking first.
    fn recover_beyond(&mut self, number: Number, receipt: usize, due: i64) {
        let on = &mut self.receipts[receipt];
        let mut beyond = (on.standing(number) - due).max(0);
        for own in on.booked.iter_mut().rev().filter(|own| own.of == number) {
            let part = beyond.min(own.fen - own.due);
            own.due += part;
            beyond -= part;
        }
    }

    /// The whole claim: its order is recalled, or all that is out must come back.
    pub(super) fn correct(&mut self, number: Number) {
        let claim = self.claims.get_mut(&number).unwrap();
        if claim.state == State::Decided {
            claim.orders.last_mut().unwrap().is_recalled = true;
            return;
        }
        claim.state = State::Corrected;
        for receipt in claim.receipts.clone() {
            self.recover_beyond(number, receipt, 0);
        }
        self.reserve(number);
    }

    /// Decides one receipt of a claim anew: less must come back, and more is ordered.
    pub(super) fn reassess(&mut self, number: Number, place: usize, self_paid: Option<i64>) {
        let next = self.next_place();
        let claim = self.claims.get_mut(&number).unwrap();
        let receipt = claim.receipts[place % claim.receipts.len()];
        // A decision that stands is computed anew in its place, another one after all others.
        let mut old = std::mem::take(&mut claim.lines);
        if !claim.counts() {
            old.clear();
            claim.place = next;
        }
        let (former, mut lines): (Vec<_>, Vec<_>) =
            old.into_iter().partition(|(line, _)| *line == receipt);
        let (tag, place) = (self.claims[&number].tag, self.claims[&number].place);
        let mut sums = self.sums_before(number.0, tag, place);
        for (_, line) in &lines {
            add(&mut sums, line);
        }
        let mut target = 0;
        if let Some(self_paid) = self_paid {
            let left = self.receipts[receipt].left_without(number).max(0);
            let line = line(number, receipt, self_paid, left, &mut sums);
            target = line.1[2];
            lines.push(line);
        }
        self.recover_beyond(number, receipt, target);
        let rest = self.keep(number, receipt, target);
        let is_ordered = self.order(number, vec![(receipt, rest)], true);
        let claim = self.claims.get_mut(&number).unwrap();
        claim.lines = lines;
        claim.former = if is_ordered { former } else { Vec::new() };
        claim.state = match (is_ordered, claim.lines.is_empty(), claim.is_paid()) {
            (true, _, _) => State::Decided,
            (false, true, _) => State::Corrected,
            (false, false, true) => State::Paid,
            (false, false, false) => State::Zero,
        };
        if claim.state == State::Corrected {
            for receipt in claim.receipts.clone() {
                self.recover_beyond(number, receipt, 0);
            }
        }
        self.reserve(number);
    }

    /// Gives recoveries up until an amount stands. Returns what is then missing.
    fn keep(&mut self, number: Number, receipt: usize, target: i64) -> i64 {
        let on = &mut self.receipts[receipt];
        let mut missing = (target - on.standing(number)).max(0);
        for own in on.booked.iter_mut().rev().filter(|own| own.of == number) {
            let part = missing.min(own.due);
            own.due -= part;
            missing -= part;
        }
        missing
    }

    /// How much more than what stands a reassessment would come to, and what it would order of that, without changing
    /// anything.
    pub(super) fn would_pay(
        &self,
        number: Number,
        place: usize,
        self_paid: Option<i64>,
    ) -> [i64; 2] {
        let mut after = self.clone();
        after.reassess(number, place, self_paid);
        let claim = &after.claims[&number];
        let receipt = claim.receipts[place % claim.receipts.len()];
        let waiting = claim.orders.last().filter(|order| order.said.is_none());
        let ordered = waiting.map_or(0, |order| order.shares.iter().map(|(_, fen)| fen).sum());
        let before = self.receipts[receipt].standing(number);
        let kept = (after.receipts[receipt].standing(number) - before).max(0);
        [kept + ordered, ordered]
    }

    pub(super) fn close(&mut self, number: Number, state: State) {
        let claim = self.claims.get_mut(&number).unwrap();
        claim.state = state;
        for receipt in &claim.receipts {
            let on = &mut self.receipts[*receipt];
            on.lock = on.lock.filter(|(lock, _)| *lock != number);
        }
    }
}

/// The line of a receipt of which so much is left, counted in the sums.
fn line(number: Number, receipt: usize, self_paid: i64, left: i64, sums: &mut [i64; 3]) -> Line {
    let in_scope = base(number.0, left) - self_paid;
    let line = reference_computation::line(&terms_of(number.0), in_scope, left, sums);
    add(sums, &line);
    (receipt, line)
}

fn add(sums: &mut [i64; 3], line: &[i64; 3]) {
    for (sum, part) in sums.iter_mut().zip(line) {
        *sum += part;
    }
}
