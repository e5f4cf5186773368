//! Executed blocks, kept until one of them is committed.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use piaolian_contracts::chain::{Hash, Header};
use piaolian_proto::v1;

use super::Verdict;
use crate::store::StateUpdate;

/// Blocks of one height that a node may hold executed: one a round, and rounds are few.
const EXECUTIONS_MAX: usize = 8;

/// What executing a block gave.
pub(super) struct Execution {
    pub(super) header: Header,
    pub(super) block: Bytes,
    /// Ids, in order.
    pub(super) transactions: Vec<Hash>,
    /// In the same order.
    pub(super) outcomes: Vec<v1::Outcome>,
    pub(super) state: StateUpdate,
}

/// Executed blocks and verdicts of the height above the tip, by block hash.
#[derive(Default)]
pub(super) struct Executions {
    height: u64,
    /// Oldest first.
    valid: VecDeque<(Hash, Execution)>,
    verdicts: BTreeMap<Hash, Verdict>,
}

impl Executions {
    pub(super) fn insert(&mut self, hash: Hash, execution: Execution) {
        self.begin(execution.header.height.get());
        if self.valid.len() >= EXECUTIONS_MAX {
            self.valid.pop_front(); // executed again from its stored body, should it be decided
        }
        self.valid.push_back((hash, execution));
        self.verdicts.insert(hash, Verdict::Valid);
    }

    pub(super) fn refuse(&mut self, height: u64, hash: Hash, reason: String) {
        self.begin(height);
        self.verdicts.insert(hash, Verdict::Invalid(reason));
    }

    pub(super) fn verdict(&self, hash: &Hash) -> Option<Verdict> {
        self.verdicts.get(hash).cloned()
    }

    pub(super) fn take(&mut self, hash: &Hash) -> Option<Execution> {
        let place = self.valid.iter().position(|(known, _)| known == hash)?;
        self.valid.remove(place).map(|(_, execution)| execution)
    }

    pub(super) fn clear(&mut self) {
        self.valid.clear();
        self.verdicts.clear();
    }

    fn begin(&mut self, height: u64) {
        if self.height != height {
            self.clear();
            self.height = height;
        }
    }
}
