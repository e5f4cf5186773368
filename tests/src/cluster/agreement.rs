//! Checks that all nodes have the same chain.
//!
//! ```text
//!   height  node 0      node 1      node 2      node 3
//!     41    hash, root  =           =           =        each transaction once
//!     42    hash, root  =           =           =
//! ```

use std::collections::HashMap;

use super::{Cluster, PATIENCE};
use crate::control::{Answer, BLOCKS_MAX, Block, Request};

/// Log texts that show that a validator signed twice or refused to.
const DOUBLE_SIGNING: [&str; 3] = ["signed two messages", "equivocation", "double sign"];

/// Blocks compared so far. It only grows, so that a decided block that changes later is found too.
#[derive(Debug, Default)]
pub struct Checked {
    blocks: Vec<Block>,
    places: HashMap<String, u64>,
}

impl Checked {
    /// Greatest height compared.
    pub fn height(&self) -> u64 {
        self.blocks.last().map_or(0, |block| block.height)
    }

    /// Number of transactions in the compared blocks.
    pub fn transactions(&self) -> usize {
        self.places.len()
    }

    /// The compared blocks, from height 1.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    fn take(&mut self, block: Block) {
        assert_eq!(block.height, self.height() + 1, "a gap in the chain");
        for id in &block.transactions {
            let earlier = self.places.insert(id.clone(), block.height);
            assert_eq!(earlier, None, "{id} was decided again at {}", block.height);
        }
        self.blocks.push(block);
    }
}

impl Cluster {
    /// Compares the chains of all running nodes and checks that no validator signed twice.
    ///
    /// # Panics
    /// When they differ or a validator signed twice.
    pub fn assert_one_chain(&mut self, checked: &mut Checked) {
        self.assert_same_blocks(checked);
        for place in 0..self.network().validators {
            let log = self.log(place);
            for words in DOUBLE_SIGNING {
                assert!(!log.contains(words), "node {place} tells of {words}");
            }
        }
    }

    /// Waits until all running nodes have the highest block of any, and compares their blocks up to it: equal hashes and
    /// state roots at every height, and every transaction only once.
    ///
    /// # Panics
    /// When they differ.
    pub fn assert_same_blocks(&mut self, checked: &mut Checked) {
        let height = self.highest();
        let running = self.running();
        for place in &running {
            self.wait_for_height(*place, height, PATIENCE);
        }
        let Some((first, others)) = running.split_first() else {
            return;
        };
        for block in self.blocks(*first, checked.height() + 1, height) {
            checked.take(block);
        }
        for place in others {
            let blocks = self.blocks(*place, 1, height);
            assert_eq!(blocks.len(), checked.blocks.len(), "blocks of node {place}");
            for (here, there) in blocks.iter().zip(&checked.blocks) {
                assert_same(*place, here, there);
            }
        }
    }

    /// Reads the committed blocks of a node.
    ///
    /// # Panics
    /// When the node does not answer.
    pub fn blocks(&self, place: usize, from: u64, to: u64) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut next = from;
        while next <= to {
            let last = to.min(next + BLOCKS_MAX - 1);
            let request = Request::Blocks {
                from: next,
                to: last,
            };
            match self.ask(place, request) {
                Answer::Blocks(more) if !more.is_empty() => {
                    next += more.len() as u64;
                    blocks.extend(more);
                }
                other => panic!("node {place}, blocks from {next}: {other:?}"),
            }
        }
        blocks
    }
}

/// Compares blocks without their rounds: nodes may have certificates of different rounds for the same block.
fn assert_same(place: usize, here: &Block, there: &Block) {
    let round = there.round;
    let here = Block {
        round,
        ..here.clone()
    };
    assert_eq!(here, *there, "node {place} differs at {}", there.height);
}
