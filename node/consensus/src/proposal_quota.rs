//! Limits the different blocks that a proposer may announce for one round.

use std::collections::{BTreeMap, BTreeSet};

use piaolian_contracts::chain::{Hash, Height};
use piaolian_ledger::Announcement;

/// Different blocks of one round that are validated: as many as the engine keeps.
const BLOCKS_PER_ROUND_MAX: usize = 2;

/// The announced blocks of each height and round. Blocks may arrive before the engine begins their height, so each
/// counts for the height that it announces, not for the engine's current one.
#[derive(Debug, Default)]
pub(super) struct ProposalQuota(BTreeMap<(Height, u32), BTreeSet<Hash>>);

impl ProposalQuota {
    /// Counts a block. Returns whether it is within its round's quota; a block that was counted before always is.
    pub(super) fn admit(&mut self, announcement: &Announcement) -> bool {
        let round = (announcement.height, announcement.round);
        let blocks = self.0.entry(round).or_default();
        let has_room = blocks.len() < BLOCKS_PER_ROUND_MAX;
        if has_room {
            blocks.insert(announcement.block_hash);
        }
        has_room || blocks.contains(&announcement.block_hash)
    }

    /// Forgets the announcements of heights below `height`.
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
    fn a_round_has_few_blocks_and_repetitions_do_not_count() {
        let mut quota = ProposalQuota::default();
        assert!(quota.admit(&announcement(7, 0, 1)));
        assert!(quota.admit(&announcement(7, 0, 2)));
        assert!(!quota.admit(&announcement(7, 0, 3)));
        assert!(quota.admit(&announcement(7, 0, 1)));
        assert!(quota.admit(&announcement(7, 1, 3)));
        assert!(!quota.admit(&announcement(7, 0, 3)));
    }

    #[test]
    fn early_blocks_count_for_their_own_height() {
        let mut quota = ProposalQuota::default();
        for block in [1, 2] {
            assert!(quota.admit(&announcement(7, 0, block)));
        }
        // The engine is still at height 7.
        for block in [3, 4] {
            assert!(quota.admit(&announcement(8, 0, block)));
        }
        quota.forget_below(Height::new(8));
        assert!(!quota.admit(&announcement(8, 0, 5)));
        assert_eq!(quota.0.len(), 1);
    }
}
