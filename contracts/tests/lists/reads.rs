//! How much of the state a page reads.

use std::sync::atomic::{AtomicUsize, Ordering};

use piaolian_contracts::{
    parameters::FundRules,
    receipts::{
        Status,
        listing::{Bounds, Limits, ReceiptFilter, StatusFilter, list},
    },
    state::{Fault, KeyValue, StateReader, Table},
};

use super::{DAYS, WHOLE, division, kind, world};
use crate::world::{World, memory::Memory};

/// A state that counts what is read of it.
struct Counted<'s> {
    state: &'s Memory,
    seeks: AtomicUsize,
    reads: AtomicUsize,
}

impl<'s> Counted<'s> {
    fn new(world: &'s World) -> Self {
        Self {
            state: &world.state,
            seeks: AtomicUsize::new(0),
            reads: AtomicUsize::new(0),
        }
    }

    fn counts(&self) -> (usize, usize) {
        (
            self.seeks.load(Ordering::Relaxed),
            self.reads.load(Ordering::Relaxed),
        )
    }
}

impl StateReader for Counted<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, Fault> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.state.get(table, key)
    }

    fn floor(&self, table: Table, key: &[u8]) -> Result<Option<KeyValue>, Fault> {
        self.seeks.fetch_add(1, Ordering::Relaxed);
        self.state.floor(table, key)
    }
}

#[test]
fn a_page_reads_what_it_holds_and_little_more() {
    let world = world();
    let state = Counted::new(&world);
    let limits = Limits {
        entries_max: 50,
        looked_at_max: 10_000,
    };
    let page = list(&state, &ReceiptFilter::default(), None, &limits).unwrap();
    assert_eq!(page.entries.len(), 50);
    assert_eq!(state.counts(), (50, 50), "a seek and a read for each");
}

#[test]
fn an_issuers_list_steps_over_everybody_else() {
    let world = world();
    for name in ["hospital", "clinic", "xiamen"] {
        let filter = ReceiptFilter {
            bounds: Bounds {
                issuer: Some(world.member(name).id),
                ..Bounds::default()
            },
            kind: Some(kind("0602")),
            ..ReceiptFilter::default()
        };
        let state = Counted::new(&world);
        let found = list(&state, &filter, None, &WHOLE).unwrap().entries.len();
        let (seeks, reads) = state.counts();
        assert_eq!((found, reads), (540, 540));
        // A day of this issuer costs a few seeks beside its receipts, and not one for each
        // of the 3,240 of the others, nor of its own 1,080 of other kinds.
        assert!(seeks <= found + 5 * DAYS as usize, "{seeks}");
    }
}

#[test]
fn a_regions_list_looks_once_at_each_issuer_and_day_elsewhere() {
    let world = world();
    let filter = ReceiptFilter {
        division: Some(division("350200")),
        ..ReceiptFilter::default()
    };
    let state = Counted::new(&world);
    let found = list(&state, &filter, None, &WHOLE).unwrap().entries.len();
    let (seeks, reads) = state.counts();
    assert_eq!(
        (found, reads),
        (1_620, 1_620 + 3),
        "each issuer is looked up once"
    );
    assert!(seeks <= found + 3 * DAYS as usize, "{seeks}");
}

#[test]
fn a_page_may_be_short_or_empty_and_go_on() {
    let world = world();
    let rules = FundRules::default();
    let filter = ReceiptFilter {
        status: Some(StatusFilter {
            status: Status::Reversed,
            rules: &rules,
            now: world.time,
        }),
        ..ReceiptFilter::default()
    };
    let limits = Limits {
        entries_max: 50,
        looked_at_max: 100,
    };
    let state = Counted::new(&world);
    let page = list(&state, &filter, None, &limits).unwrap();
    assert!(page.entries.is_empty() && page.next.is_some());
    assert_eq!(state.counts(), (100, 100), "no more than it may");
}
