//! The hashes on the ledger that the attachments of an executed transaction must match.
//!
//! ```text
//!   request   items   [hash a] [none] [hash b] [hash a]
//!   outcome   items      ✓       ✓       ✗        ✓       ─► a
//! ```
//!
//! The ledger carries only the hash. The rules do not depend on who holds the bytes.

use std::collections::BTreeSet;

use piaolian_proto::v1 as proto;

use crate::{chain::Hash, transaction::Action};

/// Returns the hashes of the attachments that the accepted items of a transaction name, each once, in the order of the
/// request. `outcome` is the outcome of `action`.
pub fn attached(action: &Action, outcome: &proto::Outcome) -> Vec<Hash> {
    if outcome.code != 0 {
        return Vec::new();
    }
    let named = action.handler().attachments();
    let accepted = named
        .into_iter()
        .zip(&outcome.items)
        .filter(|(_, item)| item.code == 0);
    let mut seen = BTreeSet::new();
    accepted
        .filter_map(|(hash, _)| hash)
        .filter(|hash| seen.insert(*hash))
        .collect()
}
