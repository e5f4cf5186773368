//! A chain of four validators in memory: real transactions, executed; real headers, certified.

mod proofs;

use std::collections::BTreeMap;

use bytes::Bytes;
use piaolian_contracts::{
    Transaction,
    chain::{
        Address, ChainId, CommitCertificate, Hash, Header, Height, Signature, ValidatorSet,
        VoteType,
        block::{outcomes_root, transaction_leaf},
        header::PROTOCOL_VERSION,
        merkle,
        mmr::{Peaks, Position},
        vote_sign_bytes,
    },
    execute::{Applied, BlockExecutor, Context},
    genesis_state,
    organisations::KeyPurpose,
    transaction::Verified,
    types::{BlockTime, OrganisationId},
    upgrades::validators_at,
};
use piaolian_proto::v1::{self as proto, Outcome, transaction_body::Action};
use piaolian_test_kit::{
    memory::Memory,
    sample::{self, Founder, Network},
    transactions::Draft,
};
use piaolian_verifier::Trust;

/// Places in the sample network.
pub const FINANCE: usize = 0;
pub const HOSPITAL: usize = 1;
pub const INSURER: usize = 2;
pub const EMPLOYER: usize = 3;

const SEED: u64 = 7;
/// Four found the network; agency and bank may come later.
const ORGANISATIONS: usize = 7;
const FOUNDING_TIME_MS: u64 = 1_780_000_000_000;
const BLOCK_MS: u64 = 1_000;

/// A block as the chain keeps it.
pub struct Made {
    pub header: Header,
    pub transactions: Vec<Bytes>,
    pub outcomes: Vec<Outcome>,
}

pub struct Chain {
    pub id: ChainId,
    pub network: Network,
    /// Those of the network, and those that may be admitted later.
    founders: Vec<Founder>,
    state: Memory,
    blocks: Vec<Made>,
    peaks: Peaks,
    nodes: BTreeMap<Position, Hash>,
    transactions: u64,
}

impl Chain {
    pub fn new(id: &str) -> Self {
        let id: ChainId = id.parse().unwrap();
        let founding_time = BlockTime::from_ms(FOUNDING_TIME_MS);
        let network = sample::network(&id, founding_time, 4, SEED).unwrap();
        let mut state = Memory::default();
        state.apply(&genesis_state(&network.genesis.founding()).unwrap());
        Self {
            id,
            network,
            founders: (0..ORGANISATIONS)
                .map(|place| sample::founder(place, SEED))
                .collect(),
            state,
            blocks: Vec::new(),
            peaks: Peaks::default(),
            nodes: BTreeMap::new(),
            transactions: 0,
        }
    }

    pub fn trust(&self) -> Trust {
        Trust {
            chain_id: self.id.clone(),
            validators_hash: self.network.genesis.validators().hash(),
        }
    }

    pub fn height(&self) -> Height {
        Height::new(self.blocks.len() as u64)
    }

    pub fn time(&self) -> BlockTime {
        time_of(self.height())
    }

    pub fn made(&self, height: Height) -> &Made {
        &self.blocks[usize::try_from(height.get()).unwrap() - 1]
    }

    pub fn organisation(&self, place: usize) -> OrganisationId {
        self.founder(place).presentation.organisation
    }

    pub fn founder(&self, place: usize) -> &Founder {
        &self.founders[place]
    }

    /// Makes a block of these actions, each signed by an organisation, and returns its outcomes.
    pub fn block(&mut self, acts: &[(usize, Action)]) -> &[Outcome] {
        let signed: Vec<Verified> = acts
            .iter()
            .map(|(place, act)| self.sign(*place, act))
            .collect();
        let height = self.height().next();
        let context = Context {
            chain_id: self.id.clone(),
            height,
            time: time_of(height),
            parent_time: self.time(),
        };
        let mut executor = BlockExecutor::begin(&self.state, context).unwrap();
        for verified in &signed {
            let applied = executor.apply(verified).unwrap();
            assert!(matches!(applied, Applied::Included(_)), "{applied:?}");
        }
        let executed = executor.finish().unwrap();
        self.state.apply(&executed.changes);
        let leaves = signed.iter().map(|verified| leaf(verified.transaction()));
        let header = Header {
            chain_id: self.id.clone(),
            height,
            time: time_of(height),
            proposer: self.address(FINANCE),
            parent_hash: self.parent_hash(),
            transactions_root: merkle::root(leaves),
            outcomes_root: outcomes_root(&executed.outcomes),
            state_root: self.state.root(),
            history_root: self.peaks.root(),
            validators_hash: executed.validators_hash,
            next_validators_hash: executed.next_validators_hash,
            protocol_version: PROTOCOL_VERSION,
        };
        self.nodes.extend(self.peaks.append(&header.hash()));
        let transactions = signed
            .iter()
            .map(|verified| verified.transaction().encoded().clone());
        self.blocks.push(Made {
            header,
            transactions: transactions.collect(),
            outcomes: executed.outcomes,
        });
        &self.blocks.last().unwrap().outcomes
    }

    /// Makes empty blocks up to a height.
    pub fn run_to(&mut self, height: u64) {
        while self.height().get() < height {
            self.block(&[]);
        }
    }

    /// A header with a certificate of just a quorum.
    pub fn certified(&self, height: Height) -> proto::CertifiedHeader {
        let validators = validators_at(&self.state, height).unwrap();
        let places = (0..self.network.founders.len())
            .filter(|place| validators.by_address(&self.address(*place)).is_some());
        let quorum = validators.validators().len() * 2 / 3 + 1;
        let places: Vec<usize> = places.take(quorum).collect();
        self.certified_by(&self.made(height).header, &places)
    }

    /// Any header, certified by these in the second round.
    pub fn certified_by(&self, header: &Header, places: &[usize]) -> proto::CertifiedHeader {
        let validators = validators_at(&self.state, header.height).unwrap();
        self.certified_as(header, &validators, places, 1)
    }

    pub fn certified_as(
        &self,
        header: &Header,
        validators: &ValidatorSet,
        places: &[usize],
        round: u32,
    ) -> proto::CertifiedHeader {
        let precommits = places
            .iter()
            .map(|place| self.precommit(*place, header, round));
        let mut signatures: Vec<(Address, Signature)> = precommits.collect();
        signatures.sort_by_key(|(address, _)| *address);
        let certificate = CommitCertificate {
            height: header.height,
            round,
            block_hash: header.hash(),
            signatures,
        };
        proto::CertifiedHeader {
            header: header.encode().into(),
            certificate: Some((&certificate).into()),
            validators: Some(validators.into()),
        }
    }

    pub fn address(&self, place: usize) -> Address {
        let (_, key) = self.founder(place).key(KeyPurpose::Validate).unwrap();
        key.public_key().address()
    }

    fn precommit(&self, place: usize, header: &Header, round: u32) -> (Address, Signature) {
        let (_, key) = self.founder(place).key(KeyPurpose::Validate).unwrap();
        let address = key.public_key().address();
        let (height, hash) = (header.height, header.hash());
        let precommit = VoteType::Precommit;
        let message = vote_sign_bytes(&self.id, precommit, height, round, Some(&hash), &address);
        (address, key.sign(&message).unwrap())
    }

    fn parent_hash(&self) -> Hash {
        self.blocks.last().map_or_else(
            || self.network.genesis.hash(),
            |parent| parent.header.hash(),
        )
    }

    fn sign(&mut self, place: usize, act: &Action) -> Verified {
        self.transactions += 1;
        let purpose = match act {
            Action::Propose(_) | Action::CastVote(_) | Action::AdmitOrganisation(_) => {
                KeyPurpose::Admin
            }
            _ => KeyPurpose::Sign,
        };
        let mut client_id = [0; 16];
        client_id[8..].copy_from_slice(&self.transactions.to_be_bytes());
        let founder = &self.founders[place];
        Draft::new(&self.id, founder, act.clone())
            .purpose(founder, purpose)
            .client(client_id)
            .valid_until(self.time().after_ms(600_000))
            .operator("li.wei")
            .verified()
    }
}

fn leaf(transaction: &Transaction) -> [u8; 96] {
    transaction_leaf(transaction.id(), transaction.signature())
}

fn time_of(height: Height) -> BlockTime {
    BlockTime::from_ms(FOUNDING_TIME_MS + height.get() * BLOCK_MS)
}
