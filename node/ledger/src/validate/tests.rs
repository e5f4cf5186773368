//! Tests with two ledgers of one chain: one builds blocks, the other validates them.

use std::time::{Duration, Instant};

use ed25519_dalek::SigningKey;
use piaolian_base::{clock, metrics::Metrics};
use piaolian_contracts::{
    chain::{Block, CommitCertificate, Signature},
    genesis_state,
    organisations::KeyPurpose,
};
use piaolian_genesis::KeyPair;
use piaolian_proto::v1::{self, proposed_decision::Decision, transaction_body::Action};
use piaolian_test_kit::{
    sample::{self, Network},
    transactions::Draft,
};
use tempfile::TempDir;

use crate::{store::ChainIdentity, *};

const PATIENCE: Duration = Duration::from_secs(30);
const AN_HOUR_MS: u64 = 3_600_000;
/// Seed of the key that is held beside the founding one.
const NEXT_SEED: u64 = 2;
/// Its number, and the founding one's. Finance has six keys at the start.
const NEXT_KEY: u32 = 7;
const FIRST_KEY: u32 = 3;

/// A ledger with its own store.
struct Node {
    ledger: Ledger,
    faults: mpsc::Receiver<Fault>,
    folder: TempDir,
}

impl Node {
    /// Starts the only validator's node, or one that only validates.
    fn start(network: &Network, is_proposer: bool) -> Self {
        let genesis = &network.genesis;
        let folder = tempfile::tempdir().unwrap();
        let identity = ChainIdentity {
            chain_id: genesis.chain_id().clone(),
            genesis_hash: genesis.hash(),
        };
        let changes = genesis_state(&genesis.founding()).unwrap();
        let path = folder.path().join("store");
        let store = Store::create(&path, &identity, genesis.founding_time(), changes).unwrap();
        let held = [&network.founders[0], &sample::founder(0, NEXT_SEED)];
        let keys = held.map(|founder| proposer_key(founder.key(KeyPurpose::Validate).unwrap().1));
        let proposers = is_proposer.then_some(keys).into_iter().flatten();
        let (report, faults) = mpsc::channel(1);
        let chain_id = identity.chain_id;
        let ledger = Ledger::start(
            chain_id,
            store,
            Arc::default(),
            proposers,
            Metrics::default(),
            report,
        );
        Self {
            ledger,
            faults,
            folder,
        }
    }

    /// Puts a transaction of the founder's admin key into the pool.
    fn submit(&self, network: &Network, action: Action) {
        let client_id = *self
            .ledger
            .tip()
            .block_hash
            .as_bytes()
            .first_chunk()
            .unwrap();
        let founder = &network.founders[0];
        let verified = Draft::new(self.ledger.chain_id(), founder, action)
            .purpose(founder, KeyPurpose::Admin)
            .client(client_id)
            .verified();
        let pool = self.ledger.mempool();
        pool.insert(verified, Origin::FirstHand, None).unwrap();
    }

    /// Proposes a block, with a transaction if given, has the other node validate it, and commits it on both.
    async fn advance(&self, other: &Self, network: &Network, action: Option<Action>) -> Block {
        if let Some(action) = action {
            self.submit(network, action);
        }
        let proposed = self.propose().await;
        let valid = ProposalOutcome::Validated(Validity::Valid);
        assert_eq!(other.validate(&proposed).await, valid);
        for node in [self, other] {
            node.ledger.commit(certificate(&proposed)).await.unwrap();
        }
        Block::decode(proposed.block).unwrap()
    }

    async fn propose(&self) -> Proposed {
        let budget = Budget {
            time: PATIENCE,
            until: Instant::now() + PATIENCE,
        };
        let next = self.ledger.tip().height.next();
        self.ledger.propose(next, 0, budget).await.unwrap()
    }

    async fn validate(&self, proposed: &Proposed) -> ProposalOutcome {
        let received = ReceivedBlock::open(
            proposed.announcement.clone(),
            proposed.signature,
            proposed.block.clone(),
            self.ledger.chain_id(),
        );
        let received = Arc::new(received.unwrap());
        self.ledger.validate(received).await.unwrap()
    }

    async fn validate_synced(&self, proposed: &Proposed) -> Result<SyncOutcome, LedgerError> {
        let block = OpenedBlock::open(proposed.block.clone(), self.ledger.chain_id()).unwrap();
        let announcement = &proposed.announcement;
        let (height, proposer) = (announcement.height, announcement.proposer);
        self.ledger
            .validate_synced(height, 0, proposer, block)
            .await
    }

    /// Asserts that the node stopped because a quorum decided this block, and that it wrote nothing of it.
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
                .view()
                .body(&proposed.announcement.block_hash)
                .unwrap()
                .is_none()
        );
        drop(self.folder);
    }
}

fn proposer_key(key: &KeyPair) -> ProposerKey {
    ProposerKey::new(
        key.public_key().address(),
        SigningKey::from_bytes(&key.secret()),
    )
}

/// A decision of the only governor, which takes effect when it is proposed.
fn decide(decision: Decision) -> Action {
    Action::Propose(v1::Propose {
        proposal: Some(v1::ProposedDecision {
            decision: Some(decision),
        }),
        reason: "a test".to_owned(),
        open_for_ms: AN_HOUR_MS,
    })
}

fn network() -> Network {
    let chain_id = "piaolian-validate".parse().unwrap();
    sample::network(&chain_id, clock::now(), 1, 1).unwrap()
}

/// The same proposal with another header. Its signature is invalid, which these tests do not check.
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
        signatures: Vec::new(), // consensus checks certificates before the ledger gets them
    }
}

#[tokio::test]
async fn a_built_block_is_valid_on_another_node_and_both_commit_it() {
    let network = network();
    let (proposer, other) = (Node::start(&network, true), Node::start(&network, false));
    for _ in 0..3 {
        let proposed = proposer.propose().await;
        let valid = ProposalOutcome::Validated(Validity::Valid);
        assert_eq!(other.validate(&proposed).await, valid);
        for node in [&proposer, &other] {
            node.ledger.commit(certificate(&proposed)).await.unwrap();
        }
        assert_eq!(other.ledger.tip(), proposer.ledger.tip());
        assert_eq!(other.validate(&proposed).await, ProposalOutcome::Stale);
    }
}

#[tokio::test]
async fn a_block_is_invalid_if_any_field_of_its_header_does_not_follow() {
    let network = network();
    let (proposer, other) = (Node::start(&network, true), Node::start(&network, false));
    let proposed = proposer.propose().await;
    let different = Hash::sha256(&[b"different"]);
    let alterations: [(&str, &dyn Fn(&mut Block)); 8] = [
        ("state root", &|block| block.header.state_root = different),
        ("outcomes root", &|block| {
            block.header.outcomes_root = different
        }),
        ("history root", &|block| {
            block.header.history_root = different
        }),
        ("parent hash", &|block| block.header.parent_hash = different),
        ("validators hash", &|block| {
            block.header.validators_hash = different
        }),
        ("next validators hash", &|block| {
            block.header.next_validators_hash = different;
        }),
        ("protocol version", &|block| {
            block.header.protocol_version += 1
        }),
        ("not above its parent", &|block| {
            block.header.time = network.genesis.founding_time();
        }),
    ];
    for (reason, alter) in alterations {
        match other.validate(&altered(&proposed, alter)).await {
            ProposalOutcome::Validated(Validity::Invalid(said)) => {
                assert!(said.contains(reason), "{said}")
            }
            other => panic!("{reason}: {other:?}"),
        }
    }
    // The original block is still valid.
    let valid = ProposalOutcome::Validated(Validity::Valid);
    assert_eq!(other.validate(&proposed).await, valid);
}

#[tokio::test]
async fn a_node_stops_when_a_quorum_decides_a_block_that_it_finds_invalid() {
    let network = network();
    let proposer = Node::start(&network, true);
    let proposed = proposer.propose().await;
    let wrong = altered(&proposed, |block| {
        block.header.state_root = Hash::sha256(&[b"other"]);
    });

    let other = Node::start(&network, false);
    assert!(matches!(
        other.validate(&wrong).await,
        ProposalOutcome::Validated(Validity::Invalid(_))
    ));
    let committed = other.ledger.commit(certificate(&wrong)).await;
    assert!(matches!(committed, Err(LedgerError::Stopped)));
    other.assert_stopped(&wrong).await;

    let syncing = Node::start(&network, false);
    let synced = syncing.validate_synced(&wrong).await;
    assert!(matches!(synced, Err(LedgerError::Stopped)));
    syncing.assert_stopped(&wrong).await;
}

#[tokio::test]
async fn a_block_ahead_of_the_clock_waits_unless_a_quorum_decided_it() {
    let network = network();
    let (proposer, other) = (Node::start(&network, true), Node::start(&network, false));
    let proposed = proposer.propose().await;
    let early = altered(&proposed, |block| {
        block.header.time = clock::now().after_ms(AN_HOUR_MS);
    });
    match other.validate(&early).await {
        ProposalOutcome::Early(wait) => assert!(wait > Duration::from_millis(AN_HOUR_MS / 2)),
        other => panic!("{other:?}"),
    }
    let synced = other.validate_synced(&early).await.unwrap();
    assert_eq!(synced, SyncOutcome::Valid(early.announcement.block_hash));
    other.ledger.commit(certificate(&early)).await.unwrap();
    assert_eq!(other.ledger.tip().block_hash, early.announcement.block_hash);
}

#[tokio::test]
async fn a_validators_key_rotates_between_two_heights() {
    let network = network();
    let (proposer, other) = (Node::start(&network, true), Node::start(&network, false));
    let founder = &network.founders[0];
    let organisation = founder.presentation.organisation;
    let next = sample::founder(0, NEXT_SEED);
    let next = next.key(KeyPurpose::Validate).unwrap().1;
    let registration = next.registration(network.genesis.chain_id(), &organisation);
    let add = Action::AddKey(v1::AddKey {
        key: Some(registration),
    });
    let rotate = Action::RotateValidatorKey(v1::RotateValidatorKey {
        old_key_id: FIRST_KEY,
        new_key_id: NEXT_KEY,
        effective_height: 5,
    });
    let mut headers = Vec::new();
    for action in [Some(add), Some(rotate), None, None, None, None] {
        headers.push(proposer.advance(&other, &network, action).await.header);
    }
    let old = founder
        .key(KeyPurpose::Validate)
        .unwrap()
        .1
        .public_key()
        .address();
    let proposers: Vec<_> = headers.iter().map(|header| header.proposer).collect();
    let new = next.public_key().address();
    assert_eq!(proposers, [old, old, old, old, new, new]);
    for pair in headers.windows(2) {
        assert_eq!(pair[0].next_validators_hash, pair[1].validators_hash);
        let changes = pair[0].validators_hash != pair[1].validators_hash;
        assert_eq!(changes, pair[1].height.get() == 5);
    }

    // The old key can no longer propose.
    let proposed = proposer.propose().await;
    let mut by_old = altered(&proposed, |block| block.header.proposer = old);
    by_old.announcement.proposer = old;
    match other.validate(&by_old).await {
        ProposalOutcome::Validated(Validity::Invalid(said)) => {
            assert!(said.contains("proposer"), "{said}")
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_node_stops_at_a_protocol_version_that_it_does_not_know() {
    let network = network();
    let (proposer, other) = (Node::start(&network, true), Node::start(&network, false));
    let activation = decide(Decision::ActivateProtocol(v1::ActivateProtocol {
        version: 2,
        effective_height: 3,
    }));
    for action in [Some(activation), None] {
        proposer.ledger.check_version().unwrap();
        let header = proposer.advance(&other, &network, action).await.header;
        assert_eq!(header.protocol_version, 1);
    }
    for node in [&proposer, &other] {
        match node.ledger.check_version() {
            Err(LedgerError::Fault(Fault::UnknownVersion(unknown))) => {
                assert_eq!((unknown.version, unknown.height.get()), (2, 3));
            }
            other => panic!("{other:?}"),
        }
    }
    let budget = Budget {
        time: PATIENCE,
        until: Instant::now() + PATIENCE,
    };
    let next = proposer.ledger.tip().height.next();
    let built = proposer.ledger.propose(next, 0, budget).await;
    assert!(matches!(built, Err(LedgerError::Stopped)));
}
