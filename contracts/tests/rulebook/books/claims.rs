//! Claims: filed and decided with the holder's consent, and counted while they stand.

use std::collections::BTreeMap;

use piaolian_proto::v1::{self as proto, confirm_payout, decide_claim::Verdict};

use super::{Answer, Books, Id, Number, Part, id};
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
    /// The place of the last approval among all approvals.
    place: usize,
    /// Of the last approval: the year, deductible, above and fund.
    lines: Vec<(u32, [i64; 3])>,
    /// The grounds of each line: the terms, the amount in scope, and what was left of the receipt.
    grounds: Vec<(proto::PolicyTerms, i64, i64)>,
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
    /// Rejected, withdrawn, corrected or released.
    Ended,
}

/// Insurer, holder's tag, year and policy: what a year's claims are summed by.
pub type Account = (String, Vec<u8>, u32, String);

impl Case {
    pub fn counts(&self) -> bool {
        match self.stand {
            Stand::Decided | Stand::Paid => true,
            Stand::Open | Stand::Ended => false,
        }
    }
}

impl Books {
    /// The sums with which years began, and over the claims that count.
    pub fn accounts(&self) -> BTreeMap<Account, [i64; 3]> {
        self.accounts_before(usize::MAX)
    }

    /// The sums with which years began, and over the claims that count and were approved before a place.
    fn accounts_before(&self, place: usize) -> BTreeMap<Account, [i64; 3]> {
        let mut accounts = self.openings.clone();
        let counted = |case: &Case| case.counts() && case.place < place;
        for (number, case) in self.claims.iter().filter(|(_, case)| counted(case)) {
            for (year, line) in &case.lines {
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
        let begun = self.policies[policy].iter();
        let begun = begun.filter(|version| version.begins.is_some_and(|day| day <= date));
        begun
            .max_by_key(|version| version.begins)
            .unwrap()
            .terms
            .clone()
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
            place: 0,
            lines: Vec::new(),
            grounds: Vec::new(),
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
        case.place = self.approvals;
        self.approvals += 1;
        case.lines = Vec::new();
        case.grounds = Vec::new();
        case.stand = Stand::Paid;
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
            case.lines.push((year, line));
            case.grounds.push((terms.clone(), in_scope, left));
            if line[2] > 0 {
                case.stand = Stand::Decided;
            }
            let part = Part {
                by: number.clone(),
                fund: terms.fund_kind,
                fen: line[2],
            };
            slip.check_part(&part, answer.rules);
            self.receipts.get_mut(id).unwrap().reserved.push(part);
        }
        case.orders
            .extend((case.stand == Stand::Decided).then_some(None));
        self.claims.insert(number, case);
    }

    /// A year begins with these sums.
    pub fn open_sums(&mut self, opening: &proto::SetOpeningSums, answer: &Answer<'_>) {
        let met = opening.sums.as_ref().unwrap();
        let sums = [met.deductible_met_fen, met.above_fen, met.fund_paid_fen];
        let account = (
            answer.actor.to_owned(),
            opening.holder_tag.to_vec(),
            opening.year,
            opening.plan_code.clone(),
        );
        let counted = self.accounts().remove(&account).unwrap_or_default();
        assert_eq!(counted, [0; 3], "opened after it began: {account:?}");
        assert!(
            self.openings.insert(account, sums).is_none(),
            "opened twice"
        );
    }

    /// A decision stands on the sums of today of the claims before it, at the same amounts.
    pub fn recompute(&mut self, number: &str, answer: &Answer<'_>) {
        let number = (answer.actor.to_owned(), number.to_owned());
        assert!(self.claims[&number].counts(), "{number:?}");
        assert!(
            self.comes_to_the_same(&number),
            "another amount: {number:?}"
        );
        let lines = self.lines_of_today(&number);
        self.claims.get_mut(&number).unwrap().lines = lines;
    }

    /// Whether a decision comes to the same amounts on the sums of today.
    pub fn comes_to_the_same(&self, number: &Number) -> bool {
        let today = self.lines_of_today(number).into_iter();
        let mut pairs = today.zip(&self.claims[number].lines);
        pairs.all(|((_, now), (_, then))| now[2] == then[2])
    }

    /// The lines of a decision on the sums of today of the claims before it.
    fn lines_of_today(&self, number: &Number) -> Vec<(u32, [i64; 3])> {
        let case = &self.claims[number];
        let mut accounts = self.accounts_before(case.place);
        let lines = case.lines.iter().zip(&case.grounds);
        let again = lines.map(|((year, _), (terms, in_scope, left))| {
            let sums = accounts.entry(account(number, case, *year)).or_default();
            let line = reference_computation::line(terms, *in_scope, *left, sums);
            add(sums, &line);
            (*year, line)
        });
        again.collect()
    }

    /// Saying the same of an order again changes nothing.
    pub fn confirm(&mut self, confirm: &proto::ConfirmPayout) {
        let number = (confirm.insurer.clone(), confirm.claim_number.clone());
        let case = self.claims.get_mut(&number).unwrap();
        let is_paid = match confirm.result.as_ref().unwrap() {
            confirm_payout::Result::Paid(_) => true,
            confirm_payout::Result::Failed(_) => false,
        };
        let order = &mut case.orders[confirm.payout_number as usize - 1];
        if let Some(said) = order {
            assert_eq!(*said, is_paid, "the bank said otherwise");
            return;
        }
        assert_eq!(case.stand, Stand::Decided, "{number:?}");
        *order = Some(is_paid);
        case.stand = if is_paid { Stand::Paid } else { Stand::Open };
        let mut paid = 0;
        for slip in self.receipts.values_mut() {
            // Receipts that were decided at 0 still count once the rest is paid.
            let ends = |part: &mut Part| part.by == number && (part.fen > 0 || !is_paid);
            let parts: Vec<Part> = slip.reserved.extract_if(.., ends).collect();
            paid += parts.iter().map(|part| part.fen).sum::<i64>();
            if is_paid {
                slip.booked
                    .extend(parts.into_iter().map(|part| (part, true)));
            }
        }
        if let Some(confirm_payout::Result::Paid(said)) = &confirm.result {
            assert_eq!(said.amount_fen, paid, "paid is what was reserved");
        }
    }

    /// A claim that had come to nothing yet ends.
    pub fn end(&mut self, number: &str, answer: &Answer<'_>, stand: Stand) {
        let number = (answer.actor.to_owned(), number.to_owned());
        let case = self.claims.get_mut(&number).unwrap();
        assert_eq!(case.stand, Stand::Open, "{number:?}");
        case.stand = stand;
    }

    pub fn correct(&mut self, number: &str, answer: &Answer<'_>) {
        let number = (answer.actor.to_owned(), number.to_owned());
        assert!(self.claims[&number].counts(), "{number:?}");
        self.take_back_all(&number);
    }

    /// Frees the part of a receipt that a payer that is gone held, and ends its claims on the
    /// receipt with all that they hold of others.
    pub fn release(&mut self, release: &proto::ReleaseOrphan) {
        let released = id(release.receipt.as_ref());
        let numbers = self.take_back(&released, |part| part.by.0 == release.organisation);
        for number in numbers {
            let case = self.claims.get(&number);
            if case.is_some_and(|case| case.receipts.iter().any(|(id, _)| *id == released)) {
                self.take_back_all(&number);
            }
        }
    }

    /// A claim ends with all that it has.
    fn take_back_all(&mut self, number: &Number) {
        let case = self.claims.get_mut(number).unwrap();
        case.stand = Stand::Ended;
        for (id, _) in case.receipts.clone() {
            self.take_back(&id, |part| part.by == *number);
        }
    }

    fn take_back(&mut self, id: &Id, is_meant: impl Fn(&Part) -> bool) -> Vec<Number> {
        let slip = self.receipts.get_mut(id).unwrap();
        let reserved = slip.reserved.extract_if(.., |part| is_meant(part));
        let mut numbers: Vec<Number> = reserved.map(|part| part.by).collect();
        for (part, is_live) in &mut slip.booked {
            if *is_live && is_meant(part) {
                *is_live = false;
                numbers.push(part.by.clone());
            }
        }
        numbers
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
