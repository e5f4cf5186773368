//! A bounded load of signed transactions, with a record of the acknowledged ones.
//!
//! ```text
//!   worker:  issue a receipt ──► the insurer locks it ──► and books half ──► the employer books the rest
//!            each submitted to one running node after another until a block contains it
//! ```
//!
//! A transaction is submitted again, byte for byte, when its node ended before it answered; the ledger executes it once.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use bytes::Bytes;
use piaolian_proto::v1::{FundKind, transaction_body::Action};

use crate::{
    cluster::{Cluster, Connection, Gone, Lines, Network, PATIENCE},
    control::{Answer, Committed, Request},
};
use piaolian_test_kit::{
    items::TOTAL_FEN,
    sample::HOSPITAL,
    transactions::{self, Draft},
};

/// Places of the sample network.
const FINANCE: usize = 0;
const INSURER: usize = 2;
const EMPLOYER: usize = 3;

/// Number of workers, each with one transaction in progress.
const WORKERS: usize = 4;

/// Pause after each transaction: enough load for every block, little enough for two cores.
const PAUSE: Duration = Duration::from_millis(10);

/// Longest time a node may take to commit a transaction before another is asked.
const COMMIT_PATIENCE: Duration = Duration::from_secs(15);

/// Longest time a transaction may take in all, across kills and restarts.
const IN_ALL: Duration = Duration::from_secs(180);

/// Receipt numbers granted at a time.
const NUMBERS: u64 = 1_000_000;

/// Transaction ids per request.
const IDS_MAX: usize = 256;

/// The rule that refuses a transaction that the ledger already has.
const REPLAYED: u32 = 1011;

/// A transaction whose location was acknowledged to a client.
#[derive(Clone, Debug)]
pub struct Acknowledged {
    /// Transaction id.
    pub id: String,
    /// The answer to the client.
    pub committed: Committed,
}

/// A running load.
pub struct Load {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
    /// Number of acknowledged transactions that were found on every node.
    found: usize,
}

struct Shared {
    network: Arc<Network>,
    lines: Lines,
    stop: AtomicBool,
    business: AtomicU64,
    turn: AtomicUsize,
    acknowledged: Mutex<Vec<Acknowledged>>,
}

impl Load {
    /// Lets finance grant numbers and starts the workers.
    ///
    /// # Panics
    /// When the grant is not accepted.
    pub fn start(cluster: &Cluster) -> Self {
        let network = Arc::clone(cluster.network());
        let action = transactions::grant(network.organisation(HOSPITAL), 1, NUMBERS);
        let grant = Draft::new(&network.chain_id, &network.founders[FINANCE], action).sign();
        cluster.accept(cluster.running()[0], &grant);
        let shared = Arc::new(Shared {
            network,
            lines: Arc::clone(cluster.lines()),
            stop: AtomicBool::new(false),
            business: AtomicU64::new(0),
            turn: AtomicUsize::new(0),
            acknowledged: Mutex::default(),
        });
        let worker = |_| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || shared.work())
        };
        Self {
            workers: (0..WORKERS).map(worker).collect(),
            shared,
            found: 0,
        }
    }

    /// Number of acknowledged transactions.
    pub fn acknowledged(&self) -> usize {
        self.shared.acknowledged().len()
    }

    /// Finds every transaction acknowledged since the last call on every running node, with the location and outcome
    /// that the client was told.
    ///
    /// # Panics
    /// When a worker failed, or an acknowledged transaction is lost or changed.
    pub fn assert_nothing_lost(&mut self, cluster: &mut Cluster) {
        let all = self.shared.acknowledged().clone();
        let heights = all.iter().map(|it| it.committed.height);
        let highest = heights.max().unwrap_or(0);
        for place in cluster.running() {
            cluster.wait_for_height(place, highest, PATIENCE);
            for some in all[self.found..].chunks(IDS_MAX) {
                let ids = some.iter().map(|it| it.id.clone()).collect();
                let Answer::Located(located) = cluster.ask(place, Request::Locate { ids }) else {
                    panic!("node {place} does not locate transactions");
                };
                for (told, located) in some.iter().zip(located) {
                    assert_eq!(
                        located.as_ref(),
                        Some(&told.committed),
                        "{} on node {place}",
                        told.id
                    );
                }
            }
        }
        self.found = all.len();
        let failed = self.workers.iter().any(JoinHandle::is_finished);
        assert!(!failed, "a worker ended early");
    }

    /// Stops the workers once their current transactions are committed.
    ///
    /// # Panics
    /// When a worker failed.
    pub fn stop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        for worker in self.workers.drain(..) {
            worker.join().expect("a worker failed");
        }
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

impl Shared {
    fn work(&self) {
        while !self.stopped() {
            let number = self.business.fetch_add(1, Ordering::Relaxed);
            let text = format!("b-{number}");
            let Some(issued) = self.submit_and_wait(HOSPITAL, transactions::issue(&text)) else {
                return;
            };
            let item = issued.items.first().expect("a receipt was asked for");
            let receipt = item.receipt.clone().expect("it has a number");
            let half = TOTAL_FEN / 2;
            let acts = [
                (INSURER, transactions::lock(&receipt, &text)),
                (
                    INSURER,
                    transactions::book(&receipt, FundKind::Commercial, &text, half),
                ),
                (
                    EMPLOYER,
                    transactions::book(&receipt, FundKind::Employer, &text, half),
                ),
            ];
            for (place, action) in acts {
                if self.submit_and_wait(place, action).is_none() {
                    return;
                }
            }
        }
    }

    /// Submits a transaction until a block contains it; `None` if the load was stopped meanwhile.
    fn submit_and_wait(&self, place: usize, action: Action) -> Option<Committed> {
        let network = &self.network;
        let encoded = Draft::new(&network.chain_id, &network.founders[place], action).sign();
        let id = transactions::id(&network.chain_id, &encoded);
        let deadline = Instant::now() + IN_ALL;
        let committed = loop {
            match self.attempt(&encoded, &id) {
                Ok(committed) => break committed,
                Err(Gone) if self.stopped() => return None,
                Err(Gone) => assert!(Instant::now() < deadline, "{id} is not committed"),
            }
            thread::sleep(PAUSE);
        };
        assert_eq!(committed.code, 0, "{committed:?}");
        assert!(
            committed.items.iter().all(|item| item.code == 0),
            "{committed:?}"
        );
        self.acknowledged().push(Acknowledged {
            id,
            committed: committed.clone(),
        });
        thread::sleep(PAUSE);
        Some(committed)
    }

    fn attempt(&self, encoded: &Bytes, id: &str) -> Result<Committed, Gone> {
        let line = self.line().ok_or(Gone)?;
        let transaction = hex::encode(encoded);
        match line.call(Request::SubmitAndWait { transaction }, COMMIT_PATIENCE)? {
            Answer::Committed(committed) => Ok(committed),
            Answer::Refused { code: REPLAYED, .. } => {
                let ids = vec![id.to_owned()];
                match line.call(Request::Locate { ids }, PATIENCE)? {
                    Answer::Located(mut located) => Ok(located
                        .pop()
                        .flatten()
                        .expect("a transaction refused as replayed is in a block")),
                    other => panic!("{other:?}"),
                }
            }
            Answer::Refused { code: 0, .. } => Err(Gone), // the node stops
            other => panic!("{id}: {other:?}"),
        }
    }

    /// Chooses a running node, a different one each time.
    fn line(&self) -> Option<Arc<Connection>> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let validators = &lines[..self.network.validators];
        let running: Vec<_> = validators.iter().flatten().collect();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let line = running.get(turn.checked_rem(running.len())?)?;
        Some(Arc::clone(line))
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn acknowledged(&self) -> MutexGuard<'_, Vec<Acknowledged>> {
        self.acknowledged
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
