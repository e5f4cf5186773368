//! The model: the facts of receipts, authorisations and claims in the simplest form, with money counted fen by fen.

mod apply;
mod compare;
mod expects;
mod orders;

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
    /// How many approvals there were.
    approvals: usize,
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

/// A booking of a payer's number and order; 0: by hand.
#[derive(Clone, Debug)]
struct Booked {
    of: Number,
    order: u32,
    fund: usize,
    /// The amount that is out …
    fen: i64,
    /// … and how much of it must come back.
    due: i64,
    /// Whether any of it came back.
    has_returned: bool,
}

/// An order to a bank.
#[derive(Clone, Debug)]
struct Order {
    /// The bank's last word.
    said: Option<Said>,
    /// Whether it was paid under its own reference.
    is_known: bool,
    is_recalled: bool,
    by_correction: bool,
    /// The amounts by receipt.
    shares: Vec<(usize, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Said {
    Paid,
    Failed,
    FailedForNow,
    Recalled,
}

/// A receipt of a decision: deductible, above, fund.
type Line = (usize, [i64; 3]);

#[derive(Clone, Debug)]
struct Claim {
    receipts: Vec<usize>,
    tag: u8,
    until: u64,
    state: State,
    orders: Vec<Order>,
    /// The place of the last approval among all approvals.
    place: usize,
    /// Of the last decision.
    lines: Vec<Line>,
    /// The lines before the correction whose order waits.
    former: Vec<Line>,
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

/// Each claimant's fund: serious illness and commercial insurance.
const FUNDS: [usize; CLAIMANTS] = [1, 3];

impl Receipt {
    fn left(&self) -> i64 {
        let booked = self.booked.iter().map(|booked| booked.fen);
        CLAIMABLE - booked.sum::<i64>() - self.reserved.values().map(|(_, fen)| fen).sum::<i64>()
    }

    /// The amount left beside what a claim has on it.
    fn left_without(&self, number: Number) -> i64 {
        let mut without = self.clone();
        without.booked.retain(|own| own.of != number);
        without.reserved.remove(&number);
        without.left()
    }

    /// The amount out for a claim that no recovery names.
    fn standing(&self, number: Number) -> i64 {
        let own = self.booked.iter().filter(|own| own.of == number);
        own.map(|own| own.fen - own.due).sum()
    }

    fn live_lock(&self, now: u64) -> Option<Number> {
        self.lock
            .filter(|(_, until)| now < *until)
            .map(|(number, _)| number)
    }

    fn is_free_for(&self, number: Number, now: u64) -> bool {
        self.live_lock(now).is_none_or(|lock| lock == number)
    }

    /// Whether a payer's fund has booked or reserved it, other than by a number.
    fn has_had(&self, payer: usize, fund: usize, besides: Option<Number>) -> bool {
        let mut booked = self.booked.iter().filter(|booked| booked.fen > 0);
        let mut reserved = self.reserved.iter();
        booked.any(|own| own.of.0 == payer && own.fund == fund && Some(own.of) != besides)
            || reserved.any(|(of, own)| of.0 == payer && own.0 == fund && Some(*of) != besides)
    }

    /// The sum that must come back.
    fn due(&self) -> i64 {
        self.booked.iter().map(|own| own.due).sum()
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

    /// Whether a bank may still be looking for the money of an order.
    fn awaits_final_word(&self) -> bool {
        let mut orders = self.orders.iter();
        orders.any(|order| order.said == Some(Said::FailedForNow))
    }

    fn is_paid(&self) -> bool {
        let mut orders = self.orders.iter();
        orders.any(|order| order.said == Some(Said::Paid))
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
            approvals: 0,
        }
    }

    fn is_authorised(&self, receipt: usize, payer: usize, now: u64) -> bool {
        self.grants
            .get(&(receipt, payer))
            .is_some_and(|until| now < *until)
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
        self.sums_before(payer, tag, usize::MAX)
    }

    /// The sum over the claims that count and were approved before a place.
    fn sums_before(&self, payer: usize, tag: u8, place: usize) -> [i64; 3] {
        let own = |(number, claim): &(&Number, &Claim)| {
            number.0 == payer && claim.tag == tag && claim.counts() && claim.place < place
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

/// The base of a payer's policy, of a receipt of which so much is left.
fn base(payer: usize, left: i64) -> i64 {
    reference_computation::base(&terms_of(payer), TOTAL, left)
}
