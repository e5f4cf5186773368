//! The different blocks that a proposer announced for each of its rounds.

use std::collections::{BTreeMap, BTreeSet};

use piaolian_contracts::chain::{Hash, Height};
use piaolian_ledger::Announcement;

/// Different blocks of one round that are judged: as many as the engine keeps.
const BLOCKS_PER_ROUND_MAX: usize = 2;

/// See the module. Blocks come before the engine begins their height, and are counted
/// with those that come after: the count goes by their own height, not by the engine's.
#[derive(Debug, Default)]
pub(super) struct Announced(BTreeMap<(Height, u32), BTreeSet<Hash>>);

impl Announced {
    /// Whether a block is one of the few of its round, and counts it if so.
    pub(super) fn admit(&mut self, announcement: &Announcement) -> bool {
        let round = (announcement.height, announcement.round);
        let blocks = self.0.entry(round).or_default();
        let few = blocks.len() < BLOCKS_PER_ROUND_MAX;
        if few {
            blocks.insert(announcement.block_hash);
        }
        few || blocks.contains(&announcement.block_hash)
    }

    /// Forgets what was announced for heights below `height`.
    pub(super) fn forget_below(&mut self, height: Height) {
        self.0 = self.0.split_off(&(height, 0));
    }
}

#[cfg(test)]
mod tests {
    use piaolian_contracts::chain::Address;

    use super::*;

    fn announcement(height: u64, round: u32, block: u8) -> Announcement {
        Announcement {
            height: Height::new(height),
            round,
            proposer: Address::new([1; 20]),
            block_bytes: 1,
            block_hash: Hash::new([block; 32]),
        }
    }

    #[test]
    fn a_round_has_few_blocks_and_each_as_often_as_it_comes() {
        let mut announced = Announced::default();
        assert!(announced.admit(&announcement(7, 0, 1)));
        assert!(announced.admit(&announcement(7, 0, 2)));
        assert!(!announced.admit(&announcement(7, 0, 3)));
        assert!(announced.admit(&announcement(7, 0, 1)));
        assert!(announced.admit(&announcement(7, 1, 3)));
        assert!(!announced.admit(&announcement(7, 0, 3)));
    }

    #[test]
    fn blocks_count_for_their_own_height_however_early_they_come() {
        let mut announced = Announced::default();
        for block in [1, 2] {
            assert!(announced.admit(&announcement(7, 0, block)));
        }
        // The engine is at 7 still.
        for block in [3, 4] {
            assert!(announced.admit(&announcement(8, 0, block)));
        }
        announced.forget_below(Height::new(8));
        assert!(!announced.admit(&announcement(8, 0, 5)));
        assert_eq!(announced.0.len(), 1);
    }
}
