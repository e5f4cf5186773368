//! Cache of executed blocks, kept until one of them is committed.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use piaolian_contracts::chain::{Hash, Header};
use piaolian_proto::v1;

use super::Validity;
use crate::store::StateUpdate;

/// Executed blocks of one height in memory: one for each round, and rounds are few.
const EXECUTIONS_MAX: usize = 8;

/// Result of executing a block.
pub(super) struct Execution {
    pub(super) header: Header,
    pub(super) block: Bytes,
    /// Ids of the transactions, in order.
    pub(super) transactions: Vec<Hash>,
    /// Their outcomes, in the same order.
    pub(super) outcomes: Vec<v1::Outcome>,
    pub(super) state: StateUpdate,
}

/// Executed blocks and the validity of known blocks at the height above the tip, by block hash.
#[derive(Default)]
pub(super) struct Executions {
    height: u64,
    /// Oldest first.
    valid: VecDeque<(Hash, Execution)>,
    validities: BTreeMap<Hash, Validity>,
}

impl Executions {
    pub(super) fn insert(&mut self, hash: Hash, execution: Execution) {
        self.begin(execution.header.height.get());
        if self.valid.len() >= EXECUTIONS_MAX {
            self.valid.pop_front(); // if it is decided after all, it is executed again
        }
        self.valid.push_back((hash, execution));
        self.validities.insert(hash, Validity::Valid);
    }

    pub(super) fn note_invalid(&mut self, height: u64, hash: Hash, reason: String) {
        self.begin(height);
        self.validities.insert(hash, Validity::Invalid(reason));
    }

    pub(super) fn validity(&self, hash: &Hash) -> Option<Validity> {
        self.validities.get(hash).cloned()
    }

    pub(super) fn take(&mut self, hash: &Hash) -> Option<Execution> {
        let place = self.valid.iter().position(|(known, _)| known == hash)?;
        self.valid.remove(place).map(|(_, execution)| execution)
    }

    pub(super) fn clear(&mut self) {
        self.valid.clear();
        self.validities.clear();
    }

    fn begin(&mut self, height: u64) {
        if self.height != height {
            self.clear();
            self.height = height;
        }
    }
}
