//! Rebuilds the top of the tree from its pages.

use piaolian_contracts::state_tree::hashing::node_hash;

use super::{
    BUCKETS_BYTES_MAX, PAGES_BYTES_MAX, Tree,
    cache::Cache,
    damaged,
    page::{self, Slot},
    prefix::Prefix,
    top::{Below, Node, Top},
};
use crate::store::StoreError;

impl Tree {
    /// Builds the tree from its pages, in any order.
    ///
    /// # Errors
    /// When a page cannot be read, is damaged, or overlaps another.
    pub(crate) fn load<P>(pages: P) -> Result<Self, StoreError>
    where
        P: IntoIterator<Item = Result<(Prefix, Vec<Slot>), StoreError>>,
    {
        let mut top = Top::new();
        for page in pages {
            let (prefix, slots) = page?;
            let hash = page::fold(&slots, prefix.depth());
            attach(&mut top, prefix, Node::page(hash, page::keys_of(&slots)))?;
        }
        let root = top.root();
        let root = fold(&mut top, root);
        top.set_root(root);
        Ok(Self {
            top,
            pages: Cache::new(PAGES_BYTES_MAX),
            buckets: Cache::new(BUCKETS_BYTES_MAX),
            version: 0,
        })
    }
}

/// Attaches a page at `prefix`, with inner nodes above it whose hashes are still to be computed.
fn attach(top: &mut Top, prefix: Prefix, page: Node) -> Result<(), StoreError> {
    let mut path = Vec::with_capacity(usize::from(prefix.depth()));
    let mut node = top.root();
    for depth in 0..prefix.depth() {
        let pair = match node.below() {
            Below::Halves(pair) => pair,
            Below::Page(0) => top.allocate(),
            Below::Page(_) => return Err(damaged(prefix)),
        };
        let right = usize::from(prefix.turns_right_at(depth));
        let halves = top.halves(pair);
        path.push((pair, halves, right));
        node = halves[right];
    }
    if node != Node::VOID {
        return Err(damaged(prefix));
    }
    let mut below = page;
    for (pair, mut halves, right) in path.into_iter().rev() {
        halves[right] = below;
        top.set_halves(pair, halves);
        below = Node::inner([0; 32], pair);
    }
    top.set_root(below);
    Ok(())
}

/// Computes the hashes of the inner nodes from the bottom up, and returns `node` with its own.
fn fold(top: &mut Top, node: Node) -> Node {
    let Below::Halves(pair) = node.below() else {
        return node;
    };
    let [left, right] = top.halves(pair);
    let halves = [fold(top, left), fold(top, right)];
    top.set_halves(pair, halves);
    let hash = node_hash(halves[0].hash(), halves[1].hash());
    Node::inner(hash, pair)
}
