//! Targets on which a step in the life of a receipt can have an effect.

use piaolian_contracts::{
    number_ranges::Range, receipts::Receipt, state::Table, storage::Record, types::OrganisationId,
};

use super::{generators::pick, harness::Harness};
use crate::properties::steps::{PAYERS, RECEIPTS, Step, name};

/// Redirects a step to a receipt or range on which it can have an effect, if there is one.
pub fn choose_receipt(harness: &Harness, step: &Step, turn: usize) -> Step {
    let receipts = (0..RECEIPTS).map(|place| (place, harness.world.receipt(&name(place))));
    let receipts: Vec<(usize, Receipt)> = receipts.collect();
    let found = match step {
        Step::Reverse { .. } => free(harness, &receipts, |receipt| Step::Reverse { receipt }),
        Step::Reissue { total, .. } => {
            let total = *total;
            reissuable(harness, &receipts, |receipt| Step::Reissue {
                receipt,
                total,
            })
        }
        Step::Exchange { paper, .. } => {
            let paper = *paper;
            free(harness, &receipts, |receipt| Step::Exchange {
                receipt,
                paper,
            })
        }
        Step::ReturnPaper { .. } => on_paper(&receipts),
        Step::Unlock { .. } => locked(harness, &receipts),
        Step::Unbook { .. } => booked(harness, &receipts),
        Step::Recall { from, .. } => recallable(harness, *from),
        Step::Issue { .. }
        | Step::Lock { .. }
        | Step::Book { .. }
        | Step::Deliver { .. }
        | Step::Audit { .. }
        | Step::Archive { .. }
        | Step::Note { .. }
        | Step::Suspend { .. }
        | Step::Resume { .. }
        | Step::Grant { .. }
        | Step::SetFundRules { .. }
        | Step::Wait { .. } => Vec::new(),
    };
    pick(found, turn).unwrap_or_else(|| step.clone())
}

fn payer_of(harness: &Harness, id: OrganisationId) -> Option<usize> {
    PAYERS
        .iter()
        .position(|name| harness.world.member(name).id == id)
}

/// The receipts that are not locked, reserved, booked or on paper. Those with a reservation of 0 are among them, to be
/// refused.
fn free(
    harness: &Harness,
    receipts: &[(usize, Receipt)],
    step: impl Fn(usize) -> Step,
) -> Vec<Step> {
    let now = harness.world.next_moment().time;
    let is_free = |(place, receipt): &&(usize, Receipt)| {
        harness.slip(*place).is_unpaid() && receipt.live_lock(now).is_none()
    };
    receipts
        .iter()
        .filter(is_free)
        .map(|(place, _)| step(*place))
        .collect()
}

/// The receipts that are not locked, reserved or on paper, booked or not.
fn reissuable(
    harness: &Harness,
    receipts: &[(usize, Receipt)],
    step: impl Fn(usize) -> Step,
) -> Vec<Step> {
    let now = harness.world.next_moment().time;
    let can = |(place, receipt): &&(usize, Receipt)| {
        let slip = harness.slip(*place);
        slip.is_reissuable() && receipt.live_lock(now).is_none()
    };
    receipts
        .iter()
        .filter(can)
        .map(|(place, _)| step(*place))
        .collect()
}

fn on_paper(receipts: &[(usize, Receipt)]) -> Vec<Step> {
    let out = receipts.iter().filter_map(|(receipt, record)| {
        let paper = record.paper()?.number.to_string().parse().ok()?;
        Some((*receipt, paper))
    });
    out.map(|(receipt, paper)| Step::ReturnPaper { receipt, paper })
        .collect()
}

/// Locks that are no claim's.
fn locked(harness: &Harness, receipts: &[(usize, Receipt)]) -> Vec<Step> {
    let now = harness.world.next_moment().time;
    let by_hand = receipts.iter().filter_map(|(receipt, record)| {
        let lock = record.live_lock(now)?;
        let number = (lock.owner.to_string(), lock.claim_number.to_string());
        let payer = payer_of(harness, lock.owner)?;
        (!harness.books.claims.contains_key(&number)).then_some((*receipt, payer))
    });
    by_hand
        .map(|(receipt, payer)| Step::Unlock { receipt, payer })
        .collect()
}

fn booked(harness: &Harness, receipts: &[(usize, Receipt)]) -> Vec<Step> {
    let live = receipts
        .iter()
        .flat_map(|(receipt, record)| record.live_bookings().map(move |b| (*receipt, b)));
    let by_hand = live.filter_map(|(receipt, booking)| {
        let voucher = booking.voucher_number.as_str().strip_prefix('V')?;
        let (voucher, payer) = (voucher.parse().ok()?, payer_of(harness, booking.payer)?);
        Some(Step::Unbook {
            receipt,
            payer,
            voucher,
        })
    });
    by_hand.collect()
}

/// The end of a range from any of its numbers on, used or not; never of the issuers'
/// first ranges, so that numbers remain.
fn recallable(harness: &Harness, from: u64) -> Vec<Step> {
    let records = harness.world.state.table(Table::Ranges).into_values();
    let ranges = records.map(|record| Range::decode(&record).unwrap());
    let open = ranges.filter(|range| range.is_open() && range.first() < 100);
    let steps = open.map(|range| Step::Recall {
        first: range.first(),
        from: range.first() + from % (range.end() - range.first()),
    });
    steps.collect()
}
