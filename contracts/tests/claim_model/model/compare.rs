//! The ledger against the model.

use std::collections::BTreeSet;

use piaolian_contracts::{
    claims::{ACCUMULATORS, AccumulatorKey, Amounts, ClaimStatus, HolderTag, status},
    types::{Fen, FundKind},
};

use super::{Claim, Model, State};
use crate::{
    claim_model::steps::{CLAIMANTS, NUMBERS, PAYERS, RECEIPTS, name, number},
    world::{
        World,
        reimbursement::{claim, tag_of},
    },
};

impl Model {
    /// Checks that the ledger has the same facts as the model.
    pub fn compare(&self, world: &World) {
        for receipt in 0..RECEIPTS {
            self.compare_receipt(world, receipt);
        }
        for (payer, tag) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let key = AccumulatorKey {
                insurer: world.member(PAYERS[payer]).id,
                holder_tag: HolderTag::parse("", &tag_of(tag)).unwrap(),
                year: 2026,
                plan_code: "BASIC".parse().unwrap(),
            };
            let stored = ACCUMULATORS.get(&world.state, &key).unwrap();
            let Amounts {
                deductible_met,
                above,
                fund_paid,
                ..
            } = stored.unwrap_or_default().sums;
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
        let booked = stored.live_bookings().map(|b| {
            (
                place(b.payer),
                b.voucher_number.to_string(),
                b.payout_number,
                fund(b.fund_kind),
                [b.out(), b.open_recovery()].map(Fen::get),
            )
        });
        let booked: BTreeSet<_> = booked.collect();
        let expected = own.booked.iter().filter(|booked| booked.fen > 0);
        let expected = expected.map(|own| {
            let number = number(own.of.1);
            (own.of.0, number, own.order, own.fund, [own.fen, own.due])
        });
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
        let left = own.left() + own.due();
        assert!(
            left >= 0,
            "more than may be claimed, beyond open recoveries: {own:?}"
        );
    }
}

fn status_of(claim: &Claim, now: u64) -> ClaimStatus {
    match claim.state {
        State::Filed | State::Failed if now >= claim.until => ClaimStatus::Expired,
        State::Filed => ClaimStatus::Filed,
        State::Decided => ClaimStatus::Decided,
        State::Failed => ClaimStatus::PayoutFailed,
        State::Paid => ClaimStatus::Paid,
        State::PaidLate => ClaimStatus::PaidLate,
        State::Zero => ClaimStatus::SettledAtZero,
        State::Rejected => ClaimStatus::Rejected,
        State::Withdrawn => ClaimStatus::Withdrawn,
        State::Corrected => ClaimStatus::Corrected,
    }
}
