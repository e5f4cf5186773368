//! Claims: filed and decided with the holder's consent, and counted while they stand.

use std::collections::{BTreeMap, BTreeSet};

use piaolian_proto::v1::{self as proto, confirm_payout, decide_claim::Verdict};

use super::{Answer, Books, Entry, Id, Number, Part, id};
use crate::claim_model::reference_computation;

/// A claim.
#[derive(Clone, Debug)]
pub struct Case {
    /// With the terms that were in force at the date of each.
    receipts: Vec<(Id, proto::PolicyTerms)>,
    tag: Vec<u8>,
    policy: String,
    /// When it ends if nobody decides.
    pub until: u64,
    pub stand: Stand,
    /// The bank's word on each order.
    pub orders: Vec<Option<bool>>,
    /// The parts of each order.
    shares: Vec<Vec<(Id, Part)>>,
    /// Whether the last order was recalled.
    is_recalled: bool,
    /// The orders for which finance ended the wait.
    settled: BTreeSet<usize>,
    /// Of the last approval: the receipt, its year, deductible, above and fund.
    lines: Vec<(Id, u32, [i64; 3])>,
}

/// The state of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// Filed, or taken up again after its payout failed.
    Open,
    /// Its bank is to pay.
    Decided,
    /// Paid out, or settled at nothing.
    Paid,
    /// Paid after it had failed: no decision stands.
    Late,
    /// Rejected, withdrawn, corrected or released.
    Ended,
}

/// Insurer, holder's tag, year and policy: what a year's claims are summed by.
pub type Account = (String, Vec<u8>, u32, String);

impl Case {
    /// Whether an order waits for its bank although it was recalled.
    pub fn is_recalled(&self) -> bool {
        self.is_recalled && self.stand == Stand::Decided
    }

    pub fn counts(&self) -> bool {
        match self.stand {
            Stand::Decided | Stand::Paid => true,
            Stand::Open | Stand::Late | Stand::Ended => false,
        }
    }
}

impl Books {
    /// The sums over the claims that count.
    pub fn accounts(&self) -> BTreeMap<Account, [i64; 3]> {
        let mut accounts = BTreeMap::<Account, [i64; 3]>::new();
        for (number, case) in self.claims.iter().filter(|(_, case)| case.counts()) {
            for (_, year, line) in &case.lines {
                let account = account(number, case, *year);
                add(accounts.entry(account).or_default(), line);
            }
        }
        accounts
    }

    /// Checks that the claim has the holder's live consent.
    fn check_consent<'i>(&self, receipts: impl Iterator<Item = &'i Id>, answer: &Answer<'_>) {
        for id in receipts {
            let until = self.grants.get(&(id.clone(), answer.actor.to_owned()));
            let is_live = until.is_some_and(|until| answer.now < *until);
            assert!(is_live, "{} claims {id:?} without consent", answer.actor);
        }
    }

    /// The terms in force at the receipt's date: of those that began last by then the
    /// newest.
    fn terms(&self, policy: &Number, id: &Id) -> proto::PolicyTerms {
        let date = self.receipts[id].moment.0;
        let begun = self.policies[policy].iter().filter(|t| t.from_date <= date);
        begun.max_by_key(|terms| terms.from_date).unwrap().clone()
    }

    pub fn file(&mut self, file: &proto::FileClaim, answer: &Answer<'_>) {
        let ids = file.receipts.iter().map(|shown| id(shown.receipt.as_ref()));
        let ids: Vec<Id> = ids.collect();
        self.check_consent(ids.iter(), answer);
        let policy = (answer.actor.to_owned(), file.policy_code.clone());
        for (id, shown) in ids.iter().zip(&file.receipts) {
            let slip = &self.receipts[id];
            assert_eq!(slip.total, shown.presented_total_fen);
            slip.check_open(answer.actor, self.terms(&policy, id).fund_kind);
        }
        let with_terms = ids.into_iter().map(|id| {
            let terms = self.terms(&policy, &id);
            (id, terms)
        });
        let case = Case {
            receipts: with_terms.collect(),
            tag: file.holder_tag.to_vec(),
            policy: policy.1.clone(),
            until: answer.now + file.lease_ms,
            stand: Stand::Open,
            orders: Vec::new(),
            shares: Vec::new(),
            is_recalled: false,
            settled: BTreeSet::new(),
            lines: Vec::new(),
        };
        let number = (policy.0, file.claim_number.clone());
        assert!(self.claims.insert(number, case).is_none(), "filed twice");
    }

    pub fn decide(&mut self, decide: &proto::DecideClaim, answer: &Answer<'_>) {
        match decide.verdict.as_ref().unwrap() {
            Verdict::Approve(approval) => self.approve(&decide.claim_number, approval, answer),
            Verdict::Reject(_) => self.end(&decide.claim_number, answer, Stand::Ended),
        }
    }

    fn approve(&mut self, number: &str, approval: &proto::ClaimApproval, answer: &Answer<'_>) {
        let number = (answer.actor.to_owned(), number.to_owned());
        let mut case = self.claims[&number].clone();
        assert_eq!(case.stand, Stand::Open, "{number:?}");
        self.check_consent(case.receipts.iter().map(|(id, _)| id), answer);
        let mut accounts = self.accounts();
        let mut places: Vec<_> = case.receipts.iter().zip(&approval.assessments).collect();
        places.sort_by_key(|((id, _), _)| (self.receipts[id].moment, id.clone()));
        case.lines = Vec::new();
        case.stand = Stand::Paid;
        let mut shares = Vec::new();
        for ((id, terms), assessment) in places {
            let slip = &self.receipts[id];
            let left = slip.left(terms.fund_kind, answer.rules).max(0);
            let self_paid = assessment.fully_self_paid_fen
                + assessment.over_limit_fen
                + assessment.prior_self_pay_fen;
            let in_scope = reference_computation::base(terms, slip.total, left) - self_paid;
            assert!(in_scope >= 0, "more self-paid than there is");
            let year = slip.moment.0 / 10_000;
            let sums = accounts.entry(account(&number, &case, year)).or_default();
            let line = reference_computation::line(terms, in_scope, left, sums);
            add(sums, &line);
            case.lines.push((id.clone(), year, line));
            if line[2] > 0 {
                case.stand = Stand::Decided;
            }
            let part = Part {
                by: number.clone(),
                fund: terms.fund_kind,
                fen: line[2],
            };
            slip.check_part(&part, answer.rules);
            if part.fen > 0 {
                shares.push((id.clone(), part.clone()));
            }
            self.receipts.get_mut(id).unwrap().reserved.push(part);
        }
        if case.stand == Stand::Decided {
            case.orders.push(None);
            case.shares.push(shares);
            case.is_recalled = false;
        }
        self.claims.insert(number, case);
    }

    /// Saying the same of an order again changes nothing. "Paid" is a fact whenever it comes: after "failed", after
    /// finance ended the wait and after a recall it is booked and must come back.
    pub fn confirm(&mut self, confirm: &proto::ConfirmPayout, answer: &Answer<'_>) {
        let number = (confirm.insurer.clone(), confirm.claim_number.clone());
        let place = confirm.payout_number as usize - 1;
        let shares = self.claims[&number].shares[place].iter();
        let parts = shares.map(|(id, part)| (self.current(id), part.clone()));
        let parts: Vec<(Id, Part)> = parts.collect();
        let case = self.claims.get_mut(&number).unwrap();
        let is_paid = match confirm.result.as_ref().unwrap() {
            confirm_payout::Result::Paid(_) => true,
            confirm_payout::Result::Failed(_) => false,
            confirm_payout::Result::Recalled(_) => panic!("no step says so"),
        };
        let before = case.orders[place].replace(is_paid);
        if before == Some(is_paid) {
            return;
        }
        assert_ne!(before, Some(true), "money that is out did not fail");
        let is_late = before.is_some() || case.settled.contains(&place);
        assert!(is_late || case.stand == Stand::Decided, "{number:?}");
        let must_return = is_late || case.is_recalled;
        if is_paid {
            let key = (answer.actor.to_owned(), confirm.bank_reference.clone());
            assert!(
                self.movements.insert(key),
                "one reference for two movements"
            );
            for (id, part) in parts {
                let mut entry = Entry::new(part, confirm.payout_number);
                entry.due = if must_return { entry.part.fen } else { 0 };
                self.receipts.get_mut(&id).unwrap().booked.push(entry);
            }
        }
        if is_late {
            if is_paid && case.stand == Stand::Open {
                case.stand = Stand::Late;
            }
            return;
        }
        let was_paid_late = case.orders.contains(&Some(true));
        case.stand = match (case.is_recalled, is_paid) {
            (true, _) => Stand::Ended,
            (false, true) => Stand::Paid,
            (false, false) if was_paid_late => Stand::Late,
            (false, false) => Stand::Open,
        };
        let stands = case.stand == Stand::Paid;
        for slip in self.receipts.values_mut() {
            // Receipts that were decided at 0 still count once the rest is paid.
            slip.reserved
                .retain(|part| part.by != number || (part.fen == 0 && stands));
        }
    }

    /// Finance ends the wait for the bank: of a recalled order, with the claim.
    pub fn settle(&mut self, settle: &proto::SettlePayout) {
        let number = (settle.insurer.clone(), settle.claim_number.clone());
        let case = self.claims.get_mut(&number).unwrap();
        assert!(case.is_recalled(), "{number:?}");
        case.settled.insert(settle.payout_number as usize - 1);
        case.stand = Stand::Ended;
        for slip in self.receipts.values_mut() {
            slip.reserved.retain(|part| part.by != number);
        }
    }

    /// The steps return all of a booking that may come back.
    pub fn confirm_return(&mut self, back: &proto::ConfirmReturn, answer: &Answer<'_>) {
        let key = (answer.actor.to_owned(), back.bank_reference.clone());
        assert!(
            self.movements.insert(key),
            "one reference for two movements"
        );
        let entry = self.entry(
            &id(back.receipt.as_ref()),
            (&back.payer, &back.voucher_number),
            back.payout_number,
        );
        let most = if entry.order == 0 {
            entry.part.fen
        } else {
            entry.due
        };
        assert!(
            entry.is_live && (1..=most).contains(&back.amount_fen),
            "{entry:?}"
        );
        entry.part.fen -= back.amount_fen;
        entry.due = (entry.due - back.amount_fen).max(0);
        entry.is_live = entry.part.fen > 0;
    }

    /// A booking of a gone payer is taken off, and its claim no longer counts the receipt.
    pub fn strike(&mut self, strike: &proto::StrikeBooking) {
        let id = id(strike.receipt.as_ref());
        let by = (strike.payer.as_str(), strike.voucher_number.as_str());
        let entry = self.entry(&id, by, strike.payout_number);
        assert!(entry.is_live && entry.is_marked, "{entry:?}");
        entry.is_live = false;
        self.drop_line(&(strike.payer.clone(), strike.voucher_number.clone()), &id);
        for claimed in self.replaced(&id) {
            self.drop_line(
                &(strike.payer.clone(), strike.voucher_number.clone()),
                &claimed,
            );
        }
    }

    fn entry(&mut self, id: &Id, by: (&str, &str), order: u32) -> &mut Entry {
        let slip = self.receipts.get_mut(id).unwrap();
        let is_own = |entry: &&mut Entry| {
            let own = &entry.part.by;
            (own.0.as_str(), own.1.as_str()) == by && entry.order == order
        };
        slip.booked.iter_mut().find(is_own).unwrap()
    }

    /// A claim that counts no longer counts a receipt.
    fn drop_line(&mut self, number: &Number, id: &Id) {
        if let Some(case) = self.claims.get_mut(number).filter(|case| case.counts()) {
            case.lines.retain(|(line, ..)| line != id);
        }
    }

    /// A claim that had come to nothing yet ends.
    pub fn end(&mut self, number: &str, answer: &Answer<'_>, stand: Stand) {
        let number = (answer.actor.to_owned(), number.to_owned());
        let case = self.claims.get_mut(&number).unwrap();
        assert_eq!(case.stand, Stand::Open, "{number:?}");
        case.stand = stand;
    }

    /// The steps take whole claims back: an order is recalled, and what is out must come back.
    pub fn correct(&mut self, number: &str, answer: &Answer<'_>) {
        let number = (answer.actor.to_owned(), number.to_owned());
        let case = self.claims.get_mut(&number).unwrap();
        if case.stand == Stand::Decided {
            assert!(!case.is_recalled, "{number:?}");
            case.is_recalled = true;
            return;
        }
        assert!(case.counts() || case.stand == Stand::Late, "{number:?}");
        case.stand = Stand::Ended;
        for slip in self.receipts.values_mut() {
            slip.reserved.retain(|part| part.by != number);
            let own = slip
                .booked
                .iter_mut()
                .filter(|entry| entry.part.by == number);
            own.for_each(|entry| entry.due = entry.part.fen);
        }
    }

    /// Marks what a payer that is gone paid of a receipt. Its claims on the receipt that were not paid end; an order
    /// that waits is recalled.
    pub fn release(&mut self, release: &proto::ReleaseOrphan) {
        let released = id(release.receipt.as_ref());
        let slip = self.receipts.get_mut(&released).unwrap();
        let live = slip.booked.iter_mut().filter(|entry| entry.is_live);
        let own = live.filter(|entry| entry.part.by.0 == release.organisation);
        own.for_each(|entry| entry.is_marked = true);
        let reserved = slip
            .reserved
            .iter()
            .filter(|part| part.by.0 == release.organisation);
        let numbers: Vec<Number> = reserved.map(|part| part.by.clone()).collect();
        for number in numbers {
            let case = self.claims.get_mut(&number).unwrap();
            match case.stand {
                Stand::Decided => case.is_recalled = true,
                // Paid, or settled at nothing.
                Stand::Paid if case.orders.contains(&Some(true)) => {
                    self.drop_line(&number, &released);
                    self.unreserve(&released, &number);
                }
                Stand::Paid => {
                    case.stand = Stand::Ended;
                    for (id, _) in case.receipts.clone() {
                        self.unreserve(&id, &number);
                    }
                }
                Stand::Open | Stand::Late | Stand::Ended => panic!("reserves nothing: {case:?}"),
            }
        }
    }

    fn unreserve(&mut self, id: &Id, number: &Number) {
        let slip = self.receipts.get_mut(id).unwrap();
        slip.reserved.retain(|part| part.by != *number);
    }
}

fn account(number: &Number, case: &Case, year: u32) -> Account {
    let (insurer, policy) = (number.0.clone(), case.policy.clone());
    (insurer, case.tag.clone(), year, policy)
}

fn add(sums: &mut [i64; 3], line: &[i64; 3]) {
    for (sum, part) in sums.iter_mut().zip(line) {
        *sum += part;
    }
}
