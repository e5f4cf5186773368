//! Posting an entry when a side arrives: it updates days, allocations and the list of mismatches.
//!
//! ```text
//!   counted before   in an open day     taken back there
//!                    in a closed day    stays there, noted as resolved where it went
//!   counted after    added to its day; one that is matched is allocated
//! ```

use std::sync::Arc;

use super::{
    day::{Allocation, BANKS_MAX, FACT_BANKS_MAX, Mismatch, ReconciliationDay},
    entry::{BankEntry, Class, CountedAs},
    errors::PaymentError,
    schema::{ALLOCATIONS, BANK_ENTRIES, MISMATCHES, RECONCILIATION_DAYS, REGION_CLOSINGS},
    table_keys::{AllocationKey, BankPayment, MismatchKey, RegionDay, day_prefix},
};
use crate::{
    rejection::Stop,
    state::Fault,
    storage::Overlay,
    types::{BeijingDate, OrganisationId, Region},
};

/// The room of a day for one more bank.
#[derive(Clone, Copy)]
pub(super) enum Room {
    /// A line or a report of a payment may be refused for want of room.
    OfRequests,
    /// A payout or a return is a fact, so room is kept for it.
    OfFacts,
}

impl Room {
    const fn banks_max(self) -> usize {
        match self {
            Self::OfRequests => BANKS_MAX,
            Self::OfFacts => FACT_BANKS_MAX,
        }
    }
}

/// Returns the entry of a movement, or a new one without a side.
pub(super) fn entry(
    overlay: &mut Overlay<'_>,
    payment: &BankPayment,
) -> Result<Arc<BankEntry>, Fault> {
    let entry = overlay.get(BANK_ENTRIES, payment)?;
    let new = || Arc::new(BankEntry::new(payment.bank, payment.reference.clone()));
    Ok(entry.unwrap_or_else(new))
}

/// Returns the day in which a side with this accounting day counts: that day, or the region's first open day.
pub(super) fn posted_day(
    overlay: &mut Overlay<'_>,
    region: &Region,
    account_day: BeijingDate,
) -> Result<BeijingDate, Fault> {
    let closed = overlay.get(REGION_CLOSINGS, region)?;
    Ok(closed.map_or(account_day, |closed| {
        account_day.max(closed.closed_through.next())
    }))
}

/// Writes an entry to which a side was added, and updates everything that depends on it.
pub(super) fn post(
    overlay: &mut Overlay<'_>,
    before: &BankEntry,
    after: BankEntry,
    room: Room,
) -> Result<(), Stop> {
    let (was, is) = (before.counted_as(), after.counted_as());
    // A side adds one day and class, which replace another one or none.
    let gone = was.iter().find(|gone| !is.contains(gone));
    let (closed, open) = match gone {
        Some(gone) if is_closed(overlay, gone)? => (Some(gone), None),
        open => (None, open),
    };
    if let Some(gone) = open {
        take_back(overlay, &after, gone)?;
    }
    for come in is.iter().filter(|come| !was.contains(come)) {
        count(overlay, &after, come, room)?;
        if let Some(gone) = closed {
            update_day(overlay, after.bank, come, room, |day| day.resolve(gone))?;
        }
    }
    let payment = BankPayment {
        bank: after.bank,
        reference: after.bank_reference.clone(),
    };
    overlay.entry(BANK_ENTRIES, &payment)?.set(after);
    Ok(())
}

fn is_closed(overlay: &mut Overlay<'_>, counted: &CountedAs) -> Result<bool, Fault> {
    let closed = overlay.get(REGION_CLOSINGS, &counted.region)?;
    Ok(closed.is_some_and(|closed| counted.day <= closed.closed_through))
}

/// Removes an entry from the open day in which it counted.
fn take_back(overlay: &mut Overlay<'_>, entry: &BankEntry, gone: &CountedAs) -> Result<(), Stop> {
    let mismatch = overlay.entry(MISMATCHES, &mismatch_key(entry, gone))?;
    mismatch.remove()?;
    // The day has a record of this bank, so it needs no room.
    update_day(overlay, entry.bank, gone, Room::OfRequests, |day| {
        day.remove(gone);
        Some(())
    })
}

/// Counts an entry in its new day and class.
fn count(
    overlay: &mut Overlay<'_>,
    entry: &BankEntry,
    come: &CountedAs,
    room: Room,
) -> Result<(), Stop> {
    update_day(overlay, entry.bank, come, room, |day| day.add(come))?;
    match come.class {
        Class::Matched => match &entry.reported {
            Some(reported) => allocate(overlay, reported.agency, entry.bank, come),
            // A payout or a return: the bank holds nothing for an agency.
            None => Ok(()),
        },
        class @ (Class::StatedOnly | Class::ReportedOnly | Class::AmountDiffers) => {
            let mismatch = Mismatch {
                class,
                bank: entry.bank,
                bank_reference: entry.bank_reference.clone(),
            };
            overlay.insert_new(MISMATCHES, &mismatch_key(entry, come), mismatch)?;
            Ok(())
        }
    }
}

fn mismatch_key(entry: &BankEntry, counted: &CountedAs) -> MismatchKey {
    MismatchKey {
        region: counted.region.clone(),
        day: counted.day,
        payment: BankPayment {
            bank: entry.bank,
            reference: entry.bank_reference.clone(),
        },
    }
}

fn update_day(
    overlay: &mut Overlay<'_>,
    bank: OrganisationId,
    counted: &CountedAs,
    room: Room,
    update: impl FnOnce(&mut ReconciliationDay) -> Option<()>,
) -> Result<(), Stop> {
    let key = RegionDay {
        region: counted.region.clone(),
        day: counted.day,
        bank,
    };
    let mut day = match overlay.get(RECONCILIATION_DAYS, &key)? {
        Some(day) => Arc::unwrap_or_clone(day),
        None => first_of_bank(overlay, &key, room)?,
    };
    update(&mut day).ok_or_else(|| too_large(bank, counted))?;
    // A bank without entries in the day has no record there.
    let entry = overlay.entry(RECONCILIATION_DAYS, &key)?;
    if day.has_entries() {
        entry.set(day);
    } else {
        entry.remove()?;
    }
    Ok(())
}

/// Begins the record of a bank that has no entries in the day yet; refuses one bank too many.
fn first_of_bank(
    overlay: &Overlay<'_>,
    key: &RegionDay,
    room: Room,
) -> Result<ReconciliationDay, Stop> {
    let (region, day) = (key.region.clone(), key.day);
    let banks_max = room.banks_max();
    if banks(overlay, &region, day)?.len() >= banks_max {
        return Err(PaymentError::TooManyBanks {
            region,
            day,
            banks_max,
        }
        .into());
    }
    Ok(ReconciliationDay::new(region, day, key.bank))
}

/// A region's day with each of its banks, at most [`FACT_BANKS_MAX`].
pub(crate) fn banks(
    overlay: &Overlay<'_>,
    region: &Region,
    day: BeijingDate,
) -> Result<Vec<Arc<ReconciliationDay>>, Fault> {
    let end = [u8::MAX; OrganisationId::BYTES];
    let from = [&day_prefix(region, day)[..], &end].concat();
    overlay.descend(RECONCILIATION_DAYS, &from, FACT_BANKS_MAX, |found| {
        found.region == *region && found.day == day
    })
}

/// The key of a record.
pub(super) fn key_of(day: &ReconciliationDay) -> RegionDay {
    RegionDay {
        region: day.region.clone(),
        day: day.day,
        bank: day.bank,
    }
}

/// Adds a matched payment to the amount that the bank holds for the agency.
fn allocate(
    overlay: &mut Overlay<'_>,
    agency: OrganisationId,
    bank: OrganisationId,
    matched: &CountedAs,
) -> Result<(), Stop> {
    let (region, day) = (matched.region.clone(), matched.day);
    let key = AllocationKey {
        region,
        day,
        agency,
        bank,
    };
    let held = overlay.get(ALLOCATIONS, &key)?;
    let mut held = held.map_or_else(|| Allocation::new(&key), Arc::unwrap_or_clone);
    let added = held.matched.add(matched.reported);
    added.ok_or_else(|| too_large(bank, matched))?;
    overlay.entry(ALLOCATIONS, &key)?.set(held);
    Ok(())
}

fn too_large(bank: OrganisationId, counted: &CountedAs) -> PaymentError {
    PaymentError::DaySumTooLarge {
        region: counted.region.clone(),
        day: counted.day,
        bank,
    }
}
