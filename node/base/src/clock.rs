//! The clock of this machine, in the ledger's unit.

use std::time::{SystemTime, UNIX_EPOCH};

use piaolian_contracts::types::BlockTime;

/// Returns the current time, Unix milliseconds. A clock before 1970 counts as 1970.
pub fn now() -> BlockTime {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    BlockTime::from_ms(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
