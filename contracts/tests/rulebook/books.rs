//! The model: the accepted actions as plain lists and maps, and the conditions under which an action may be accepted.
//! It reads messages and verdicts, never the state.

mod claims;
mod keys;
mod money;
mod numbers;
mod orders;
mod sums;
mod votes;

use std::collections::{BTreeMap, BTreeSet};

use piaolian_contracts::types::{BeijingDate, BlockTime};
use piaolian_proto::v1::{self as proto, transaction_body::Action};

pub use claims::{Case, Order, Said, Stand};
pub use keys::Key;
use keys::Keys;
use money::Money;
use numbers::Range;
use sums::Account;
use votes::Proposal;

/// Code and number of a receipt.
pub type Id = (String, u64);
/// An insurer or payer, and its number of a claim or voucher.
pub type Number = (String, String);

/// The record of all that was accepted.
#[derive(Debug, Default)]
pub struct Books {
    ranges: Vec<Range>,
    pub receipts: BTreeMap<Id, Slip>,
    /// The receipts in the order of their issue.
    pub issued: Vec<Id>,
    /// The money that really moved, whatever the ledger says.
    pub money: Money,
    /// Until when, by receipt and grantee.
    grants: BTreeMap<(Id, String), u64>,
    /// How many entries were anchored of each access log, in order, by organisation.
    logs: BTreeMap<String, Vec<u64>>,
    /// The versions of each policy by insurer and code.
    policies: BTreeMap<Number, Vec<Version>>,
    /// The sums with which years began.
    openings: BTreeMap<Account, [i64; 3]>,
    pub claims: BTreeMap<Number, Case>,
    /// How many approvals there were.
    approvals: usize,
    /// Since the block of which time somebody is suspended.
    suspended: BTreeMap<String, u64>,
    /// The centre of each notice and the receipts of its payment, by decision number.
    pub notices: BTreeMap<String, (String, Vec<Id>)>,
    /// The decision numbers of those that were cancelled.
    cancelled: BTreeSet<String>,
    pub keys: Keys,
    /// The members that were removed for good.
    removed: BTreeSet<String>,
    /// The governors in this block, ascending …
    pub governors: proto::Governors,
    /// … and after it, if that was decided.
    next_governors: Option<proto::Governors>,
    /// Every proposal, in the order of their numbers.
    pub proposals: Vec<Proposal>,
}

/// A version of a policy, and the day from which it applies; `None`: it waits for finance.
#[derive(Debug)]
struct Version {
    terms: proto::PolicyTerms,
    begins: Option<u32>,
}

/// A receipt.
#[derive(Clone, Debug)]
pub struct Slip {
    pub issuer: String,
    pub total: i64,
    pub settlement: proto::Settlement,
    /// Issue date and time.
    moment: (u32, u32),
    /// The receipt that it replaces, and the one in its place.
    pub links: [Option<Id>; 2],
    /// Reversed, or a reversal.
    pub is_void: bool,
    is_on_paper: bool,
    /// The bookings, in order.
    pub booked: Vec<Entry>,
    /// The parts that decisions in force count and that are not booked, those of 0 included.
    pub reserved: Vec<Part>,
}

/// A booking: the part that is out, its order, how much of it must come back, and whether its payer was found to be gone.
#[derive(Clone, Debug)]
pub struct Entry {
    pub part: Part,
    pub order: u32,
    pub due: i64,
    pub is_marked: bool,
    /// Whether it was taken off: entered in error, or struck.
    pub is_off: bool,
}

impl Entry {
    pub const fn new(part: Part, order: u32) -> Self {
        Self {
            part,
            order,
            due: 0,
            is_marked: false,
            is_off: false,
        }
    }

    pub const fn is_live(&self) -> bool {
        self.part.fen > 0
    }
}

/// An amount that a payer's fund pays of a receipt.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    pub by: Number,
    pub fund: i32,
    pub fen: i64,
}

/// An answer: the member, the key that signed, the action, the time, and the fund rules of that
/// block.
pub struct Answer<'a> {
    pub actor: &'a str,
    pub key: u32,
    pub outcome: &'a proto::Outcome,
    pub height: u64,
    pub now: u64,
    pub rules: &'a [proto::FundRule],
}

impl Slip {
    pub fn live(&self) -> impl Iterator<Item = &Part> {
        let live = self.booked.iter().filter(|entry| entry.is_live());
        live.map(|entry| &entry.part).chain(&self.reserved)
    }

    /// The year of the issue date.
    fn year(&self) -> u32 {
        self.moment.0 / 10_000
    }

    fn is_free(&self) -> bool {
        self.live().next().is_none() && !self.is_void && !self.is_on_paper
    }

    /// Whether a reissue may replace it: booked or not, but not reserved.
    pub fn is_reissuable(&self) -> bool {
        self.reserved.is_empty() && !self.is_void && !self.is_on_paper
    }

    /// Whether it is free, apart from reservations of 0.
    pub fn is_unpaid(&self) -> bool {
        self.live().all(|part| part.fen == 0) && !self.is_void && !self.is_on_paper
    }

    /// The amount that a kind of fund may claim.
    fn claimable(&self, fund: i32, rules: &[proto::FundRule]) -> i64 {
        let Some(rule) = rules.iter().find(|rule| rule.fund_kind == fund) else {
            return 0;
        };
        let parts = [
            (rule.less_pooled_fund, self.settlement.pooled_fund_fen),
            (
                rule.less_personal_account,
                self.settlement.personal_account_fen,
            ),
            (rule.less_personal_cash, self.settlement.personal_cash_fen),
            (rule.less_other, self.settlement.other_fen),
        ];
        let off = parts.iter().filter(|(less, _)| *less).map(|(_, fen)| fen);
        self.total - off.sum::<i64>()
    }

    /// The amount left for a kind of fund; below 0 when too much is taken.
    fn left(&self, fund: i32, rules: &[proto::FundRule]) -> i64 {
        self.claimable(fund, rules) - self.live().map(|part| part.fen).sum::<i64>()
    }

    /// The sum of what is out and need not come back.
    fn standing(&self) -> i64 {
        let booked = self.booked.iter();
        booked.map(|entry| entry.part.fen - entry.due).sum()
    }

    /// Whether a payer may lock it for a fund for which the payer has no booking or reservation.
    fn check_open(&self, payer: &str, fund: i32) {
        let same = |part: &Part| part.by.0 == payer && part.fund == fund;
        assert!(!self.live().any(same), "{payer} counts it twice: {self:?}");
        assert!(
            !self.is_void && !self.is_on_paper,
            "not for claiming: {self:?}"
        );
    }

    /// A payer's fund is about to take a part, which must be there.
    fn check_part(&self, part: &Part, rules: &[proto::FundRule]) {
        self.check_open(&part.by.0, part.fund);
        let left = self.left(part.fund, rules).max(0);
        assert!(part.fen <= left, "{part:?} of {left} left: {self:?}");
    }
}

pub fn id(receipt: Option<&proto::ReceiptId>) -> Id {
    let receipt = receipt.unwrap();
    (receipt.code.clone(), receipt.number)
}

impl Books {
    /// A suspension stops new uses of numbers and money from the next block.
    fn check_active(&self, action: &Action, answer: &Answer<'_>) {
        let is_business = matches!(
            action,
            Action::IssueReceipts(_)
                | Action::ReverseReceipt(_)
                | Action::ReissueReceipt(_)
                | Action::LockReceipt(_)
                | Action::BookReceipt(_)
                | Action::FileClaim(_)
                | Action::DecideClaim(_)
                | Action::CreateNotices(_)
                | Action::ReportPayments(_)
        );
        let since = self.suspended.get(answer.actor);
        let is_stopped = since.is_some_and(|since| *since < answer.now);
        assert!(!is_business || !is_stopped, "suspended: {action:?}");
    }

    /// Notes what an accepted action did.
    pub fn note(&mut self, action: &Action, answer: &Answer<'_>) {
        self.check_active(action, answer);
        self.keys.check_used(action, answer);
        match action {
            Action::GrantRange(grant) => self.grant_range(grant),
            Action::RecallRange(recall) => self.recall_range(recall),
            Action::IssueReceipts(issue) => self.issue(issue, answer),
            Action::ReverseReceipt(reverse) => self.reverse(reverse, answer),
            Action::ReissueReceipt(reissue) => self.reissue(reissue, answer),
            Action::ExchangeForPaper(exchange) => self.paper(exchange.receipt.as_ref(), true),
            Action::ReturnPaper(back) => self.paper(back.receipt.as_ref(), false),
            Action::BookReceipt(book) => self.book(book, answer),
            Action::UnbookReceipt(unbook) => self.unbook(unbook, answer),
            Action::FileClaim(file) => self.file(file, answer),
            Action::DecideClaim(decide) => self.decide(decide, answer),
            Action::WithdrawClaim(withdraw) => {
                self.end(&withdraw.claim_number, answer, Stand::Ended);
            }
            Action::ConfirmPayout(confirm) => self.confirm(confirm, answer),
            Action::CorrectClaim(correct) => self.correct(correct, answer),
            Action::ReleaseOrphan(release) => self.release(release),
            Action::SettlePayout(settle) => self.settle(settle),
            Action::ConfirmReturn(back) => self.confirm_return(back, answer),
            Action::StrikeBooking(strike) => self.strike(strike),
            Action::CreateNotices(create) => self.create_notices(create, answer),
            Action::CancelNotice(cancel) => self.cancel_notice(&cancel.decision_number),
            Action::ReportPayments(report) => self.report(report, answer),
            Action::GrantAccess(grant) => {
                let key = (id(grant.receipt.as_ref()), grant.grantee.clone());
                self.grants.insert(key, grant.expires_ms);
            }
            Action::RevokeAccess(revoke) => {
                let key = (id(revoke.receipt.as_ref()), revoke.grantee.clone());
                self.grants.remove(&key).unwrap();
            }
            Action::AnchorAccessLog(anchor) => self.anchor(anchor, answer),
            Action::PublishPolicy(publish) => {
                let key = (answer.actor.to_owned(), publish.policy_code.clone());
                let versions = self.policies.entry(key).or_default();
                let terms = publish.terms.clone().unwrap();
                // The first version is published before there is a lead time; the others begin today, in haste.
                let begins = versions.is_empty().then_some(terms.from_date);
                versions.push(Version { terms, begins });
            }
            Action::ConsentPolicy(consent) => {
                let key = (consent.insurer.clone(), consent.policy_code.clone());
                let versions = self.policies.get_mut(&key).unwrap();
                let version = &mut versions[consent.version as usize - 1];
                assert_eq!(version.begins, None, "consented twice");
                let today = BeijingDate::at(BlockTime::from_ms(answer.now)).get();
                version.begins = Some(version.terms.from_date.max(today));
            }
            Action::SetOpeningSums(opening) => self.open_sums(opening, answer),
            Action::RecomputeClaim(recompute) => self.recompute(&recompute.claim_number, answer),
            Action::SuspendOrganisation(suspend) => {
                self.suspended
                    .insert(suspend.organisation.clone(), answer.now);
            }
            Action::ResumeOrganisation(resume) => {
                self.suspended.remove(&resume.organisation).unwrap();
            }
            Action::AdmitOrganisation(admit) => self.keys.admit(admit, answer.height),
            Action::AddKey(add) => self.keys.add(add, answer),
            Action::RevokeKey(revoke) => self.keys.revoke(revoke, answer),
            Action::RotateValidatorKey(rotate) => self.keys.check_rotation(rotate, answer),
            Action::SetParameters(_) => self.check_alone(),
            Action::Propose(propose) => self.propose(propose, answer),
            Action::CastVote(cast) => {
                let number = usize::try_from(cast.proposal_id).unwrap();
                self.vote(number, cast.in_favour, answer);
            }
            // About no number, no money and no consent, or in the model of payments.
            Action::UpdateEndpoints(_)
            | Action::SealBlock(_)
            | Action::DeliverReceipts(_)
            | Action::AuditUse(_)
            | Action::ArchiveReceipts(_)
            | Action::NoteVerification(_)
            | Action::LockReceipt(_)
            | Action::UnlockReceipt(_)
            | Action::SetMandate(_)
            | Action::SubmitStatement(_)
            | Action::CloseDay(_)
            | Action::AskExplanation(_)
            | Action::ExplainAlert(_)
            | Action::CloseAlert(_) => {}
        }
    }

    /// How many versions of a policy there are.
    pub fn versions(&self, policy: &Number) -> u32 {
        let versions = self.policies.get(policy).map_or(0, Vec::len);
        u32::try_from(versions).unwrap()
    }

    fn paper(&mut self, receipt: Option<&proto::ReceiptId>, is_out: bool) {
        let slip = self.receipts.get_mut(&id(receipt)).unwrap();
        assert!(slip.is_free() || !is_out, "not for paper: {slip:?}");
        assert_ne!(slip.is_on_paper, is_out);
        slip.is_on_paper = is_out;
    }

    fn book(&mut self, book: &proto::BookReceipt, answer: &Answer<'_>) {
        let part = Part {
            by: (answer.actor.to_owned(), book.voucher_number.clone()),
            fund: book.fund_kind,
            fen: book.amount_fen,
        };
        let slip = self.receipts.get_mut(&id(book.receipt.as_ref())).unwrap();
        slip.check_part(&part, answer.rules);
        assert!(slip.booked.iter().all(|other| other.part.by != part.by));
        self.money.left(&part.by, 0, part.fen);
        slip.booked.push(Entry::new(part, 0));
    }

    /// Nothing was paid, so that no money had moved.
    fn unbook(&mut self, unbook: &proto::UnbookReceipt, answer: &Answer<'_>) {
        let number = (answer.actor.to_owned(), unbook.voucher_number.clone());
        let slip = self.receipts.get_mut(&id(unbook.receipt.as_ref())).unwrap();
        let own = |entry: &&mut Entry| entry.is_live() && entry.part.by == number;
        let entry = slip.booked.iter_mut().find(own).unwrap();
        self.money.never_left(&number, 0, entry.part.fen);
        (entry.part.fen, entry.is_off) = (0, true);
    }

    /// A log grows, or the next one begins.
    fn anchor(&mut self, anchor: &proto::AnchorAccessLog, answer: &Answer<'_>) {
        let logs = self.logs.entry(answer.actor.to_owned()).or_default();
        let log = anchor.log as usize;
        let is_next = log == logs.len() + 1;
        assert!(is_next || log == logs.len(), "{anchor:?} after {logs:?}");
        if is_next {
            logs.push(0);
        }
        let last = logs.last_mut().unwrap();
        assert!(anchor.entries > *last, "{anchor:?} after {last}");
        *last = anchor.entries;
    }

    fn create_notices(&mut self, create: &proto::CreateNotices, answer: &Answer<'_>) {
        for (item, said) in create.items.iter().zip(&answer.outcome.items) {
            if said.code == 0 {
                let notice = (item.centre.clone(), Vec::new());
                let known = self.notices.insert(item.decision_number.clone(), notice);
                let was_cancelled = self.cancelled.remove(&item.decision_number);
                assert_eq!(known.is_some(), was_cancelled, "created twice: {item:?}");
            }
        }
    }

    fn cancel_notice(&mut self, number: &str) {
        assert!(self.notices[number].1.is_empty(), "{number} was paid");
        assert!(self.cancelled.insert(number.to_owned()), "{number}");
    }
}
