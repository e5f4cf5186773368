//! The tables of alerts.

use std::sync::Arc;

use super::{
    errors::AlertError,
    record::{Alert, AlertId, Scope},
};
use crate::{
    action::ActionContext,
    malformed::{Malformed, fixed},
    rejection::Stop,
    state::Table,
    storage::{Key, KeyBytes, Record, Records},
    types::{BeijingDate, BlockTime, OrganisationId, ReceiptKind},
};

/// Alerts by number.
pub const ALERTS: Records<AlertId, Alert> = Records::new(Table::Alerts);

/// The open alerts, by number and by matter.
pub const OPEN_ALERTS: Records<OpenKey, AlertId> = Records::new(Table::OpenAlerts);

/// The counters of supervision.
pub const SUPERVISION_COUNTERS: Records<SupervisionCounterKey, SupervisionCounter> =
    Records::new(Table::SupervisionCounters);

/// The alert that an action names, to be changed.
pub(super) fn read(ctx: &mut ActionContext<'_, '_>, alert: AlertId) -> Result<Alert, Stop> {
    let found = ctx.overlay.get(ALERTS, &alert)?;
    let found = found.ok_or(AlertError::UnknownAlert { alert })?;
    Ok(Arc::unwrap_or_clone(found))
}

impl Key for AlertId {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[&self.get().to_be_bytes()])
    }
}

/// The number, u64 big-endian.
impl Record for AlertId {
    fn encode(&self) -> Vec<u8> {
        self.get().to_be_bytes().to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        Self::parse("alert", u64::from_be_bytes(fixed("alert", bytes)?))
    }
}

/// The matter of an alert: kind, subject and scope. There is one open alert for each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Matter {
    /// The number of the kind.
    pub kind: u32,
    /// The organisation that it is about.
    pub subject: OrganisationId,
    /// The scope by which findings are counted.
    pub scope: Scope,
}

impl Alert {
    /// Returns the matter of the alert. Only one alert with this matter is open at a time.
    pub fn matter(&self) -> Matter {
        Matter {
            kind: self.kind.number,
            subject: self.subject,
            scope: self.scope.clone(),
        }
    }
}

/// A key of the open alerts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OpenKey {
    /// 0 ‖ number (u64 big-endian): to page through them.
    Alert(AlertId),
    /// 1 ‖ kind (u32) ‖ subject (18) ‖ (1 ‖ hour (u64), or 2 ‖ date (u32), 3 ‖ receipt (18), or 4 ‖
    /// region (6) ‖ date (u32)).
    Matter(Matter),
}

impl Key for OpenKey {
    fn bytes(&self) -> KeyBytes {
        match self {
            Self::Alert(alert) => KeyBytes::of(&[&[0], &alert.get().to_be_bytes()]),
            Self::Matter(matter) => {
                let (kind, subject) = (matter.kind.to_be_bytes(), matter.subject.as_bytes());
                let with =
                    |scope: u8, of: &[u8]| KeyBytes::of(&[&[1], &kind, &subject[..], &[scope], of]);
                match &matter.scope {
                    Scope::Hour(hour) => with(1, &hour.to_be_bytes()),
                    Scope::Date(date) => with(2, &date.get().to_be_bytes()),
                    Scope::Receipt(receipt) => with(3, &receipt.key()),
                    Scope::RegionDay(region, day) => {
                        let region = region.as_str().as_bytes();
                        with(4, &[region, &day.get().to_be_bytes()].concat())
                    }
                }
            }
        }
    }
}

/// A key of a counter of supervision.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SupervisionCounterKey {
    /// 1 ‖ issuer (18).
    Issuer(OrganisationId),
    /// 2 ‖ the kind's 4 digits.
    Kind(ReceiptKind),
}

impl Key for SupervisionCounterKey {
    fn bytes(&self) -> KeyBytes {
        match self {
            Self::Issuer(issuer) => KeyBytes::of(&[&[1], issuer.as_bytes()]),
            Self::Kind(kind) => KeyBytes::of(&[&[2], kind.as_bytes()]),
        }
    }
}

/// A counter of supervision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SupervisionCounter {
    /// The counter of an issuer.
    Issuer(IssuerCounter),
    /// The counter of a kind of receipt.
    Amounts(AmountMean),
}

const MS_PER_HOUR: u64 = 3_600_000;

/// Unix time in whole hours. Hours in Beijing begin at the same moments.
pub(super) const fn hour_of(time: BlockTime) -> u64 {
    time.as_ms() / MS_PER_HOUR
}

/// When an hour begins.
pub(super) const fn begin_of(hour: u64) -> BlockTime {
    BlockTime::from_ms(hour.saturating_mul(MS_PER_HOUR))
}

/// An issuer's counts of one hour and one day. Those of the next hour or day replace them and begin at 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IssuerCounter {
    /// Unix time in whole hours.
    pub hour: u64,
    /// Receipts issued in that hour, without reversals.
    pub hour_issued: u64,
    /// The day, in Beijing.
    pub date: BeijingDate,
    /// Receipts issued on that day, without reversals.
    pub date_issued: u64,
    /// Receipts reversed on that day.
    pub date_reversed: u64,
}

impl IssuerCounter {
    /// Counts of 0 for the hour and the day of `time`.
    pub(super) fn beginning(time: BlockTime) -> Self {
        Self {
            hour: hour_of(time),
            hour_issued: 0,
            date: BeijingDate::at(time),
            date_issued: 0,
            date_reversed: 0,
        }
    }

    /// Returns the counts at `time`: those of a past hour or day are 0.
    pub(super) fn at(self, time: BlockTime) -> Self {
        let now = Self::beginning(time);
        let today = if self.date == now.date { self } else { now };
        Self {
            hour: now.hour,
            hour_issued: if self.hour == now.hour {
                self.hour_issued
            } else {
                0
            },
            ..today
        }
    }

    /// Notes that `receipts` were issued.
    pub(super) const fn issue(&mut self, receipts: u64) {
        self.hour_issued = self.hour_issued.saturating_add(receipts);
        self.date_issued = self.date_issued.saturating_add(receipts);
    }

    /// Notes that a receipt was reversed.
    pub(super) const fn reverse(&mut self) {
        self.date_reversed = self.date_reversed.saturating_add(1);
    }

    /// Whether more than `share` in 10,000 of a day's receipts were reversed.
    pub(super) fn reversed_above(&self, share: u64) -> bool {
        let parts = u128::from(self.date_reversed).saturating_mul(10_000);
        parts > u128::from(self.date_issued).saturating_mul(u128::from(share))
    }
}

/// The running mean of the totals of a kind of receipt, as an exact fraction.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AmountMean {
    /// The number of receipts.
    pub count: u64,
    /// Their sum, in fen.
    pub sum_fen: u64,
}

impl AmountMean {
    /// The largest amount that counts: 100 billion yuan. A larger one counts as this, so that the sum cannot overflow.
    const AMOUNT_FEN_MAX: u64 = 10_000_000_000_000;
    /// At this number of receipts both count and sum are halved, rounded down, so that newer receipts weigh more.
    const RECEIPTS_MAX: u64 = 1 << 20;

    /// Adds a receipt to the mean, unless its total is 0.
    pub(super) const fn add(&mut self, fen: u64) {
        if fen == 0 {
            return;
        }
        let fen = if fen > Self::AMOUNT_FEN_MAX {
            Self::AMOUNT_FEN_MAX
        } else {
            fen
        };
        self.count = self.count.saturating_add(1);
        self.sum_fen = self.sum_fen.saturating_add(fen);
        if self.count >= Self::RECEIPTS_MAX {
            self.count /= 2;
            self.sum_fen /= 2;
        }
    }

    /// Whether an amount is more than `factor` times the mean of at least one receipt.
    pub(super) fn exceeded_by(&self, fen: u64, factor: u64) -> bool {
        // At most 2^20 receipts and 2^64 fen; a factor of at most a million.
        let amount = u128::from(fen).saturating_mul(u128::from(self.count));
        amount > u128::from(self.sum_fen).saturating_mul(u128::from(factor))
    }

    /// The mean, rounded down to a fen.
    pub const fn mean_fen(&self) -> u64 {
        match self.sum_fen.checked_div(self.count) {
            Some(mean) => mean,
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_stays_and_newer_receipts_weigh_more_when_it_is_halved() {
        let mut mean = AmountMean::default();
        mean.add(0);
        assert_eq!(mean, AmountMean::default());
        for _ in 1..AmountMean::RECEIPTS_MAX {
            mean.add(300);
        }
        assert_eq!(mean.count, AmountMean::RECEIPTS_MAX - 1);
        mean.add(300);
        assert_eq!((mean.count, mean.mean_fen()), (1 << 19, 300));
    }

    #[test]
    fn the_largest_amounts_fit_the_sum() {
        let full = AmountMean::RECEIPTS_MAX.checked_mul(AmountMean::AMOUNT_FEN_MAX);
        assert!(full.is_some());
        let mut mean = AmountMean::default();
        mean.add(u64::MAX);
        assert_eq!(mean.mean_fen(), AmountMean::AMOUNT_FEN_MAX);
    }

    #[test]
    fn an_amount_is_held_against_the_mean_without_rounding() {
        let mut mean = AmountMean::default();
        for fen in [100, 100, 101] {
            mean.add(fen);
        }
        // Ten times 301/3 is 1,003 and a third.
        assert!(!mean.exceeded_by(1_003, 10));
        assert!(mean.exceeded_by(1_004, 10));
    }

    #[test]
    fn counters_of_a_past_hour_or_day_begin_again() {
        // 23:59:59.999 in Beijing.
        let late = BlockTime::from_ms(1_795_190_399_999);
        let mut counter = IssuerCounter::beginning(late);
        counter.issue(5);
        counter.reverse();
        assert_eq!(counter.at(late), counter);
        let midnight = late.after_ms(1);
        assert_eq!(counter.at(midnight), IssuerCounter::beginning(midnight));
        let one = midnight.after_ms(MS_PER_HOUR);
        let mut counter = IssuerCounter::beginning(midnight);
        counter.issue(5);
        assert_eq!(
            (counter.at(one).hour_issued, counter.at(one).date_issued),
            (0, 5)
        );
    }

    #[test]
    fn a_share_is_exceeded_above_it_alone() {
        let mut counter = IssuerCounter::beginning(BlockTime::from_ms(0));
        counter.issue(100);
        for _ in 0..10 {
            counter.reverse();
        }
        assert!(!counter.reversed_above(1_000));
        counter.reverse();
        assert!(counter.reversed_above(1_000));
    }
}
