//! Two ledgers of one chain: what one builds, the other judges.

use std::time::{Duration, Instant};

use ed25519_dalek::SigningKey;
use piaolian_contracts::{
    chain::{Block, CommitCertificate, PublicKey, Signature},
    found,
    organisations::KeyPurpose,
};
use piaolian_genesis::sample::{self, Network};
use tempfile::TempDir;

use super::*;
use crate::{clock, metrics::Metrics, store::Identity};

const PATIENCE: Duration = Duration::from_secs(30);
const AN_HOUR_MS: u64 = 3_600_000;

/// A ledger over a store of its own.
struct Node {
    ledger: Ledger,
    faults: mpsc::Receiver<Fault>,
    folder: TempDir,
}

impl Node {
    /// The only validator's node, or one that judges.
    fn start(network: &Network, is_proposer: bool) -> Self {
        let genesis = &network.genesis;
        let folder = tempfile::tempdir().unwrap();
        let identity = Identity {
            chain_id: genesis.chain_id().clone(),
            genesis_hash: genesis.hash(),
        };
        let changes = found(&genesis.founding()).unwrap();
        let path = folder.path().join("store");
        let store = Store::create(&path, &identity, genesis.founding_time(), changes).unwrap();
        let (_, key) = network.founders[0].key(KeyPurpose::Validate).unwrap();
        let key = SigningKey::from_bytes(&key.secret());
        let address = PublicKey::ed25519(key.verifying_key().to_bytes()).address();
        let proposer = is_proposer.then(|| ProposerKey::new(address, key));
        let (report, faults) = mpsc::channel(1);
        let chain_id = identity.chain_id;
        let (ledger, _) = Ledger::start(
            chain_id,
            store,
            Arc::default(),
            proposer,
            Metrics::default(),
            report,
        );
        Self {
            ledger,
            faults,
            folder,
        }
    }

    async fn propose(&self) -> Proposed {
        let budget = Budget {
            time: PATIENCE,
            until: Instant::now() + PATIENCE,
        };
        let next = self.ledger.tip().height.next();
        self.ledger.propose(next, 0, budget).await.unwrap()
    }

    async fn judge(&self, proposed: &Proposed) -> Judgement {
        let received = Received::open(
            proposed.announcement.clone(),
            proposed.signature,
            proposed.block.clone(),
            self.ledger.chain_id(),
        );
        let received = Arc::new(received.unwrap());
        self.ledger.judge(received).await.unwrap()
    }

    async fn judge_synced(&self, proposed: &Proposed) -> Result<SyncVerdict, LedgerError> {
        let block = OpenedBlock::open(proposed.block.clone(), self.ledger.chain_id()).unwrap();
        let announcement = &proposed.announcement;
        let (height, proposer) = (announcement.height, announcement.proposer);
        self.ledger.judge_synced(height, 0, proposer, block).await
    }

    /// It stopped for a block that a quorum decided, and wrote nothing of it.
    async fn assert_stopped(mut self, proposed: &Proposed) {
        match self.faults.recv().await.unwrap() {
            Fault::DecidedInvalid(hash, _) => {
                assert_eq!(hash, proposed.announcement.block_hash);
            }
            other => panic!("{other}"),
        }
        let tip = self.ledger.tip();
        assert_eq!(tip.height.next(), proposed.announcement.height);
        assert!(
            self.ledger
                .store()
                .body(&proposed.announcement.block_hash)
                .unwrap()
                .is_none()
        );
        drop(self.folder);
    }
}

fn network() -> Network {
    let chain_id = "piaolian-judge".parse().unwrap();
    sample::network(&chain_id, clock::now(), 1, 1).unwrap()
}

/// The same proposal with another header, signed by nobody who matters here.
fn altered(proposed: &Proposed, alter: impl FnOnce(&mut Block)) -> Proposed {
    let mut block = Block::decode(proposed.block.clone()).unwrap();
    alter(&mut block);
    let encoded = block.encode();
    Proposed {
        announcement: Announcement {
            block_hash: block.header.hash(),
            block_bytes: encoded.len() as u64,
            ..proposed.announcement.clone()
        },
        signature: Signature::new([0; 64]),
        block: encoded,
    }
}

fn certificate(proposed: &Proposed) -> CommitCertificate {
    CommitCertificate {
        height: proposed.announcement.height,
        round: 0,
        block_hash: proposed.announcement.block_hash,
        signatures: Vec::new(), // consensus has checked it before the ledger hears of it
    }
}

#[tokio::test]
async fn what_one_builds_the_other_finds_valid_and_both_commit() {
    let network = network();
    let (proposer, judge) = (Node::start(&network, true), Node::start(&network, false));
    for _ in 0..3 {
        let proposed = proposer.propose().await;
        let valid = Judgement::Judged(Verdict::Valid);
        assert_eq!(judge.judge(&proposed).await, valid);
        for node in [&proposer, &judge] {
            node.ledger.commit(certificate(&proposed)).await.unwrap();
        }
        assert_eq!(judge.ledger.tip(), proposer.ledger.tip());
        assert_eq!(judge.judge(&proposed).await, Judgement::Stale);
    }
}

#[tokio::test]
async fn a_block_is_invalid_if_any_part_of_its_header_does_not_follow() {
    let network = network();
    let (proposer, judge) = (Node::start(&network, true), Node::start(&network, false));
    let proposed = proposer.propose().await;
    let other = Hash::sha256(&[b"other"]);
    let alterations: [(&str, &dyn Fn(&mut Block)); 8] = [
        ("state root", &|block| block.header.state_root = other),
        ("outcomes root", &|block| block.header.outcomes_root = other),
        ("history root", &|block| block.header.history_root = other),
        ("parent hash", &|block| block.header.parent_hash = other),
        ("validators hash", &|block| {
            block.header.validators_hash = other
        }),
        ("next validators hash", &|block| {
            block.header.next_validators_hash = other;
        }),
        ("protocol version", &|block| {
            block.header.protocol_version += 1
        }),
        ("not above its parent", &|block| {
            block.header.time = network.genesis.founding_time();
        }),
    ];
    for (reason, alter) in alterations {
        match judge.judge(&altered(&proposed, alter)).await {
            Judgement::Judged(Verdict::Invalid(said)) => assert!(said.contains(reason), "{said}"),
            other => panic!("{reason}: {other:?}"),
        }
    }
    // The real one is none the worse for it.
    let valid = Judgement::Judged(Verdict::Valid);
    assert_eq!(judge.judge(&proposed).await, valid);
}

#[tokio::test]
async fn a_node_stops_when_a_quorum_decides_what_it_finds_invalid() {
    let network = network();
    let proposer = Node::start(&network, true);
    let proposed = proposer.propose().await;
    let wrong = altered(&proposed, |block| {
        block.header.state_root = Hash::sha256(&[b"other"]);
    });

    let judge = Node::start(&network, false);
    assert!(matches!(
        judge.judge(&wrong).await,
        Judgement::Judged(Verdict::Invalid(_))
    ));
    let committed = judge.ledger.commit(certificate(&wrong)).await;
    assert!(matches!(committed, Err(LedgerError::Stopped)));
    judge.assert_stopped(&wrong).await;

    let syncing = Node::start(&network, false);
    let synced = syncing.judge_synced(&wrong).await;
    assert!(matches!(synced, Err(LedgerError::Stopped)));
    syncing.assert_stopped(&wrong).await;
}

#[tokio::test]
async fn a_block_from_the_future_waits_for_its_time_unless_a_quorum_decided_it() {
    let network = network();
    let (proposer, judge) = (Node::start(&network, true), Node::start(&network, false));
    let proposed = proposer.propose().await;
    let early = altered(&proposed, |block| {
        block.header.time = clock::now().after_ms(AN_HOUR_MS);
    });
    match judge.judge(&early).await {
        Judgement::Early(wait) => assert!(wait > Duration::from_millis(AN_HOUR_MS / 2)),
        other => panic!("{other:?}"),
    }
    let synced = judge.judge_synced(&early).await.unwrap();
    assert_eq!(synced, SyncVerdict::Valid(early.announcement.block_hash));
    judge.ledger.commit(certificate(&early)).await.unwrap();
    assert_eq!(judge.ledger.tip().block_hash, early.announcement.block_hash);
}
