//! Bounds on stored attachments: age, and bytes of one member and day.

/// A day of the ledger, ms: by block time, from midnight UTC.
pub(super) const DAY_MS: u64 = 86_400_000;

/// The attachments that a node stores.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageLimits {
    /// Age at which attachments are pruned.
    pub retention: Retention,
    /// Bytes that the fetcher takes of the attachments that one member named on one day. The answer with which the sum
    /// reaches the bound is still stored as a whole.
    pub member_bytes_a_day: u64,
}

impl StorageLimits {
    /// 4 GiB: eight times the need of a hospital that issues 100,000 receipts a day with 5 KiB of encrypted details
    /// each.
    pub const MEMBER_BYTES_A_DAY: u64 = 4 << 30;
}

impl From<Retention> for StorageLimits {
    fn from(retention: Retention) -> Self {
        Self {
            retention,
            member_bytes_a_day: Self::MEMBER_BYTES_A_DAY,
        }
    }
}

/// Age at which attachments are pruned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Retention {
    /// Never.
    #[default]
    ForEver,
    /// This many days after they were named, or fetched again.
    Days(u32),
}

impl Retention {
    /// Returns the time before which attachments are past their age, Unix ms.
    pub(super) fn begins_ms(self, now_ms: u64) -> u64 {
        match self {
            Self::ForEver => 0,
            Self::Days(days) => now_ms.saturating_sub(u64::from(days) * DAY_MS),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retention_begins_that_many_days_ago() {
        let now = 100 * DAY_MS;
        assert_eq!(Retention::ForEver.begins_ms(now), 0);
        assert_eq!(Retention::Days(30).begins_ms(now), 70 * DAY_MS);
        assert_eq!(Retention::Days(200).begins_ms(now), 0);
    }
}
