//! The invariants of every state.

use std::collections::{BTreeMap, BTreeSet};

use piaolian_contracts::{
    claims::{Claim, ClaimStatus, Payout, PayoutResult, status},
    number_ranges::{ISSUER_RANGES, IssuerCode, Range, range_of},
    payments::Notice,
    receipts::{
        BUSINESS_NUMBERS, Booking, IssuerBusiness, ListKey, PAPER_FORMS, PaperForm, Receipt,
    },
    state::Table,
    storage::{Key, Record},
    types::{Fen, ReceiptId},
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
        check_reissue(receipt);
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

/// The receipt that counts in the place of one: itself, or the last of its reissues.
fn current(receipts: &[Receipt], id: ReceiptId) -> &Receipt {
    let receipt = receipts.iter().find(|receipt| receipt.id == id).unwrap();
    let next = receipt.replaced_by.map(|next| current(receipts, next));
    next.unwrap_or(receipt)
}

/// Checks that a claim's reservations and bookings follow its status. Every line of a decision in force is reserved;
/// once paid, every line above 0 stands, or less of it if the bank paid less or money came back. No other claim has a
/// reservation. Every claim is listed.
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
            let receipt = current(receipts, id);
            let line = |fits: fn(Fen) -> bool| lines.get(&id).copied().filter(|fund| fits(*fund));
            let (expected, paid) = match status {
                ClaimStatus::Decided | ClaimStatus::Paid | ClaimStatus::SettledAtZero => {
                    let waiting = claim.waiting().into_iter().flat_map(|order| &order.parts);
                    let mut waiting = waiting.filter(|part| claim.receipt_at(part) == Some(id));
                    let waiting = waiting.next().map(|part| part.amount);
                    let paid = line(|_| true).unwrap_or(Fen::ZERO);
                    let paid = paid.checked_sub(waiting.unwrap_or(Fen::ZERO));
                    (waiting.or(line(|fund| !fund.is_positive())), paid.unwrap())
                }
                ClaimStatus::PaidLate
                | ClaimStatus::Filed
                | ClaimStatus::Expired
                | ClaimStatus::PayoutFailed
                | ClaimStatus::Rejected
                | ClaimStatus::Withdrawn
                | ClaimStatus::Corrected
                | ClaimStatus::Released => (None, Fen::ZERO),
            };
            let mut own = receipt
                .reservations
                .iter()
                .filter(|own| own.payer == claim.insurer && own.claim_number == claim.number);
            let held = own.next().map(|own| own.amount);
            assert_eq!(held, expected, "{claim:?}");
            reserved += usize::from(held.is_some());
            let voucher = claim.voucher_number();
            let own = receipt
                .bookings
                .iter()
                .filter(|own| own.payer == claim.insurer && own.voucher_number == voucher);
            let standing = Fen::checked_sum(own.clone().map(Booking::standing)).unwrap();
            // A reissue opens a recovery without the insurer.
            let is_reissued = receipt.id != id;
            // A correction order of a payer that is gone may be paid after its line was struck.
            let is_struck = own.clone().any(|own| own.unbooking.is_some());
            let is_less = claim.payouts.iter().any(is_paid_less)
                || own.clone().any(|own| own.returned.is_positive());
            assert!(
                standing == paid || is_struck || ((is_less || is_reissued) && standing < paid),
                "what is out and no recovery names: {claim:?} {receipt:?}"
            );
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

fn is_paid_less(order: &Payout) -> bool {
    let said = order.paid().map(|said| &said.result);
    matches!(said, Some(PayoutResult::Paid { amount, .. }) if *amount < order.amount)
}

/// Checks that the links of reversal and reissue agree with each other and with the bookings.
fn check_reissue(receipt: &Receipt) {
    let is_new = receipt.replaces.is_some();
    assert!(receipt.replaced_by.is_none() || receipt.reversed_by.is_some());
    assert!(!is_new || receipt.reverses.is_none(), "{receipt:?}");
    for booking in &receipt.bookings {
        assert!(booking.carried_from.is_none() || is_new, "{receipt:?}");
        let carried_to = booking.carried_to;
        assert!(
            carried_to.is_none() || carried_to == receipt.replaced_by,
            "{receipt:?}"
        );
    }
}

/// Checks the bounds of bookings that a state can show. The fund rules under which each booking was made are no longer
/// in the state; the property over sequences checks those bounds.
fn check_money(receipt: &Receipt) {
    // Money out, less what open recoveries name, and what waits for banks.
    let taken = receipt.booked().checked_add(receipt.reserved()).unwrap();
    let taken = taken.checked_sub(receipt.open_recovery()).unwrap();
    assert!(taken <= receipt.total.max(Fen::ZERO), "{receipt:?}");
    let mut live = BTreeMap::new();
    let mut vouchers = BTreeSet::new();
    for booking in &receipt.bookings {
        assert!(booking.amount.is_positive() && booking.operator != booking.reviewer);
        let voucher = (
            booking.payer,
            booking.voucher_number.clone(),
            booking.payout_number,
            booking.unbooking.is_some(),
        );
        assert!(vouchers.insert(voucher));
        assert!(booking.returned >= Fen::ZERO && booking.returned <= booking.amount);
        // Of one payer and fund, a claim may have been paid in several orders; late ones must come back.
        if booking.standing().is_positive() {
            let voucher = Some(booking.voucher_number.to_string());
            let first = live.insert((booking.payer, booking.fund_kind), voucher.clone());
            assert!(
                first.is_none_or(|first| first == voucher),
                "one payer twice: {receipt:?}"
            );
        }
    }
    for reserved in &receipt.reservations {
        assert!(reserved.amount >= Fen::ZERO);
        let claim = Some(reserved.claim_number.to_string());
        let first = live.insert((reserved.payer, reserved.fund_kind), claim.clone());
        assert!(
            first.is_none_or(|first| first == claim),
            "one payer twice: {receipt:?}"
        );
    }
    // Money that a bank paid late is out, and all of it must come back.
    let live = live.len();
    if receipt.reversed_by.is_some() || receipt.reverses.is_some() {
        assert!(live == 0, "reimbursed and reversed: {receipt:?}");
    }
    if receipt.paper().is_some() {
        assert!(live == 0, "reimbursed and on paper: {receipt:?}");
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
