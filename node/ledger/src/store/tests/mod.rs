//! Tests of the store's interface: create, propose, commit, read, reopen.

mod blocks;
mod refusals;
mod state;

use std::path::Path;

use piaolian_contracts::{
    chain::{Address, CommitCertificate, Hash, Header, Signature},
    state::Change,
    types::BlockTime,
};
use piaolian_proto::v1 as proto;
use piaolian_test_kit::headers;

use super::{ChainIdentity, Commit, Occurrence, Proposal, StateUpdate, Store, StoreError};

const RECEIPT: [u8; 18] = *b"000101200000000001";

fn identity() -> ChainIdentity {
    ChainIdentity {
        chain_id: "piaolian-test".parse().unwrap(),
        genesis_hash: Hash::sha256(&[b"genesis"]),
    }
}

fn put(key: &str, value: &str) -> Change {
    Change {
        key: key.into(),
        value: Some(value.into()),
    }
}

fn delete(key: &str) -> Change {
    Change {
        key: key.into(),
        value: None,
    }
}

/// Returns a receipt's state key.
fn receipt(number: u64) -> String {
    format!("\u{5}00010120{number:010}")
}

fn found(path: &Path) -> Store {
    let changes = (0..100)
        .map(|number| put(&receipt(number), "issued"))
        .collect();
    Store::create(path, &identity(), BlockTime::from_ms(1), changes).unwrap()
}

fn open(path: &Path) -> Result<Store, StoreError> {
    Store::open(path, &identity())
}

/// A block on the tip of a store.
struct Draft {
    header: Header,
    transactions: Vec<Hash>,
    outcomes: Vec<proto::Outcome>,
    history: Vec<Occurrence>,
    state: Option<StateUpdate>,
}

impl Draft {
    fn new(store: &Store, changes: Vec<Change>) -> Self {
        let tip = store.tip();
        let state = store.prepare(changes).unwrap();
        let height = tip.height.next();
        let id = Hash::sha256(&[b"transaction", &height.get().to_be_bytes()]);
        let chain_id = store.identity().chain_id.clone();
        let header = Header {
            parent_hash: tip.block_hash,
            state_root: state.root(),
            history_root: tip.peaks.root(),
            ..headers::blank(chain_id, height, tip.time.after_ms(1))
        };
        let outcome = proto::Outcome {
            transaction_id: id.into(),
            code: 7,
            ..Default::default()
        };
        let occurrence = Occurrence {
            receipt: RECEIPT,
            transaction: 0,
            item: 3,
        };
        Self {
            header,
            transactions: vec![id],
            outcomes: vec![outcome],
            history: vec![occurrence],
            state: Some(state),
        }
    }

    fn hash(&self) -> Hash {
        self.header.hash()
    }

    fn body(&self) -> Vec<u8> {
        // Above the size from which bodies are stored in blob files.
        self.hash().as_bytes().repeat(1000)
    }

    fn proposal(&self, round: u32) -> Proposal {
        Proposal {
            height: self.header.height,
            round,
            block_hash: self.hash(),
            proposer: self.header.proposer,
            parts_signature: Some(Signature::new([9; 64])),
        }
    }

    fn certificate(&self) -> CommitCertificate {
        CommitCertificate {
            height: self.header.height,
            round: 1,
            block_hash: self.hash(),
            signatures: vec![(Address::new([1; 20]), Signature::new([2; 64]))],
        }
    }

    fn save(&self, store: &Store) -> bool {
        store.save_body(&self.proposal(0), &self.body()).unwrap()
    }

    fn commit(&mut self, store: &Store) -> Result<(), StoreError> {
        let commit = Commit {
            header: &self.header,
            certificate: &self.certificate(),
            transactions: &self.transactions,
            outcomes: &self.outcomes,
            history: &self.history,
            state: self.state.take().unwrap(),
        };
        let tip = store.commit(commit)?;
        assert_eq!(tip, store.tip());
        Ok(())
    }
}

/// Commits a block with `changes`.
fn block(store: &Store, changes: Vec<Change>) -> Header {
    let mut draft = Draft::new(store, changes);
    assert!(draft.save(store));
    draft.commit(store).unwrap();
    draft.header
}
