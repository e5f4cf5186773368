//! Proposals and committed blocks.

use piaolian_contracts::{
    chain::{Hash, Height, mmr},
    types::BlockTime,
};
use tempfile::TempDir;

use super::{Draft, RECEIPT, block, found, identity, open, put, receipt};
use crate::store::{Proposal, StoreError};

#[test]
fn a_new_store_opens_at_height_0_with_its_state() {
    let folder = TempDir::new().unwrap();
    let root = found(folder.path()).tip().state_root;
    let store = open(folder.path()).unwrap();
    let tip = store.tip();
    assert_eq!(
        (tip.height, tip.block_hash),
        (Height::GENESIS, identity().genesis_hash)
    );
    assert_eq!((tip.state_root, tip.time), (root, BlockTime::from_ms(1)));
    assert_eq!(store.committed(Height::GENESIS).unwrap(), None);
}

#[test]
fn a_block_takes_two_synced_writes() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    let before = store.synced_writes();
    let mut draft = Draft::new(&store, vec![put(&receipt(1), "booked")]);
    assert!(draft.save(&store));
    assert!(
        !draft.save(&store),
        "a stored proposal is not written again"
    );
    draft.commit(&store).unwrap();
    assert_eq!(store.synced_writes() - before, 2);
}

#[test]
fn a_committed_block_is_found_by_height_hash_and_transaction() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    let mut draft = Draft::new(&store, vec![put(&receipt(1), "booked")]);
    draft.save(&store);
    draft.commit(&store).unwrap();
    drop(store);

    let store = open(folder.path()).unwrap();
    let height = Height::new(1);
    let committed = store.committed(height).unwrap().unwrap();
    assert_eq!(committed.header, draft.header);
    assert_eq!(committed.block_hash, draft.hash());
    assert_eq!(committed.certificate, draft.certificate());
    assert_eq!(store.header(height).unwrap().unwrap(), draft.header);
    assert_eq!(
        store.certificate(height).unwrap().unwrap(),
        draft.certificate()
    );
    assert_eq!(store.block(height).unwrap().unwrap(), draft.body());
    assert_eq!(store.body(&draft.hash()).unwrap().unwrap(), draft.body());
    assert_eq!(store.height_of(&draft.hash()).unwrap(), Some(height));
    assert_eq!(store.outcomes(height).unwrap().unwrap(), draft.outcomes);
    let location = store.location(&draft.transactions[0]).unwrap().unwrap();
    assert_eq!((location.height, location.index), (height, 0));
    assert_eq!(
        store.history(&RECEIPT, None, 10).unwrap(),
        [(height, draft.history[0])]
    );

    assert_eq!(store.committed(Height::new(2)).unwrap(), None);
    assert_eq!(store.block(Height::new(2)).unwrap(), None);
    assert_eq!(store.outcomes(Height::new(2)).unwrap(), None);
    assert_eq!(store.height_of(&Hash::ZERO).unwrap(), None);
    assert_eq!(store.location(&Hash::ZERO).unwrap(), None);
    assert!(
        store
            .history(b"000101200000000002", None, 10)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn a_history_is_read_page_by_page() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    for _ in 0..5 {
        block(&store, vec![]);
    }
    let all = store.history(&RECEIPT, None, 100).unwrap();
    let heights: Vec<_> = all.iter().map(|(height, _)| height.get()).collect();
    assert_eq!(heights, [1, 2, 3, 4, 5]);
    let first = store.history(&RECEIPT, None, 2).unwrap();
    assert_eq!(first, all[..2]);
    assert_eq!(
        store.history(&RECEIPT, first.last().copied(), 2).unwrap(),
        all[2..4]
    );
    assert!(
        store
            .history(&RECEIPT, all.last().copied(), 2)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn every_header_is_proven_under_a_later_header() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    let headers: Vec<_> = (0..9).map(|_| block(&store, vec![])).collect();
    for (height, header) in (1..).map(Height::new).zip(&headers[..8]) {
        let path = store.history_path(height, 8).unwrap().unwrap();
        assert!(mmr::verify(
            &headers[8].history_root,
            &header.hash(),
            height,
            8,
            &path
        ));
    }
    assert_eq!(store.history_path(Height::new(9), 8).unwrap(), None);
    assert_eq!(store.history_path(Height::new(1), 10).unwrap(), None);
}

#[test]
fn undecided_proposals_are_listed_until_their_height_is_decided() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    let mut decided = Draft::new(&store, vec![put(&receipt(1), "locked")]);
    let other = Draft::new(&store, vec![put(&receipt(2), "locked")]);
    let synced = Proposal {
        parts_signature: None,
        ..other.proposal(1)
    };
    assert!(decided.save(&store));
    assert!(store.save_body(&synced, &other.body()).unwrap());
    assert!(
        store.save_body(&decided.proposal(2), &[]).unwrap(),
        "its body is stored already"
    );
    drop(store);

    let store = open(folder.path()).unwrap();
    let expected = [decided.proposal(0), synced, decided.proposal(2)];
    assert_eq!(store.proposals(Height::new(1)).unwrap(), expected);
    assert_eq!(
        store.body(&decided.hash()).unwrap().unwrap(),
        decided.body()
    );
    assert_eq!(store.body(&other.hash()).unwrap().unwrap(), other.body());

    decided.state = Some(store.prepare(vec![put(&receipt(1), "locked")]).unwrap());
    decided.commit(&store).unwrap();
    assert!(store.proposals(Height::new(1)).unwrap().is_empty());
    assert_eq!(store.body(&other.hash()).unwrap(), None);
    assert_eq!(
        store.body(&decided.hash()).unwrap().unwrap(),
        decided.body()
    );
    assert!(
        !store.save_body(&other.proposal(3), &other.body()).unwrap(),
        "its height is decided"
    );
    assert_eq!(store.body(&other.hash()).unwrap(), None);
}

#[test]
fn a_block_that_does_not_follow_the_tip_is_not_committed() {
    let folder = TempDir::new().unwrap();
    let store = found(folder.path());
    block(&store, vec![put(&receipt(1), "locked")]);
    let tip = store.tip();
    let mutations: [(&str, fn(&mut Draft)); 5] = [
        ("height", |draft| draft.header.height = Height::new(3)),
        ("parent hash", |draft| draft.header.parent_hash = Hash::ZERO),
        ("history root", |draft| {
            draft.header.history_root = Hash::ZERO;
        }),
        ("state root", |draft| draft.header.state_root = Hash::ZERO),
        ("number of outcomes", |draft| draft.outcomes.clear()),
    ];
    for (expected, mutate) in mutations {
        let mut draft = Draft::new(&store, vec![put(&receipt(1), "booked")]);
        mutate(&mut draft);
        draft.save(&store);
        match draft.commit(&store) {
            Err(StoreError::DoesNotFollow { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    let mut unsaved = Draft::new(&store, vec![put(&receipt(1), "unsaved")]);
    assert!(matches!(
        unsaved.commit(&store),
        Err(StoreError::NoBody { .. })
    ));
    assert_eq!(store.tip(), tip);
    // The failed attempts do not prevent the commit of a block that follows.
    block(&store, vec![put(&receipt(1), "booked at last")]);
}
