//! Anchors of a member's access log.

use piaolian_contracts::chain::Hash;
use piaolian_proto::v1::{self as proto, transaction_body::Action};

use super::reimbursement::Ask;

/// The head of an access log with so many entries, as a story has it.
pub fn head(entries: u64) -> Hash {
    Hash::sha256(&[&entries.to_be_bytes()])
}

/// A member anchors its first access log with so many entries.
pub fn anchor(member: &str, entries: u64) -> Ask<proto::AnchorAccessLog> {
    Ask::new(member, Action::AnchorAccessLog, move |_| {
        proto::AnchorAccessLog {
            log: 1,
            entries,
            head: head(entries).into(),
        }
    })
}

impl Ask<proto::AnchorAccessLog> {
    pub fn of_log(self, log: u32) -> Self {
        self.with(move |anchor| anchor.log = log)
    }
}
