//! Orders to banks: what became of them, and what a correction orders or takes back.

use piaolian_proto::v1::{self as proto, confirm_payout};

use super::{
    Answer, Books, Case, Entry, Id, Number, Part, Stand,
    claims::{Order, Said},
    id,
    sums::{Line, account},
};

impl Case {
    /// Orders the shares of more than 0, if there are any: the claim waits for the bank.
    pub fn order(
        &mut self,
        mut shares: Vec<(Id, Part)>,
        bank: &str,
        ordered_ms: u64,
        by_correction: bool,
    ) {
        shares.retain(|(_, part)| part.fen > 0);
        if shares.is_empty() {
            return;
        }
        self.stand = Stand::Decided;
        self.orders.push(Order {
            bank: bank.to_owned(),
            ordered_ms,
            said: None,
            is_recalled: false,
            is_settled: false,
            by_correction,
            shares,
        });
    }
}

impl Books {
    /// Makes the reservations of a claim what its order and its lines of 0 say.
    pub fn reserve(&mut self, number: &Number) {
        let case = &self.claims[number];
        for (id, terms) in &case.receipts {
            let mut parts = case.waiting().into_iter().flat_map(|order| &order.shares);
            let part = parts.find(|(share, _)| share == id);
            let mut nothing = case.lines.iter().filter(|line| line.sums[2] == 0);
            let is_nothing = case.counts() && nothing.any(|line| line.id == *id);
            let nothing = Part {
                by: number.clone(),
                fund: terms.fund_kind,
                fen: 0,
            };
            let counts_on = self.current(id);
            let reserved = &mut self.receipts.get_mut(&counts_on).unwrap().reserved;
            reserved.retain(|part| part.by != *number);
            match part {
                Some((_, part)) => reserved.push(part.clone()),
                None if is_nothing => reserved.push(nothing),
                None => {}
            }
        }
    }

    /// Saying the same of an order again changes nothing. "Paid" is a fact whenever it comes, and under each reference
    /// it is another: what was not ordered, or no longer, must come back.
    pub fn confirm(&mut self, confirm: &proto::ConfirmPayout, answer: &Answer<'_>) {
        let number = (confirm.insurer.clone(), confirm.claim_number.clone());
        let place = confirm.payout_number as usize - 1;
        let said = match confirm.result.as_ref().unwrap() {
            confirm_payout::Result::Paid(paid) => {
                if self.money.is_new(answer.actor, &confirm.bank_reference) {
                    self.pay(&number, place, paid.amount_fen);
                }
                return;
            }
            confirm_payout::Result::Failed(failed) => Said::Failed {
                is_final: failed.final_word,
            },
            confirm_payout::Result::Recalled(_) => Said::Recalled,
        };
        let order = &mut self.claims.get_mut(&number).unwrap().orders[place];
        assert_ne!(
            order.said,
            Some(Said::Paid),
            "money that is out did not fail"
        );
        assert!(said != Said::Recalled || order.is_recalled, "{order:?}");
        let has_waited = order.waits();
        order.said = Some(said);
        if has_waited {
            self.end_order(&number, place);
        }
    }

    fn pay(&mut self, number: &Number, place: usize, amount: i64) {
        let order = &self.claims[number].orders[place];
        let (waits, is_recalled) = (order.waits(), order.is_recalled);
        let is_again = order.said == Some(Said::Paid);
        let payout = u32::try_from(place).unwrap() + 1;
        self.money.left(number, payout, amount);
        self.book_order(number, place, amount, !waits || is_recalled);
        let case = self.claims.get_mut(number).unwrap();
        case.orders[place].said = Some(Said::Paid);
        if waits && is_recalled {
            self.end_order(number, place);
        } else if waits {
            case.stand = Stand::Paid;
            case.former.clear();
            self.reserve(number);
        } else if !is_again && case.stand == Stand::Open {
            case.stand = Stand::Late;
        }
    }

    /// Books a payment on the shares of its order, each at most its part, and the rest on the first.
    fn book_order(&mut self, number: &Number, place: usize, amount: i64, all_returns: bool) {
        let payout = u32::try_from(place).unwrap() + 1;
        let mut left = amount;
        let mut parts = Vec::new();
        for (id, share) in &self.claims[number].orders[place].shares {
            let part = share.fen.min(left);
            left -= part;
            parts.push((id.clone(), share.clone(), part, 0));
        }
        parts[0].3 = left;
        for (id, share, part, above) in parts.into_iter().filter(|it| it.2 + it.3 > 0) {
            let id = self.current(&id);
            let booked = &mut self.receipts.get_mut(&id).unwrap().booked;
            let is_own =
                |own: &Entry| (&own.part.by, own.order, own.is_off) == (number, payout, false);
            let place = booked.iter().position(is_own).unwrap_or_else(|| {
                booked.push(Entry::new(Part { fen: 0, ..share }, payout));
                booked.len() - 1
            });
            booked[place].part.fen += part + above;
            booked[place].due += if all_returns { part + above } else { above };
        }
    }

    /// An order came to nothing, or was paid although it was recalled.
    fn end_order(&mut self, number: &Number, place: usize) {
        let case = self.claims.get_mut(number).unwrap();
        let order = case.orders[place].clone();
        if order.by_correction {
            let is_ordered = |line: &Line| order.shares.iter().any(|(share, _)| *share == line.id);
            case.lines.retain(|line| !is_ordered(line));
            let former = std::mem::take(&mut case.former);
            case.lines.extend(former.iter().cloned());
            case.stand = if case.lines.is_empty() {
                Stand::Late
            } else {
                Stand::Paid
            };
            for (share, _) in &order.shares {
                let former = former.iter().find(|line| line.id == *share);
                self.recover_beyond(number, share, former.map_or(0, |line| line.sums[2]));
            }
        } else {
            case.stand = match (order.is_recalled, case.is_paid()) {
                (true, _) => Stand::Ended,
                (false, true) => Stand::Late,
                (false, false) => Stand::Open,
            };
        }
        self.reserve(number);
    }

    /// Finance ends the wait for the bank: a recalled order came to nothing, or a failure is final.
    pub fn settle(&mut self, settle: &proto::SettlePayout) {
        let number = (settle.insurer.clone(), settle.claim_number.clone());
        let place = settle.payout_number as usize - 1;
        let order = &mut self.claims.get_mut(&number).unwrap().orders[place];
        assert!(order.owes_word(), "{number:?}");
        let has_waited = order.waits();
        order.is_settled = true;
        if has_waited {
            self.end_order(&number, place);
        }
    }

    /// Opens recoveries over what stands of a claim beyond an amount, the last booking first.
    fn recover_beyond(&mut self, number: &Number, id: &Id, due: i64) {
        let id = self.current(id);
        let booked = &mut self.receipts.get_mut(&id).unwrap().booked;
        let own = |entry: &&mut Entry| entry.part.by == *number;
        let standing = booked
            .iter_mut()
            .filter(own)
            .map(|own| own.part.fen - own.due);
        let mut beyond = (standing.sum::<i64>() - due).max(0);
        for entry in booked.iter_mut().rev().filter(own) {
            let part = beyond.min(entry.part.fen - entry.due);
            entry.due += part;
            beyond -= part;
        }
    }

    /// Gives recoveries up until an amount stands. Returns what is then missing.
    fn keep(&mut self, number: &Number, id: &Id, target: i64) -> i64 {
        let id = self.current(id);
        let booked = &mut self.receipts.get_mut(&id).unwrap().booked;
        let own = |entry: &&mut Entry| entry.part.by == *number;
        let standing = booked
            .iter_mut()
            .filter(own)
            .map(|own| own.part.fen - own.due);
        let mut missing = (target - standing.sum::<i64>()).max(0);
        for entry in booked.iter_mut().rev().filter(own) {
            let part = missing.min(entry.due);
            entry.due -= part;
            missing -= part;
        }
        missing
    }

    /// An order is recalled, one receipt is decided anew, or the whole claim is taken back.
    pub fn correct(&mut self, correct: &proto::CorrectClaim, answer: &Answer<'_>) {
        let number = (answer.actor.to_owned(), correct.claim_number.clone());
        let case = self.claims.get_mut(&number).unwrap();
        if case.stand == Stand::Decided {
            let order = case.orders.last_mut().unwrap();
            assert!(
                !order.is_recalled && correct.receipts.is_empty(),
                "{number:?}"
            );
            order.is_recalled = true;
            return;
        }
        assert!(case.counts() || case.stand == Stand::Late, "{number:?}");
        for correction in &correct.receipts {
            self.reassess(&number, correction, &correct.bank, answer);
        }
        let case = self.claims.get_mut(&number).unwrap();
        if correct.receipts.is_empty() || case.lines.is_empty() {
            case.stand = Stand::Ended;
            for (id, _) in case.receipts.clone() {
                self.recover_beyond(&number, &id, 0);
            }
        }
        self.reserve(&number);
    }

    /// Decides a receipt of a claim anew: less must come back, and more is ordered. The steps name one.
    fn reassess(
        &mut self,
        number: &Number,
        correction: &proto::ReceiptCorrection,
        bank: &str,
        answer: &Answer<'_>,
    ) {
        let id = id(correction.receipt.as_ref());
        let case = self.claims.get_mut(number).unwrap();
        let mut lines = Vec::new();
        // A decision that stands is computed anew in its place, another one after all others.
        if case.counts() {
            lines = std::mem::take(&mut case.lines);
        } else {
            case.place = self.approvals;
            self.approvals += 1;
        }
        let former = lines.extract_if(.., |line| line.id == id).collect();
        (case.lines, case.former, case.stand) = (lines, former, Stand::Paid);
        let terms = case.receipts.iter().find(|(of, _)| *of == id).unwrap();
        let terms = terms.1.clone();
        let mut target = 0;
        if let Some(assessment) = &correction.assessment {
            let line = self.line_anew(number, &id, &terms, assessment, answer);
            target = line.sums[2];
            self.claims.get_mut(number).unwrap().lines.push(line);
        }
        self.recover_beyond(number, &id, target);
        let rest = self.keep(number, &id, target);
        if rest > 0 {
            self.check_consent([&id].into_iter(), answer);
        }
        let share = Part {
            by: number.clone(),
            fund: terms.fund_kind,
            fen: rest,
        };
        let case = self.claims.get_mut(number).unwrap();
        case.order(vec![(id, share)], bank, answer.now, true);
        if rest == 0 {
            case.former.clear();
        }
    }

    /// Computes a receipt of a claim on the sums before the claim and on its other lines, without what it has on it.
    fn line_anew(
        &self,
        number: &Number,
        id: &Id,
        terms: &proto::PolicyTerms,
        assessment: &proto::Assessment,
        answer: &Answer<'_>,
    ) -> Line {
        // A reissue stands in the year of its original.
        let mut slip = self.receipts[&self.current(id)].clone();
        slip.moment = self.receipts[id].moment;
        let (case, slip) = (&self.claims[number], &slip);
        let mut accounts = self.accounts_before(case.place);
        for line in &case.lines {
            let sums = accounts.entry(account(number, case, line.year()));
            line.count(sums.or_default());
        }
        let mut without = slip.clone();
        without.booked.retain(|own| own.part.by != *number);
        without.reserved.retain(|own| own.by != *number);
        without.check_open(&number.0, terms.fund_kind);
        let left = without.left(terms.fund_kind, answer.rules).max(0);
        let sums = accounts.entry(account(number, case, slip.year()));
        Line::compute(id, slip, terms, assessment, left, sums.or_default())
    }
}
