//! Claims: filed and decided with the holder's consent, and counted while they stand.

use piaolian_proto::v1::{self as proto, decide_claim::Verdict};

use super::{
    Answer, Books, Entry, Id, Number, Part, id,
    sums::{Line, account},
};

/// A claim.
#[derive(Clone, Debug)]
pub struct Case {
    /// With the terms that were in force at the date of each.
    pub receipts: Vec<(Id, proto::PolicyTerms)>,
    pub tag: Vec<u8>,
    pub policy: String,
    /// When it ends if nobody decides.
    pub until: u64,
    pub stand: Stand,
    pub orders: Vec<Order>,
    /// The place of the last approval among all approvals.
    pub place: usize,
    /// Of the last decision.
    pub lines: Vec<Line>,
    /// The lines before the correction whose order waits.
    pub former: Vec<Line>,
}

/// An order to a bank.
#[derive(Clone, Debug)]
pub struct Order {
    pub bank: String,
    pub ordered_ms: u64,
    /// The bank's last word.
    pub said: Option<Said>,
    pub is_recalled: bool,
    /// Whether finance ended the wait for the bank.
    pub is_settled: bool,
    pub by_correction: bool,
    pub shares: Vec<(Id, Part)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Paid,
    Failed { is_final: bool },
    Recalled,
}

impl Order {
    /// Whether neither the bank nor finance ended it.
    pub fn waits(&self) -> bool {
        self.said.is_none() && !self.is_settled
    }

    /// Whether finance may end the wait for the bank's word, once it has had its time.
    pub fn owes_word(&self) -> bool {
        let is_open = self.said == Some(Said::Failed { is_final: false }) && !self.is_settled;
        is_open || self.waits() && self.is_recalled
    }
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

impl Case {
    pub fn is_paid(&self) -> bool {
        let mut orders = self.orders.iter();
        orders.any(|order| order.said == Some(Said::Paid))
    }

    /// The place of an order about which the bank owes a word.
    pub fn owed(&self) -> Option<usize> {
        self.orders.iter().position(Order::owes_word)
    }

    pub fn waiting(&self) -> Option<&Order> {
        self.orders.last().filter(|order| order.waits())
    }

    pub fn counts(&self) -> bool {
        match self.stand {
            Stand::Decided | Stand::Paid => true,
            Stand::Open | Stand::Late | Stand::Ended => false,
        }
    }
}

impl Books {
    /// Checks that the claim has the holder's live consent.
    pub fn check_consent<'i>(&self, receipts: impl Iterator<Item = &'i Id>, answer: &Answer<'_>) {
        for id in receipts {
            let is_live = self.has_consent(id, answer.actor, answer.now);
            assert!(is_live, "{} claims {id:?} without consent", answer.actor);
        }
    }

    /// Whether the holder's consent for a payer lives.
    pub fn has_consent(&self, id: &Id, payer: &str, now: u64) -> bool {
        let until = self.grants.get(&(id.clone(), payer.to_owned()));
        until.is_some_and(|until| now < *until)
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
            former: Vec::new(),
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
        assert!(
            case.owed().is_none(),
            "the bank's word is not final: {case:?}"
        );
        self.check_consent(case.receipts.iter().map(|(id, _)| id), answer);
        let mut accounts = self.accounts();
        let mut places: Vec<_> = case.receipts.iter().zip(&approval.assessments).collect();
        places.sort_by_key(|((id, _), _)| (self.receipts[id].moment, id.clone()));
        case.place = self.approvals;
        self.approvals += 1;
        case.lines = Vec::new();
        let mut shares = Vec::new();
        for ((id, terms), assessment) in places {
            let slip = &self.receipts[id];
            let account = account(&number, &case, slip.year());
            let sums = accounts.entry(account).or_default();
            let left = slip.left(terms.fund_kind, answer.rules).max(0);
            let line = Line::compute(id, slip, terms, assessment, left, sums);
            let part = Part {
                by: number.clone(),
                fund: terms.fund_kind,
                fen: line.sums[2],
            };
            slip.check_part(&part, answer.rules);
            shares.push((id.clone(), part));
            case.lines.push(line);
        }
        case.stand = Stand::Paid;
        case.order(shares, &approval.bank, answer.now, false);
        self.claims.insert(number.clone(), case);
        self.reserve(&number);
    }

    /// Money came back: the booking falls by it.
    pub fn confirm_return(&mut self, back: &proto::ConfirmReturn, answer: &Answer<'_>) {
        if !self.money.is_new(answer.actor, &back.bank_reference) {
            return;
        }
        let number = (back.payer.clone(), back.voucher_number.clone());
        self.money
            .came_back(&number, back.payout_number, back.amount_fen);
        let by = (back.payer.as_str(), back.voucher_number.as_str());
        let booked_on = self.current(&id(back.receipt.as_ref()));
        let entry = self.entry(&booked_on, by, back.payout_number);
        assert!(entry.part.fen >= back.amount_fen, "{entry:?}");
        entry.part.fen -= back.amount_fen;
        entry.due = (entry.due - back.amount_fen).max(0);
    }

    /// A booking of a gone payer is taken off, and its claim no longer counts the receipt.
    pub fn strike(&mut self, strike: &proto::StrikeBooking) {
        let id = id(strike.receipt.as_ref());
        let by = (strike.payer.as_str(), strike.voucher_number.as_str());
        let number = (strike.payer.clone(), strike.voucher_number.clone());
        let entry = self.entry(&id, by, strike.payout_number);
        assert!(entry.is_live() && entry.is_marked, "{entry:?}");
        let out = std::mem::take(&mut entry.part.fen);
        (entry.due, entry.is_off) = (0, true);
        self.money.never_left(&number, strike.payout_number, out);
        self.drop_line(&number, &id);
    }

    fn entry(&mut self, id: &Id, by: (&str, &str), order: u32) -> &mut Entry {
        let slip = self.receipts.get_mut(id).unwrap();
        let is_own = |entry: &&mut Entry| {
            let own = &entry.part.by;
            (own.0.as_str(), own.1.as_str()) == by && entry.order == order && !entry.is_off
        };
        slip.booked.iter_mut().find(is_own).unwrap()
    }

    /// A claim that counts no longer counts a receipt.
    fn drop_line(&mut self, number: &Number, id: &Id) {
        let replaced = self.replaced(id);
        if let Some(case) = self.claims.get_mut(number).filter(|case| case.counts()) {
            case.lines
                .retain(|line| line.id != *id && !replaced.contains(&line.id));
        }
    }

    /// A claim that had come to nothing yet ends.
    pub fn end(&mut self, number: &str, answer: &Answer<'_>, stand: Stand) {
        let number = (answer.actor.to_owned(), number.to_owned());
        let case = self.claims.get_mut(&number).unwrap();
        assert_eq!(case.stand, Stand::Open, "{number:?}");
        case.stand = stand;
    }

    /// Marks what a payer that is gone paid of a receipt. Its claims on the receipt that were not paid end; an order
    /// that waits is recalled.
    pub fn release(&mut self, release: &proto::ReleaseOrphan) {
        let released = id(release.receipt.as_ref());
        let slip = self.receipts.get_mut(&released).unwrap();
        let live = slip.booked.iter_mut().filter(|entry| entry.is_live());
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
                Stand::Decided => case.orders.last_mut().unwrap().is_recalled = true,
                // Paid, or settled at nothing.
                Stand::Paid if case.is_paid() => self.drop_line(&number, &released),
                Stand::Paid => case.stand = Stand::Ended,
                Stand::Open | Stand::Late | Stand::Ended => panic!("reserves nothing: {case:?}"),
            }
            self.reserve(&number);
        }
    }
}
