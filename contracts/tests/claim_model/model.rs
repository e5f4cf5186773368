//! The model: the facts of receipts, authorisations and claims in the simplest form, with money counted fen by fen.

mod apply;
mod compare;
mod expects;

use std::collections::BTreeMap;

use super::{
    reference_computation,
    steps::{CLAIMANTS, RECEIPTS, terms_of},
};
use crate::world::{DAY_MS, FOUNDED_MS};

/// The claimable amount of every receipt.
const CLAIMABLE: i64 = 60_00;
const TOTAL: i64 = 100_00;

type Number = (usize, u8);

#[derive(Clone, Debug)]
pub struct Model {
    /// Until when, by receipt and claimant.
    grants: BTreeMap<(usize, usize), u64>,
    receipts: [Receipt; RECEIPTS],
    claims: BTreeMap<Number, Claim>,
    /// The time of the block before, from which a story counts an authorisation.
    pub before: u64,
}

#[derive(Clone, Debug, Default)]
struct Receipt {
    lock: Option<(Number, u64)>,
    booked: Vec<Booked>,
    reserved: BTreeMap<Number, (usize, i64)>,
    on_paper: bool,
    /// How often it was exchanged.
    papers: usize,
}

/// A booking: payer and number, fund, amount, whether it is live, and whether it must come back.
#[derive(Clone, Debug)]
struct Booked {
    of: Number,
    fund: usize,
    fen: i64,
    is_live: bool,
    must_return: bool,
}

#[derive(Clone, Debug)]
struct Claim {
    receipts: Vec<usize>,
    tag: u8,
    until: u64,
    state: State,
    /// The bank's answer to each order: paid or not.
    orders: Vec<Option<bool>>,
    /// The amounts of each order: receipt and fund.
    shares: Vec<Vec<(usize, i64)>>,
    /// Whether the last order was recalled.
    is_recalled: bool,
    /// Of the last approval: receipt, deductible, above, fund.
    lines: Vec<(usize, [i64; 3])>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Filed,
    Decided,
    Failed,
    Paid,
    PaidLate,
    Zero,
    Rejected,
    Withdrawn,
    Corrected,
}

/// Each claimant's fund: basic medical and commercial insurance.
const FUNDS: [usize; CLAIMANTS] = [0, 3];

impl Receipt {
    fn left(&self) -> i64 {
        let booked = self
            .booked
            .iter()
            .filter(|booked| booked.is_live)
            .map(|booked| booked.fen);
        CLAIMABLE - booked.sum::<i64>() - self.reserved.values().map(|(_, fen)| fen).sum::<i64>()
    }

    fn live_lock(&self, now: u64) -> Option<Number> {
        self.lock
            .filter(|(_, until)| now < *until)
            .map(|(number, _)| number)
    }

    fn is_free_for(&self, number: Number, now: u64) -> bool {
        self.live_lock(now).is_none_or(|lock| lock == number)
    }

    fn has_booked(&self, payer: usize, fund: usize) -> bool {
        let mut live = self.booked.iter().filter(|booked| booked.is_live);
        live.any(|booked| booked.of.0 == payer && booked.fund == fund)
    }

    /// The sum that must come back.
    fn due(&self) -> i64 {
        let due = self
            .booked
            .iter()
            .filter(|own| own.is_live && own.must_return);
        due.map(|own| own.fen).sum()
    }

    /// Whether a payer may lock it: something is left, or an amount waits for a bank.
    fn is_open(&self) -> bool {
        let waits = self.reserved.values().any(|(_, fen)| *fen > 0);
        !self.on_paper && (self.left() > 0 || waits)
    }
}

impl Claim {
    fn counts(&self) -> bool {
        matches!(self.state, State::Decided | State::Paid | State::Zero)
    }

    /// Holds its receipts by locks.
    fn is_open(&self, now: u64) -> bool {
        matches!(self.state, State::Filed | State::Failed) && now < self.until
    }
}

impl Model {
    /// The world's beginning: every claimant is authorised for 30 days.
    pub fn new() -> Self {
        let pairs = (0..RECEIPTS).flat_map(|receipt| (0..CLAIMANTS).map(move |c| (receipt, c)));
        let until = FOUNDED_MS + 30 * DAY_MS;
        Self {
            grants: pairs.map(|pair| (pair, until)).collect(),
            receipts: Default::default(),
            claims: BTreeMap::new(),
            before: FOUNDED_MS,
        }
    }

    fn is_authorised(&self, receipt: usize, payer: usize, now: u64) -> bool {
        self.grants
            .get(&(receipt, payer))
            .is_some_and(|until| now < *until)
    }

    /// Whether a payer's fund booked a receipt, or counts it in a claim whose decision is in force, at any amount.
    fn has_had(&self, payer: usize, fund: usize, receipt: usize) -> bool {
        self.receipts[receipt].has_booked(payer, fund)
            || self.claims.iter().any(|(number, claim)| {
                number.0 == payer
                    && FUNDS[payer] == fund
                    && claim.counts()
                    && claim.receipts.contains(&receipt)
            })
    }

    /// Whether any claim whose decision stands counts a receipt.
    fn is_counted(&self, receipt: usize) -> bool {
        let mut counted = self.claims.values().filter(|claim| claim.counts());
        counted.any(|claim| claim.receipts.contains(&receipt))
    }

    /// Whether a lock is an open claim's on this receipt.
    fn holds(&self, number: Number, receipt: usize, now: u64) -> bool {
        self.has_claim(number, receipt) && self.claims[&number].is_open(now)
    }

    fn has_claim(&self, number: Number, receipt: usize) -> bool {
        let claim = self.claims.get(&number);
        claim.is_some_and(|claim| claim.receipts.contains(&receipt))
    }

    /// The sum over the claims that count.
    fn sums(&self, payer: usize, tag: u8) -> [i64; 3] {
        let own = |(number, claim): &(&Number, &Claim)| {
            number.0 == payer && claim.tag == tag && claim.counts()
        };
        let mut sums = [0; 3];
        for (_, claim) in self.claims.iter().filter(own) {
            for (_, line) in &claim.lines {
                for (sum, part) in sums.iter_mut().zip(line) {
                    *sum += part;
                }
            }
        }
        sums
    }
}

fn base(payer: usize, receipt: &Receipt) -> i64 {
    reference_computation::base(&terms_of(payer), TOTAL, receipt.left().max(0))
}
