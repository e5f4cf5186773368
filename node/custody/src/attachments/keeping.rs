//! What is kept of the attachments of all members, and how long.

/// A day of the ledger, in ms: by block time, from midnight UTC.
pub(super) const DAY_MS: u64 = 86_400_000;

/// What a node keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// How long attachments are kept.
    pub retention: Retention,
    /// Bytes that are fetched by themselves of what one member named on one day. The answer
    /// that reaches it is kept whole.
    pub member_bytes_a_day: u64,
}

impl Keeping {
    /// 4 GiB: eight times what a hospital names on a day that issues 100,000 receipts with
    /// 5 KiB of encrypted details each.
    pub const MEMBER_BYTES_A_DAY: u64 = 4 << 30;
}

impl From<Retention> for Keeping {
    fn from(retention: Retention) -> Self {
        Self {
            retention,
            member_bytes_a_day: Self::MEMBER_BYTES_A_DAY,
        }
    }
}

/// How long attachments are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Retention {
    /// As long as the node runs.
    #[default]
    ForEver,
    /// This many days from when they were named, or fetched again.
    Days(u32),
}

impl Retention {
    /// What was kept before this is past its age, Unix ms.
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
    fn a_retention_of_days_begins_so_many_days_ago() {
        let now = 100 * DAY_MS;
        assert_eq!(Retention::ForEver.begins_ms(now), 0);
        assert_eq!(Retention::Days(30).begins_ms(now), 70 * DAY_MS);
        assert_eq!(Retention::Days(200).begins_ms(now), 0);
    }
}
