//! A fake store of blocks and attachments, whose disk can fail.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use bytes::Bytes;
use piaolian_contracts::{
    chain::{self, Block},
    state::Fault,
    types::BlockTime,
};
use piaolian_network::{AttachmentSource, BlockSource};
use piaolian_proto::v1::{CommitCertificate, DecidedBlock};
use piaolian_test_kit::headers;
use prost::Message;

/// Small blocks up to a tip.
#[derive(Default)]
pub(crate) struct Chain {
    tip: AtomicU64,
    blocks: Mutex<BTreeMap<u64, Bytes>>,
    broken: AtomicBool,
}

impl Chain {
    /// Decides blocks up to `height`.
    pub(crate) fn grow(&self, height: u64) {
        self.grow_by(height, 8);
    }

    /// Decides blocks of the given size up to `height`.
    pub(crate) fn grow_by(&self, height: u64, bytes: usize) {
        let mut blocks = self.blocks.lock().unwrap();
        for height in self.tip() + 1..=height {
            blocks.insert(height, block(height, bytes));
        }
        self.tip.store(height, Ordering::Release);
    }

    /// The disk fails from now on.
    pub(crate) fn break_down(&self) {
        self.broken.store(true, Ordering::Release);
    }
}

impl BlockSource for Chain {
    fn decided(&self, height: u64) -> Result<Option<Bytes>, Fault> {
        if self.broken.load(Ordering::Acquire) {
            return Err(Fault("the disk is gone".into()));
        }
        Ok(self.blocks.lock().unwrap().get(&height).cloned())
    }

    fn tip(&self) -> u64 {
        self.tip.load(Ordering::Acquire)
    }

    fn min_height(&self) -> u64 {
        1
    }
}

/// A small decided block.
pub(crate) fn decided(height: u64) -> Bytes {
    block(height, 8)
}

/// Builds a decided block of about the given size. Its certificate has its hash and no signatures.
fn block(height: u64, bytes: usize) -> Bytes {
    let chain_id = "network-test".parse().unwrap();
    let time = BlockTime::from_ms(height);
    let header = headers::blank(chain_id, chain::Height::new(height), time);
    let block = Block {
        header,
        transactions: vec![vec![0; bytes].into()],
    };
    let decided = DecidedBlock {
        block: block.encode(),
        certificate: Some(CommitCertificate {
            height,
            round: 0,
            block_hash: block.hash().into(),
            signatures: Vec::new(),
        }),
    };
    decided.encode_to_vec().into()
}

/// Attachments under names chosen by the test: the network checks no hash.
#[derive(Default)]
pub(crate) struct Attachments {
    kept: Mutex<HashMap<[u8; 32], Bytes>>,
    broken: AtomicBool,
}

impl Attachments {
    /// Stores an attachment of the given size and returns it with its name.
    pub(crate) fn keep(&self, tag: u8, bytes: usize) -> ([u8; 32], Bytes) {
        let (name, attachment) = ([tag; 32], Bytes::from(vec![tag; bytes]));
        self.kept.lock().unwrap().insert(name, attachment.clone());
        (name, attachment)
    }

    /// The disk fails from now on.
    pub(crate) fn break_down(&self) {
        self.broken.store(true, Ordering::Release);
    }
}

impl AttachmentSource for Attachments {
    fn attachment(&self, hash: &[u8; 32]) -> Result<Option<Bytes>, Fault> {
        if self.broken.load(Ordering::Acquire) {
            return Err(Fault("the disk is gone".into()));
        }
        Ok(self.kept.lock().unwrap().get(hash).cloned())
    }
}
