//! Follows the chain: hands each committed block to a consumer once, in order.
//!
//! ```text
//!   tips ──► step: some blocks above the cursor ──► consumer, which writes the cursor with what the blocks gave
//!              ▲              │ not at the tip yet
//!              └──────────────┘
//! ```

use piaolian_contracts::state::Fault;
use tokio::{sync::watch, task::yield_now};

/// Blocks of one step. Between steps other tasks run.
const STEP_BLOCKS_MAX: u64 = 64;

/// Items after which a step ends. A block is scanned as a whole: it has some thousands of items at most.
const STEP_ITEMS_MAX: usize = 1_000;

/// Runs steps until the consumer has reached the tip, and again after each new tip. Returns when the channel of tips
/// closes.
///
/// `height` returns the height of a tip. `step` scans blocks up to a height and returns the cursor that it reached.
pub(crate) async fn follow<T, S>(
    mut tips: watch::Receiver<T>,
    height: impl Fn(&T) -> u64,
    step: impl Fn(u64) -> S,
) -> Result<(), Fault>
where
    S: Future<Output = Result<u64, Fault>>,
{
    loop {
        let tip = height(&tips.borrow_and_update());
        if step(tip).await? < tip {
            yield_now().await;
            continue;
        }
        if tips.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// Scans the next blocks above `cursor`, up to `tip`, and returns the height of the last.
///
/// `scan` takes the block of a height and returns how many items it had for the consumer.
pub(crate) fn scan_next(
    cursor: u64,
    tip: u64,
    mut scan: impl FnMut(u64) -> Result<usize, Fault>,
) -> Result<u64, Fault> {
    let last = tip.min(cursor.saturating_add(STEP_BLOCKS_MAX));
    let (mut height, mut items) = (cursor, 0);
    while height < last && items < STEP_ITEMS_MAX {
        height += 1;
        items += scan(height)?;
    }
    Ok(height)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(cursor: u64, tip: u64, items: usize) -> (u64, Vec<u64>) {
        let mut heights = Vec::new();
        let last = scan_next(cursor, tip, |height| {
            heights.push(height);
            Ok(items)
        });
        (last.unwrap(), heights)
    }

    #[test]
    fn a_step_scans_the_blocks_above_the_cursor_up_to_the_tip() {
        assert_eq!(scanned(0, 3, 1), (3, vec![1, 2, 3]));
        assert_eq!(scanned(3, 3, 1), (3, vec![]));
        assert_eq!(scanned(5, 3, 1), (5, vec![]));
    }

    #[test]
    fn a_step_ends_after_some_blocks_or_items() {
        assert_eq!(scanned(10, 1_000, 0).0, 10 + STEP_BLOCKS_MAX);
        assert_eq!(scanned(0, 1_000, STEP_ITEMS_MAX).1, [1]);
        assert_eq!(scanned(0, 1_000, STEP_ITEMS_MAX - 1).1, [1, 2]);
    }

    #[test]
    fn a_block_that_cannot_be_read_ends_the_step() {
        let failing = |height| match height {
            1 => Ok(0),
            _ => Err(Fault("damaged".into())),
        };
        assert!(scan_next(0, 9, failing).is_err());
    }
}
