//! The share of one receipt in its totals.

use super::record::{Sum, TotalsClass};
use crate::{receipts::record::Receipt, types::Fen};

/// The share of one receipt in its totals.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Share {
    pub(super) class: TotalsClass,
    pub(super) total: Fen,
    pub(super) delivered: bool,
    pub(super) audited: bool,
    pub(super) archived: bool,
    pub(super) bookings: Sum,
    pub(super) reservations: Sum,
}

impl Share {
    pub(super) fn of(receipt: &Receipt) -> Self {
        Self {
            class: TotalsClass::of(receipt),
            total: receipt.total,
            delivered: receipt.delivery.is_some(),
            audited: receipt.use_audit.is_some(),
            archived: !receipt.archives.is_empty(),
            bookings: Sum {
                count: count(receipt.live_bookings()),
                sum: receipt.booked(),
            },
            reservations: Sum {
                count: count(receipt.pending()),
                sum: receipt.reserved(),
            },
        }
    }
}

fn count<T>(items: impl Iterator<Item = T>) -> u64 {
    u64::try_from(items.count()).expect("a record holds few of each")
}
