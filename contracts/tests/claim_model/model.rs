//! The model: what is true of receipts, authorisations and claims, kept in the plainest
//! way, and money counted fen by fen.

use std::collections::{BTreeMap, BTreeSet};

use piaolian_contracts::{
    claims::{ACCUMULATORS, Accumulator, AccumulatorKey, ClaimStatus, HolderTag, status},
    types::{Fen, FundKind},
};

use super::{
    by_fen,
    steps::{CLAIMANTS, NUMBERS, PAYERS, RECEIPTS, Step, name, number, terms_of},
};
use crate::world::{DAY_MS, FOUNDED_MS, World, reimbursement::claim};

/// What may be claimed of every receipt.
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
    /// Payer and number, fund, amount, and whether it is live.
    booked: Vec<(Number, usize, i64, bool)>,
    reserved: BTreeMap<Number, (usize, i64)>,
    on_paper: bool,
    /// How often it was exchanged.
    papers: usize,
}

#[derive(Clone, Debug)]
struct Claim {
    receipts: Vec<usize>,
    tag: u8,
    until: u64,
    state: State,
    /// What the bank said of each order: paid or not.
    orders: Vec<Option<bool>>,
    /// Of the last approval: receipt, deductible, above, fund.
    lines: Vec<(usize, [i64; 3])>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Filed,
    Decided,
    Failed,
    Paid,
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
            .filter(|booked| booked.3)
            .map(|booked| booked.2);
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
        let mut live = self.booked.iter().filter(|booked| booked.3);
        live.any(|booked| booked.0.0 == payer && booked.1 == fund)
    }

    /// Whether a payer may begin with it: something is left, or waits for a bank.
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

    /// Whether a payer's fund booked a receipt, or counts it in a claim whose decision
    /// stands, whatever that came to.
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

    /// Sends a step to a claim or voucher where something can come of it, if there is one.
    pub fn aim(&self, step: Step, turn: usize, now: u64) -> Step {
        let places = (0..PAYERS.len())
            .flat_map(|payer| (0..NUMBERS).map(move |number| (payer, number)))
            .flat_map(|(payer, number)| (1..=2).map(move |payout| (payer, number, payout)));
        let aimed = places.filter_map(|(payer, number, payout)| step.on(payer, number, payout));
        let mut apt: Vec<Step> = aimed
            .filter(|step| self.expects(step, now) == Some(true))
            .collect();
        if apt.is_empty() {
            return step;
        }
        apt.swap_remove(turn % apt.len())
    }

    /// Whether the ledger accepts a step; `None` where the model does not know.
    pub fn expects(&self, step: &Step, now: u64) -> Option<bool> {
        Some(match step {
            Step::Authorise { ms, .. } => now < self.before + ms,
            Step::Revoke { receipt, payer } => self.is_authorised(*receipt, *payer, now),
            Step::File {
                payer,
                number,
                receipts,
                ..
            } => {
                let number = (*payer, *number);
                let fits = |receipt: &usize| {
                    let on = &self.receipts[*receipt];
                    self.is_authorised(*receipt, number.0, now)
                        && on.is_free_for(number, now)
                        && !self.has_had(number.0, FUNDS[number.0], *receipt)
                        && !on.on_paper
                        && on.left() > 0
                        && !on.booked.iter().any(|booked| booked.0 == number)
                };
                !self.claims.contains_key(&number) && receipts.iter().all(fits)
            }
            Step::Approve {
                payer,
                number,
                self_paid,
            } => {
                let number = (*payer, *number);
                self.claims.get(&number).is_some_and(|claim| {
                    let mut places = claim.receipts.iter().zip(self_paid);
                    claim.is_open(now)
                        && places.all(|(receipt, self_paid)| {
                            let on = &self.receipts[*receipt];
                            self.is_authorised(*receipt, number.0, now)
                                && on.is_free_for(number, now)
                                && !self.has_had(number.0, FUNDS[number.0], *receipt)
                                && !on.on_paper
                                && *self_paid <= base(number.0, on)
                        })
                })
            }
            Step::Reject { payer, number } => {
                let claim = self.claims.get(&(*payer, *number));
                claim.is_some_and(|claim| claim.is_open(now))
            }
            Step::Withdraw { payer, number } => {
                let claim = self.claims.get(&(*payer, *number));
                claim.is_some_and(|claim| matches!(claim.state, State::Filed | State::Failed))
            }
            Step::Confirm {
                payer,
                number,
                payout,
                paid,
            } => {
                let claim = self.claims.get(&(*payer, *number));
                let order = |claim: &Claim| Some((claim.state, *order(claim, *payout)?));
                match claim.and_then(order) {
                    None => false,
                    Some((_, Some(said))) => said == *paid,
                    Some((state, None)) => state == State::Decided,
                }
            }
            Step::Correct { payer, number } => self
                .claims
                .get(&(*payer, *number))
                .is_some_and(Claim::counts),
            Step::Unlock { receipt, payer } => {
                let lock = self.receipts[*receipt].live_lock(now);
                lock.is_some_and(|lock| lock.0 == *payer && !self.holds(lock, *receipt, now))
            }
            Step::Unbook {
                receipt,
                payer,
                number,
            } => {
                let number = (*payer, *number);
                let booked = self.receipts[*receipt].booked.iter();
                let mut own = booked.filter(|booked| booked.0 == number);
                own.any(|booked| booked.3) && !self.has_claim(number, *receipt)
            }
            Step::Exchange { receipt } => {
                let on = &self.receipts[*receipt];
                let booked = on.booked.iter().any(|booked| booked.3);
                !on.on_paper
                    && on.papers < 8
                    && !booked
                    && on.live_lock(now).is_none()
                    && !self.is_counted(*receipt)
            }
            Step::Return { receipt } => self.receipts[*receipt].on_paper,
            Step::Lock { .. } | Step::Book { .. } | Step::Wait { .. } => return None,
        })
    }

    /// Whether a lock is an open claim's on this receipt.
    fn holds(&self, number: Number, receipt: usize, now: u64) -> bool {
        self.has_claim(number, receipt) && self.claims[&number].is_open(now)
    }

    fn has_claim(&self, number: Number, receipt: usize) -> bool {
        let claim = self.claims.get(&number);
        claim.is_some_and(|claim| claim.receipts.contains(&receipt))
    }

    /// What a step that the ledger accepted leads to.
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
                for receipt in &mut self.receipts {
                    receipt.reserved.remove(&number);
                }
                let claim = self.claims.get_mut(&number).unwrap();
                for receipt in &claim.receipts {
                    let booked = self.receipts[*receipt].booked.iter_mut();
                    booked
                        .filter(|booked| booked.0 == number)
                        .for_each(|b| b.3 = false);
                }
                claim.state = State::Corrected;
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

    /// What a payer does to a receipt without a claim.
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
                on.booked.push((number, *fund, *amount, true));
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
                let own = booked.filter(|booked| booked.0 == (*payer, *number));
                own.for_each(|booked| booked.3 = false);
            }
            _ => {}
        }
    }

    fn approve(&mut self, number: Number, self_paid: &[i64]) {
        let claim = &self.claims[&number];
        let mut sums = self.sums(number.0, claim.tag);
        let terms = terms_of(number.0);
        let mut places: Vec<_> = claim.receipts.iter().copied().zip(self_paid).collect();
        // All were issued at one time: by number.
        places.sort_unstable();
        let mut lines = Vec::new();
        for (receipt, self_paid) in places {
            let on = &self.receipts[receipt];
            let in_scope = base(number.0, on) - self_paid;
            let line = by_fen::line(&terms, in_scope, on.left(), &sums);
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
            claim.state = State::Decided;
        } else {
            claim.state = State::Zero;
        }
        claim.lines = lines;
    }

    fn confirm(&mut self, number: Number, payout: u32, paid: bool, now: u64) {
        let claim = self.claims.get_mut(&number).unwrap();
        let said = claim.orders.get_mut(payout as usize - 1).unwrap();
        if said.is_some() {
            return;
        }
        *said = Some(paid);
        claim.state = if paid { State::Paid } else { State::Failed };
        for receipt in &claim.receipts {
            let on = &mut self.receipts[*receipt];
            let Some((fund, fen)) = on.reserved.remove(&number) else {
                continue;
            };
            match (paid, fen) {
                (false, _) => {}
                // Still counted by the claim.
                (true, 0) => _ = on.reserved.insert(number, (fund, 0)),
                (true, fen) => on.booked.push((number, fund, fen, true)),
            }
        }
        if !paid && now < claim.until {
            for receipt in &claim.receipts {
                let on = &mut self.receipts[*receipt];
                // What is booked whole cannot be locked.
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

    /// The ledger has what the model has.
    pub fn compare(&self, world: &World) {
        for receipt in 0..RECEIPTS {
            self.compare_receipt(world, receipt);
        }
        for (payer, tag) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let key = AccumulatorKey {
                insurer: world.member(PAYERS[payer]).id,
                holder_tag: HolderTag::parse("", &[tag; 32]).unwrap(),
                year: 2026,
                policy_code: "BASIC".parse().unwrap(),
            };
            let stored = ACCUMULATORS.get(&world.state, &key).unwrap();
            let Accumulator {
                deductible_met,
                above,
                fund_paid,
            } = stored.unwrap_or_default();
            let stored = [deductible_met, above, fund_paid].map(Fen::get);
            assert_eq!(stored, self.sums(payer, tag), "{payer} {tag}");
        }
        let now = world.time.as_ms();
        for (payer, name) in PAYERS.iter().enumerate().take(CLAIMANTS) {
            for place in 0..NUMBERS {
                let stored = claim(world, name, &number(place));
                let stored = stored.map(|claim| status(&claim, world.time));
                let own = self.claims.get(&(payer, place));
                assert_eq!(
                    stored,
                    own.map(|claim| status_of(claim, now)),
                    "{payer} {place}"
                );
            }
        }
    }

    fn compare_receipt(&self, world: &World, receipt: usize) {
        let (stored, own) = (world.receipt(&name(receipt)), &self.receipts[receipt]);
        let place = |id| {
            PAYERS
                .iter()
                .position(|payer| world.member(payer).id == id)
                .unwrap()
        };
        let fund = |kind| {
            FundKind::ALL
                .iter()
                .position(|known| *known == kind)
                .unwrap()
        };
        let booked: BTreeSet<_> = stored
            .live_bookings()
            .map(|b| {
                (
                    place(b.payer),
                    b.voucher_number.to_string(),
                    fund(b.fund_kind),
                    b.amount.get(),
                )
            })
            .collect();
        let expected = own.booked.iter().filter(|booked| booked.3);
        let expected = expected.map(|(of, fund, fen, _)| (of.0, number(of.1), *fund, *fen));
        assert_eq!(booked, expected.collect());
        let reserved: BTreeSet<_> = stored
            .reservations
            .iter()
            .map(|r| {
                (
                    place(r.payer),
                    r.claim_number.to_string(),
                    fund(r.fund_kind),
                    r.amount.get(),
                )
            })
            .collect();
        let expected = own
            .reserved
            .iter()
            .map(|(of, (fund, fen))| (of.0, number(of.1), *fund, *fen));
        assert_eq!(reserved, expected.collect());
        let lock = stored.live_lock(world.time);
        let lock = lock.map(|lock| (place(lock.owner), lock.claim_number.to_string()));
        let expected = own.live_lock(world.time.as_ms());
        assert_eq!(lock, expected.map(|of| (of.0, number(of.1))));
        assert!(own.left() >= 0, "more than may be claimed: {own:?}");
    }
}

fn order(claim: &Claim, payout: u32) -> Option<&Option<bool>> {
    claim.orders.get(payout as usize - 1)
}

fn status_of(claim: &Claim, now: u64) -> ClaimStatus {
    match claim.state {
        State::Filed | State::Failed if now >= claim.until => ClaimStatus::Expired,
        State::Filed => ClaimStatus::Filed,
        State::Decided => ClaimStatus::Decided,
        State::Failed => ClaimStatus::PayoutFailed,
        State::Paid => ClaimStatus::Paid,
        State::Zero => ClaimStatus::SettledAtZero,
        State::Rejected => ClaimStatus::Rejected,
        State::Withdrawn => ClaimStatus::Withdrawn,
        State::Corrected => ClaimStatus::Corrected,
    }
}

fn base(payer: usize, receipt: &Receipt) -> i64 {
    by_fen::base(&terms_of(payer), TOTAL, receipt.left())
}
