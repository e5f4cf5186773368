//! The store, committing blocks whose changes are the batch.

use std::{error::Error, path::Path};

use crate::{
    Tree,
    meter::Meter,
    store::{ChainIdentity, Commit, Proposal, Store},
};
use piaolian_contracts::{
    chain::{CommitCertificate, Hash, Header},
    state::Change,
    types::BlockTime,
};
use piaolian_test_kit::headers;

pub(crate) struct Ours(Store);

impl Ours {
    pub(crate) fn create(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let identity = ChainIdentity {
            chain_id: "bench".parse()?,
            genesis_hash: Hash::ZERO,
        };
        Ok(Self(Store::create(
            folder,
            &identity,
            BlockTime::from_ms(1),
            Vec::new(),
        )?))
    }
}

impl Tree for Ours {
    const NAME: &'static str = "piaolian";

    fn batch(&mut self, pairs: Vec<([u8; 19], Vec<u8>)>) -> Result<f64, Box<dyn Error>> {
        let changes = pairs.into_iter().map(|(key, value)| Change {
            key: key.to_vec(),
            value: Some(value),
        });
        let changes = changes.collect();
        let tip = self.0.tip();
        let meter = Meter::start()?;
        let state = self.0.prepare(changes)?;
        let work = meter.foreground_us()?;
        let chain_id = self.0.identity().chain_id.clone();
        let header = Header {
            parent_hash: tip.block_hash,
            state_root: state.root(),
            history_root: tip.peaks.root(),
            ..headers::blank(chain_id, tip.height.next(), tip.time.after_ms(1))
        };
        let proposal = Proposal {
            height: header.height,
            round: 0,
            block_hash: header.hash(),
            proposer: header.proposer,
            parts_signature: None,
        };
        let certificate = CommitCertificate {
            height: header.height,
            round: 0,
            block_hash: header.hash(),
            signatures: Vec::new(),
        };
        self.0.save_body(&proposal, &[])?;
        self.0.commit(Commit {
            header: &header,
            certificate: &certificate,
            transactions: &[],
            outcomes: &[],
            history: &[],
            state,
        })?;
        Ok(work)
    }

    fn proof_bytes(&self, key: &[u8; 19]) -> Result<usize, Box<dyn Error>> {
        let proven = self.0.prove(key)?;
        proven
            .proof
            .verify(&proven.state_root, key)?
            .ok_or("a key that was put is absent")?;
        Ok(proven.proof.encode().len())
    }

    fn remark(&self) -> String {
        format!(
            "top of the tree: {} bytes of memory",
            self.0.tree_memory_bytes()
        )
    }
}
