//! The invariants of every state.

use std::collections::{BTreeMap, BTreeSet};

use piaolian_contracts::{
    claims::{Claim, ClaimStatus, status},
    number_ranges::{ISSUER_RANGES, IssuerCode, Range, range_of},
    payments::Notice,
    receipts::{BUSINESS_NUMBERS, IssuerBusiness, ListKey, PAPER_FORMS, PaperForm, Receipt},
    state::Table,
    storage::{Key, Record},
    types::Fen,
};

use crate::{totals, world::World};

/// Every receipt of a state.
pub fn receipts(world: &World) -> Vec<Receipt> {
    let records = world.state.table(Table::Receipts).into_values();
    records
        .map(|record| Receipt::decode(&record).unwrap())
        .collect()
}

/// Checks every invariant of a state.
pub fn check(world: &World) {
    let receipts = receipts(world);
    for receipt in &receipts {
        check_money(receipt);
        check_number(world, receipt);
        check_links(&receipts, receipt);
    }
    check_ranges(world, &receipts);
    check_lists(world, &receipts);
    check_notices(world, &receipts);
    check_claims(world, &receipts);
    totals::check(world, &receipts);
}

/// Every receipt is listed once, and every paper form leads to its receipt.
fn check_lists(world: &World, receipts: &[Receipt]) {
    let listed = receipts.iter().map(|receipt| ListKey::of(receipt).bytes());
    let listed: BTreeSet<Vec<u8>> = listed.map(|key| key.to_vec()).collect();
    let stored: BTreeSet<Vec<u8>> = world.state.table(Table::ReceiptLists).into_keys().collect();
    assert_eq!(stored, listed);
    let mut papers = 0;
    for receipt in receipts {
        for paper in &receipt.papers {
            let form = PaperForm {
                code: paper.code.clone(),
                number: paper.number.clone(),
            };
            let used_for = PAPER_FORMS.get(&world.state, &form).unwrap();
            assert_eq!(used_for, Some(receipt.id));
            papers += 1;
        }
    }
    assert_eq!(world.state.table(Table::PaperForms).len(), papers);
}

/// The receipt of a paid notice has its details and its attachment.
fn check_notices(world: &World, receipts: &[Receipt]) {
    for record in world.state.table(Table::Notices).into_values() {
        let notice = Notice::decode(&record).unwrap();
        let Some(payment) = &notice.payment else {
            continue;
        };
        let mut own = receipts.iter().filter(|own| own.id == payment.receipt);
        let receipt = own.next().unwrap();
        assert_eq!(receipt.details_commitment, notice.details_commitment);
        assert_eq!(receipt.attachment_hash, notice.attachment_hash);
    }
}

/// Checks that a claim's reservations and bookings follow its status. Every line of a decision in force is reserved;
/// once paid, every line above 0 is booked. No other claim has a reservation. Every claim is listed.
fn check_claims(world: &World, receipts: &[Receipt]) {
    let records = world.state.table(Table::Claims).into_values();
    let claims: Vec<Claim> = records
        .map(|record| Claim::decode(&record).unwrap())
        .collect();
    let mut reserved = 0;
    for claim in &claims {
        let status = status(claim, world.time);
        let lines = claim.decision.iter().flat_map(|decision| &decision.lines);
        let lines: BTreeMap<_, _> = lines.map(|line| (line.receipt, line.fund)).collect();
        for id in claim.receipt_ids() {
            let receipt = receipts.iter().find(|receipt| receipt.id == id).unwrap();
            let line = |fits: fn(Fen) -> bool| lines.get(&id).copied().filter(|fund| fits(*fund));
            let (expected, paid) = match status {
                ClaimStatus::Decided => (line(|_| true), None),
                ClaimStatus::Paid => (line(|fund| !fund.is_positive()), line(Fen::is_positive)),
                ClaimStatus::SettledAtZero => (line(|fund| fund == Fen::ZERO), None),
                ClaimStatus::Filed
                | ClaimStatus::Expired
                | ClaimStatus::PayoutFailed
                | ClaimStatus::Rejected
                | ClaimStatus::Withdrawn
                | ClaimStatus::Corrected
                | ClaimStatus::Released => (None, None),
            };
            let mut own = receipt
                .reservations
                .iter()
                .filter(|own| own.payer == claim.insurer && own.claim_number == claim.number);
            let held = own.next().map(|own| own.amount);
            assert_eq!(held, expected, "{claim:?}");
            reserved += usize::from(held.is_some());
            let voucher = claim.voucher_number();
            let mut booked = receipt
                .live_bookings()
                .filter(|own| own.payer == claim.insurer && own.voucher_number == voucher);
            let booked = booked.next().map(|own| own.amount);
            // A reissue carries the bookings to another receipt.
            let paid = paid.filter(|_| receipt.replaced_by.is_none());
            assert_eq!(booked, paid, "{claim:?}");
            let lock = receipt.live_lock(world.time);
            let locked = lock.is_some_and(|lock| {
                lock.owner == claim.insurer && lock.claim_number == claim.number
            });
            assert!(!locked || status.holds_locks(), "{claim:?}");
            assert!(locked || status != ClaimStatus::Filed, "{claim:?}");
        }
    }
    let all: usize = receipts
        .iter()
        .map(|receipt| receipt.reservations.len())
        .sum();
    assert_eq!(reserved, all, "reserved for no claim");
    assert_eq!(world.state.table(Table::ClaimLists).len(), claims.len());
}

/// Checks the bounds of bookings that a state can show. The fund rules under which each booking was made are no longer
/// in the state; the property over sequences checks those bounds.
fn check_money(receipt: &Receipt) {
    let taken = receipt.booked().checked_add(receipt.reserved()).unwrap();
    assert!(taken <= receipt.total.max(Fen::ZERO), "{receipt:?}");
    let mut live = BTreeSet::new();
    let mut vouchers = BTreeSet::new();
    for booking in &receipt.bookings {
        assert!(booking.amount.is_positive() && booking.operator != booking.reviewer);
        assert!(vouchers.insert((booking.payer, booking.voucher_number.clone())));
        let first = !booking.is_live() || live.insert((booking.payer, booking.fund_kind));
        assert!(first, "one payer twice: {receipt:?}");
    }
    for excess in &receipt.excesses {
        assert!(
            excess.amount.is_positive() && receipt.replaces.is_some(),
            "{receipt:?}"
        );
    }
    for reserved in &receipt.reservations {
        assert!(reserved.amount >= Fen::ZERO);
        let first = live.insert((reserved.payer, reserved.fund_kind));
        assert!(first, "one payer twice: {receipt:?}");
    }
    if receipt.reversed_by.is_some() || receipt.reverses.is_some() {
        assert!(live.is_empty(), "reimbursed and reversed: {receipt:?}");
    }
    if receipt.paper().is_some() {
        assert!(live.is_empty(), "reimbursed and on paper: {receipt:?}");
    }
    let returned = receipt.papers.iter().rev().skip(1);
    assert!(returned.clone().all(|paper| paper.returned.is_some()));
    let keepers: BTreeSet<_> = receipt
        .archives
        .iter()
        .map(|entry| entry.organisation)
        .collect();
    assert_eq!(
        keepers.len(),
        receipt.archives.len(),
        "one archived twice: {receipt:?}"
    );
    assert!(receipt.settlement.fits(receipt.total), "{receipt:?}");
}

/// A receipt's number is in a range of its issuer, and its business number is its own.
fn check_number(world: &World, receipt: &Receipt) {
    let range = range_of(&world.state, &receipt.id).unwrap().unwrap();
    assert_eq!(*range.issuer(), receipt.issuer);
    let number = receipt.business_number.clone();
    let business = IssuerBusiness {
        issuer: receipt.issuer,
        number,
    };
    assert_eq!(
        BUSINESS_NUMBERS.get(&world.state, &business).unwrap(),
        Some(receipt.id)
    );
}

fn check_links(receipts: &[Receipt], receipt: &Receipt) {
    let find = |id| receipts.iter().find(|other| other.id == id).unwrap();
    if let Some(red) = receipt.reversed_by {
        assert_eq!(find(red).reverses, Some(receipt.id));
        assert_eq!(find(red).total.checked_add(receipt.total), Some(Fen::ZERO));
    }
    if let Some(original) = receipt.reverses {
        assert_eq!(find(original).reversed_by, Some(receipt.id));
    }
}

/// Ranges of a code do not overlap, count what they hold, and the index of open ones is
/// theirs.
fn check_ranges(world: &World, receipts: &[Receipt]) {
    let records = world.state.table(Table::Ranges).into_values();
    let ranges: Vec<Range> = records
        .map(|record| Range::decode(&record).unwrap())
        .collect();
    let held: Vec<_> = ranges
        .iter()
        .filter(|range| range.last().is_some())
        .collect();
    let apart = |two: &[&Range]| two[0].code() != two[1].code() || two[0].end() <= two[1].first();
    assert!(held.windows(2).all(apart));
    for range in &ranges {
        check_range(range, receipts);
    }
    let mut open = BTreeMap::<_, Vec<u64>>::new();
    for range in &ranges {
        let firsts = open.entry((*range.issuer(), *range.code())).or_default();
        firsts.extend(range.is_open().then_some(range.first()));
    }
    for ((issuer, code), firsts) in open {
        let indexed = ISSUER_RANGES.get(&world.state, &IssuerCode { issuer, code });
        let indexed = indexed.unwrap().map(|index| index.firsts().to_vec());
        assert_eq!(indexed.unwrap_or_default(), firsts);
    }
}

fn check_range(range: &Range, receipts: &[Receipt]) {
    let used: Vec<u64> = receipts
        .iter()
        .filter(|receipt| receipt.id.code == *range.code())
        .map(|receipt| receipt.id.number.get())
        .filter(|number| range.contains(*number))
        .collect();
    assert_eq!(range.used_count(), used.len() as u64, "{range:?}");
    let above = used
        .iter()
        .max()
        .map_or(range.first(), |highest| highest + 1);
    assert_eq!(range.used_below(), above, "{range:?}");
    assert!((range.first()..range.next()).all(|number| used.contains(&number)));
}
