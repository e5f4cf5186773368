//! Queries on one version of the state, beyond a record by its key.
//!
//! Pages descend: the newest notice first, the greatest bank and reference first. The
//! last row of a page begins the next one.

use super::{
    day::{Allocation, FACT_BANKS_MAX, Mismatch, ReconciliationDay},
    record::Notice,
    schema::{ALLOCATIONS, MISMATCHES, NOTICE_LISTS, NOTICES, PAYMENT_CODES, RECONCILIATION_DAYS},
    table_keys::{AllocationKey, BankPayment, MismatchKey, NoticeListKey, day_prefix},
};
use crate::{
    state::{Fault, StateReader},
    storage::{Key, predecessor},
    types::{BeijingDate, DecisionNumber, OrganisationId, PaymentCode, Region},
};

/// The notice that a payment code is linked to.
///
/// # Errors
/// When the store cannot be read.
pub fn notice_by_payment_code(
    state: &dyn StateReader,
    code: &PaymentCode,
) -> Result<Option<Notice>, Fault> {
    match PAYMENT_CODES.get(state, code)? {
        Some(decision_number) => NOTICES.get(state, &decision_number),
        None => Ok(None),
    }
}

/// The start of a page of an agency's notices.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoticesFrom {
    /// At the newest notice.
    Newest,
    /// At the last notice created on this date or before.
    Date(BeijingDate),
    /// After this one, the last of the page before.
    After(BeijingDate, DecisionNumber),
}

/// An agency's notices, newest date first, at most `limit` of them.
///
/// # Errors
/// When the store cannot be read.
pub fn notices_of(
    state: &dyn StateReader,
    agency: OrganisationId,
    from: &NoticesFrom,
    limit: usize,
) -> Result<Vec<Notice>, Fault> {
    let end = [u8::MAX; DecisionNumber::BYTES_MAX];
    let to_date = |date: [u8; 4]| Some([&agency.as_bytes()[..], &date, &end].concat());
    let from = match from {
        NoticesFrom::Newest => to_date([u8::MAX; 4]),
        NoticesFrom::Date(date) => to_date(date.get().to_be_bytes()),
        NoticesFrom::After(date, decision_number) => predecessor(
            &NoticeListKey {
                agency,
                date: *date,
                decision_number: decision_number.clone(),
            }
            .bytes(),
        ),
    };
    let Some(from) = from else {
        return Ok(Vec::new());
    };
    let listed = NOTICE_LISTS.descend(state, agency.as_bytes(), from, limit)?;
    let notices = listed.iter().map(|number| NOTICES.get(state, number));
    notices.filter_map(Result::transpose).collect()
}

/// A region's day, by bank, at most [`FACT_BANKS_MAX`].
///
/// # Errors
/// When the store cannot be read.
pub fn reconciliation(
    state: &dyn StateReader,
    region: &Region,
    day: BeijingDate,
) -> Result<Vec<ReconciliationDay>, Fault> {
    let prefix = day_prefix(region, day);
    let from = [&prefix[..], &[u8::MAX; OrganisationId::BYTES]].concat();
    RECONCILIATION_DAYS.descend(state, &prefix, from, FACT_BANKS_MAX)
}

/// Returns at most `limit` mismatches of a region's day, from the one after `after` if that is given. A closed day
/// lists the mismatches that it had when it was closed; the record of an entry has its present state.
///
/// # Errors
/// When the store cannot be read.
pub fn mismatches(
    state: &dyn StateReader,
    region: &Region,
    day: BeijingDate,
    after: Option<&BankPayment>,
    limit: usize,
) -> Result<Vec<Mismatch>, Fault> {
    let prefix = day_prefix(region, day);
    let from = match after {
        None => Some(upper_end(&prefix, MismatchKey::BYTES)),
        Some(payment) => predecessor(
            &MismatchKey {
                region: region.clone(),
                day,
                payment: payment.clone(),
            }
            .bytes(),
        ),
    };
    match from {
        Some(from) => MISMATCHES.descend(state, &prefix, from, limit),
        None => Ok(Vec::new()),
    }
}

/// Returns at most `limit` allocations of a region's day, by agency and bank, from the one after `after` if that is
/// given.
///
/// # Errors
/// When the store cannot be read.
pub fn allocations(
    state: &dyn StateReader,
    region: &Region,
    day: BeijingDate,
    after: Option<&AllocationKey>,
    limit: usize,
) -> Result<Vec<Allocation>, Fault> {
    let prefix = day_prefix(region, day);
    let from = match after {
        None => Some(upper_end(&prefix, AllocationKey::BYTES)),
        Some(key) => predecessor(&key.bytes()),
    };
    match from {
        Some(from) => ALLOCATIONS.descend(state, &prefix, from, limit),
        None => Ok(Vec::new()),
    }
}

/// Above every key of `length` bytes that begins with `prefix`.
fn upper_end(prefix: &[u8], length: usize) -> Vec<u8> {
    let mut end = prefix.to_vec();
    end.resize(length, u8::MAX);
    end
}
