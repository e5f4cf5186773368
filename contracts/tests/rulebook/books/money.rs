//! The real money: what left the accounts of payers and came back, by banks and by hand. It knows neither bookings nor
//! claims' amounts, and whatever a bank did is in it, also what the ledger would refuse.

use std::collections::{BTreeMap, BTreeSet};

use piaolian_proto::v1::{self as proto, confirm_payout, transaction_body::Action};

use super::{Books, Number};

/// The money that is out, by payer, voucher or claim, and order; 0: by hand.
#[derive(Debug, Default)]
pub struct Money {
    out: BTreeMap<(Number, u32), i64>,
    /// The references of banks that stand for a movement of money.
    movements: BTreeSet<(String, String)>,
}

impl Money {
    /// Takes a bank's reference. Returns whether it stands for a movement from now on.
    pub fn is_new(&mut self, bank: &str, reference: &str) -> bool {
        self.movements
            .insert((bank.to_owned(), reference.to_owned()))
    }

    fn is_used(&self, bank: &str, reference: &str) -> bool {
        self.movements
            .contains(&(bank.to_owned(), reference.to_owned()))
    }

    pub fn left(&mut self, number: &Number, order: u32, fen: i64) {
        *self.out.entry((number.clone(), order)).or_default() += fen;
    }

    pub fn came_back(&mut self, number: &Number, order: u32, fen: i64) {
        *self.out.get_mut(&(number.clone(), order)).unwrap() -= fen;
    }

    /// Evidence says that it had never left.
    pub fn never_left(&mut self, number: &Number, order: u32, fen: i64) {
        self.came_back(number, order, fen);
    }

    /// The part of each that is out, if there is one.
    pub fn out(&self) -> BTreeMap<(Number, u32), i64> {
        let out = self.out.iter().filter(|(_, fen)| **fen != 0);
        out.map(|(key, fen)| (key.clone(), *fen)).collect()
    }
}

impl Books {
    /// A bank that paid an order has paid it, whatever the ledger knows: its word must be accepted, also while it is
    /// suspended. Nobody pays an order before it is given.
    pub fn check_fact(&self, actor: &str, action: &Action, outcome: &proto::Outcome) {
        let Action::ConfirmPayout(confirm) = action else {
            return;
        };
        let Some(confirm_payout::Result::Paid(paid)) = &confirm.result else {
            return;
        };
        let number = (confirm.insurer.clone(), confirm.claim_number.clone());
        let case = self.claims.get(&number);
        let place = (confirm.payout_number as usize).checked_sub(1);
        let order = case
            .zip(place)
            .and_then(|(case, place)| case.orders.get(place));
        let is_fact = order
            .is_some_and(|order| order.bank == actor && paid.paid_ms >= order.ordered_ms)
            && !self.money.is_used(actor, &confirm.bank_reference);
        assert!(
            !is_fact || outcome.code == 0,
            "money moved: {action:?} {outcome:?}"
        );
    }
}
