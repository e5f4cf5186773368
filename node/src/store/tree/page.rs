//! A page: a subtree of at most 128 keys, remembered by the hashes of its tiles.
//!
//! ```text
//!   page at depth d          row: (relative depth u8 ‖ keys u8 [‖ hash 32]) for each tile
//!     /        \
//!   tile       /  \          tile: a largest subtree of at most TILE_KEYS_MAX keys;
//!          tile    tile            its keys are rows of the leaf column
//! ```
//!
//! Tiles stand from left to right and cover the page without gaps, empty subtrees
//! included, so their depths alone tell the shape.

use piaolian_contracts::proof::{
    Entry,
    hashing::{BUCKET_KEYS_MAX, EMPTY, bucket_hash, node_hash, turns_right},
};

/// Most keys of a page. It decides the tree's memory: about one node of the top for
/// every 64 to 128 keys (see [`super::top`]).
pub(crate) const PAGE_KEYS_MAX: usize = 128;

/// Most keys of a tile, at least a bucket's. A larger tile makes rows of pages shorter
/// and reads more leaves for each change; `bench_tree` measures it.
pub(crate) const TILE_KEYS_MAX: usize = 8;

/// A largest subtree of at most [`TILE_KEYS_MAX`] keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tile {
    /// Depth in the whole tree.
    pub(crate) depth: u16,
    /// How many keys it has.
    pub(crate) keys: usize,
    pub(crate) hash: [u8; 32],
}

impl Tile {
    /// The tile of a subtree without keys.
    pub(crate) const fn empty(depth: u16) -> Self {
        Self {
            depth,
            keys: 0,
            hash: EMPTY,
        }
    }

    /// The tile of `entries`, ascending and all of the subtree at `depth`.
    pub(crate) fn of(depth: u16, entries: &[Entry]) -> Self {
        Self {
            depth,
            keys: entries.len(),
            hash: subtree_hash(depth, entries),
        }
    }
}

/// The hash of the subtree at `depth` that holds exactly `entries`, ascending.
pub(crate) fn subtree_hash(depth: u16, entries: &[Entry]) -> [u8; 32] {
    if entries.is_empty() {
        return EMPTY;
    }
    if entries.len() <= BUCKET_KEYS_MAX {
        return bucket_hash(depth, entries);
    }
    let (left, right) = halves(depth, entries);
    node_hash(
        &subtree_hash(depth + 1, left),
        &subtree_hash(depth + 1, right),
    )
}

/// Parts ascending `entries` of the subtree at `depth` into its two halves.
pub(crate) fn halves(depth: u16, entries: &[Entry]) -> (&[Entry], &[Entry]) {
    entries.split_at(entries.partition_point(|entry| !turns_right(&entry.key_hash, depth)))
}

/// The end of the subtree at `depth` that begins with tile `from`: one past its last tile.
/// `None` when the tiles do not cover it.
pub(crate) fn subtree_end(tiles: &[Tile], from: usize, depth: u16) -> Option<usize> {
    let first = tiles.get(from)?;
    if first.depth == depth {
        return Some(from + 1);
    }
    if first.depth < depth {
        return None;
    }
    let middle = subtree_end(tiles, from, depth + 1)?;
    subtree_end(tiles, middle, depth + 1)
}

/// The hash of the subtree at `depth` that `tiles` cover.
pub(crate) fn tiles_hash(tiles: &[Tile], depth: u16) -> [u8; 32] {
    fn fold(tiles: &mut std::slice::Iter<'_, Tile>, depth: u16) -> [u8; 32] {
        match tiles.as_slice().first() {
            Some(tile) if tile.depth > depth => {
                let left = fold(tiles, depth + 1);
                let right = fold(tiles, depth + 1);
                node_hash(&left, &right)
            }
            Some(tile) => {
                tiles.next();
                tile.hash
            }
            None => EMPTY,
        }
    }
    fold(&mut tiles.iter(), depth)
}

/// Keys of all `tiles`.
pub(crate) fn keys_of(tiles: &[Tile]) -> usize {
    tiles.iter().map(|tile| tile.keys).sum()
}

/// The row of the page at `depth`.
pub(crate) fn encode(tiles: &[Tile], depth: u16) -> Vec<u8> {
    let mut row = Vec::with_capacity(tiles.len() * 34);
    for tile in tiles {
        let below =
            u8::try_from(tile.depth - depth).expect("a subtree with keys ends by depth 253");
        row.push(below);
        row.push(u8::try_from(tile.keys).expect("a tile has at most TILE_KEYS_MAX keys"));
        if tile.keys > 0 {
            row.extend_from_slice(&tile.hash);
        }
    }
    row
}

/// The tiles of the page at `depth`, or `None` when `row` is not such a page.
pub(crate) fn decode(mut row: &[u8], depth: u16) -> Option<Vec<Tile>> {
    let mut tiles = Vec::with_capacity(row.len() / 34 + 1);
    while let Some((&[below, keys], rest)) = row.split_first_chunk() {
        let tile_depth = depth
            .checked_add(u16::from(below))
            .filter(|depth| *depth <= 256)?;
        let keys = usize::from(keys);
        if keys > TILE_KEYS_MAX {
            return None;
        }
        row = rest;
        let mut tile = Tile {
            keys,
            ..Tile::empty(tile_depth)
        };
        if keys > 0 {
            let (hash, rest) = row.split_first_chunk()?;
            tile.hash = *hash;
            row = rest;
        }
        tiles.push(tile);
    }
    let whole = row.is_empty() && subtree_end(&tiles, 0, depth) == Some(tiles.len());
    (whole && keys_of(&tiles) <= PAGE_KEYS_MAX).then_some(tiles)
}
