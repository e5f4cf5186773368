//! The books against a full scan of the state.

use std::collections::{BTreeMap, BTreeSet};

use piaolian_contracts::{
    chain::Height,
    claims::{Accumulator, Amounts},
    governance::{GOVERNORS, ProposalRecord},
    organisations::Organisation,
    payments::Notice,
    receipts::Receipt,
    state::Table,
    storage::Record,
    types::Fen,
};
use piaolian_proto::v1 as proto;

use super::{
    books::{Id, Part, Slip, id},
    harness::Harness,
};
use crate::{invariants, payments::model::check_days};

pub fn check(harness: &Harness) {
    invariants::check(&harness.world);
    check_days(&harness.world, &harness.payments);
    check_receipts(harness);
    check_money(harness);
    check_accounts(harness);
    check_notices(harness);
    check_keys(harness);
    check_governing(harness);
}

fn id_of(receipt: &Receipt) -> Id {
    id(Some(&receipt.id.into()))
}

/// Checks that every receipt has the bookings and reservations of the books, and that no other receipt exists.
fn check_receipts(harness: &Harness) {
    let receipts = invariants::receipts(&harness.world);
    let ids: BTreeSet<Id> = receipts.iter().map(id_of).collect();
    assert!(ids.iter().eq(harness.books.receipts.keys()));
    for receipt in &receipts {
        check_receipt(receipt, &harness.books.receipts[&id_of(receipt)]);
    }
}

fn check_receipt(receipt: &Receipt, slip: &Slip) {
    assert_eq!(receipt.total.get(), slip.total);
    assert_eq!(receipt.issuer.to_string(), slip.issuer);
    let booked = receipt.live_bookings().map(|booking| {
        let part = Part {
            by: (
                booking.payer.to_string(),
                booking.voucher_number.to_string(),
            ),
            fund: booking.fund_kind.number(),
            fen: booking.out().get(),
        };
        (part, booking.payout_number, booking.open_recovery().get())
    });
    let own = slip.booked.iter().filter(|entry| entry.is_live());
    let own = own.map(|entry| (entry.part.clone(), entry.order, entry.due));
    let (booked, own): (BTreeSet<_>, BTreeSet<_>) = (booked.collect(), own.collect());
    assert_eq!(booked, own, "{receipt:?}");
    let reserved = receipt.reservations.iter().map(|reserved| Part {
        by: (
            reserved.payer.to_string(),
            reserved.claim_number.to_string(),
        ),
        fund: reserved.fund_kind.number(),
        fen: reserved.amount.get(),
    });
    let reserved: BTreeSet<Part> = reserved.collect();
    assert_eq!(
        reserved,
        slip.reserved.iter().cloned().collect(),
        "{receipt:?}"
    );
    let is_void = receipt.reverses.is_some() || receipt.reversed_by.is_some();
    assert_eq!(is_void, slip.is_void);
}

/// Checks the ledger against the real money. Each payer's voucher and order has out what really is, and of each receipt
/// no more is out than its total, but for what open recoveries name.
fn check_money(harness: &Harness) {
    let mut out = BTreeMap::<_, i64>::new();
    for receipt in invariants::receipts(&harness.world) {
        for booking in receipt.live_bookings() {
            let number = (
                booking.payer.to_string(),
                booking.voucher_number.to_string(),
            );
            let order = (number, booking.payout_number);
            *out.entry(order).or_default() += booking.out().get();
        }
        let excess = receipt.booked().get() - receipt.total.get().max(0);
        assert!(excess <= receipt.open_recovery().get(), "{receipt:?}");
    }
    assert_eq!(out, harness.books.money.out());
}

/// The year's sums are those of the claims that count.
fn check_accounts(harness: &Harness) {
    let stored = harness.world.state.table(Table::Accumulators).into_iter();
    let stored = stored.map(|(key, record)| {
        let text = |bytes: &[u8]| str::from_utf8(bytes).unwrap().to_owned();
        let year = u32::from(u16::from_be_bytes([key[50], key[51]]));
        let account = (
            text(&key[..18]),
            key[18..50].to_vec(),
            year,
            text(&key[52..]),
        );
        let Amounts {
            deductible_met,
            above,
            fund_paid,
            ..
        } = Accumulator::decode(&record).unwrap().sums;
        (account, [deductible_met, above, fund_paid].map(Fen::get))
    });
    let is_something = |(_, sums): &(_, [i64; 3])| *sums != [0; 3];
    let stored: BTreeMap<_, _> = stored.filter(is_something).collect();
    let counted = harness.books.accounts().into_iter().filter(is_something);
    assert_eq!(stored, counted.collect());
}

/// Every notice that is paid has the one receipt of its payment, of its amount.
fn check_notices(harness: &Harness) {
    let notices = harness.world.state.table(Table::Notices).into_values();
    let mut count = 0;
    for record in notices {
        let notice = Notice::decode(&record).unwrap();
        let (_, paid) = &harness.books.notices[notice.decision_number.as_str()];
        let receipts = notice
            .payment
            .iter()
            .map(|payment| id(Some(&payment.receipt.into())));
        assert!(receipts.eq(paid.iter().cloned()), "{notice:?}");
        for id in paid {
            assert_eq!(harness.books.receipts[id].total, notice.amount.get());
        }
        count += 1;
    }
    assert_eq!(count, harness.books.notices.len());
}

/// Every member has the keys that were registered for it, and they end when they were ended.
fn check_keys(harness: &Harness) {
    for record in harness
        .world
        .state
        .table(Table::Organisations)
        .into_values()
    {
        let organisation = Organisation::decode(&record).unwrap();
        let stored = organisation.keys.iter().map(|key| {
            let last = key.last_height.map_or(u64::MAX, Height::get);
            let purpose = i32::from(key.purpose.number());
            (purpose, key.public_key.as_bytes().to_vec(), last)
        });
        let own = harness.books.keys.of(&organisation.id.to_string()).iter();
        let own = own.map(|key| (key.purpose, key.public_key.clone(), key.last));
        assert!(stored.eq(own), "{organisation:?}");
    }
}

/// Checks the governors and the state of every proposal.
fn check_governing(harness: &Harness) {
    let stored = GOVERNORS.get(&harness.world.state, &()).unwrap().unwrap();
    assert_eq!(proto::Governors::from(&stored), harness.books.governors);
    let records = harness.world.state.table(Table::Proposals).into_values();
    let stored = records.map(|record| {
        let proposal = ProposalRecord::decode(&record).unwrap();
        (proposal.state, proposal.votes.len())
    });
    let own = harness.books.proposals.iter();
    let own = own.map(|proposal| (proposal.state, proposal.votes.len()));
    assert!(stored.eq(own), "{:?}", harness.books.proposals);
}
