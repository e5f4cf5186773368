//! The way of a transaction into the pool.
//!
//! ```text
//!   bytes ─open─► id: waits already? ─decode─► shape ─admit─► key, window, replay
//!         ─verify─► signature, many at once ─insert─► mempool ─► relay
//! ```
//!
//! One thread takes what has queued up meanwhile as one batch: under load the
//! batches grow and a signature costs half.

use std::{sync::Arc, thread};

use bytes::Bytes;
use piaolian_base::{
    clock,
    metrics::{Metrics, TurnedAway},
};
use piaolian_contracts::{
    AdmitError, Moment, Refused,
    admission::Gate,
    chain::{ChainId, Hash, PublicKey},
    transaction::{Envelope, Transaction, Verified, verify_batch},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::{CommittedOutcome, Fault, LedgerError, Mempool, Origin, PoolError, mempool::Inserted};
use crate::store::Store;

/// Submissions that may wait for the thread; beyond it submitters wait their turn.
const QUEUE_MAX: usize = 4_096;
/// Bytes of submissions that may wait, KiB: a hundred of the largest.
const QUEUE_KIB_MAX: usize = 64 << 10;
/// What one counts for at most, KiB: no more is looked at of one that is too large.
const ONE_KIB_MAX: u32 = 1 << 10;
/// Transactions verified together: enough for the batch to pay, few enough to stay prompt.
const BATCH_MAX: usize = 512;

/// Why a transaction was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// A rule of admission; it never enters a block as it is.
    #[error("{0}")]
    Refused(Refused),
    /// This node cannot take it now.
    #[error("{0}")]
    Pool(#[from] PoolError),
    /// The node is stopping.
    #[error("{0}")]
    Stopped(#[from] LedgerError),
}

/// A transaction that was taken.
#[derive(Debug)]
pub struct Submitted {
    /// Its id.
    pub id: Hash,
    /// Its outcome, once a block has it. Closed without one when it expires.
    pub settled: oneshot::Receiver<CommittedOutcome>,
}

/// Where the submitter waits for whether it was taken.
type Reply = oneshot::Sender<Result<Submitted, SubmitError>>;

struct Job {
    encoded: Bytes,
    origin: Origin,
    reply: Option<Reply>,
    /// Its place among the bytes that wait.
    _room: OwnedSemaphorePermit,
}

/// A handle on the admission thread.
#[derive(Clone)]
pub struct Admission {
    jobs: mpsc::Sender<Job>,
    room: Arc<Semaphore>,
    metrics: Metrics,
}

impl Admission {
    /// Starts the thread, which ends with its last handle. What is new and first-hand goes to `relay`.
    #[must_use]
    pub fn start(
        chain_id: ChainId,
        store: Store,
        mempool: Arc<Mempool>,
        relay: mpsc::Sender<Bytes>,
        metrics: Metrics,
        faults: mpsc::Sender<Fault>,
    ) -> Self {
        let (jobs, received) = mpsc::channel(QUEUE_MAX);
        let worker = Worker {
            chain_id,
            store,
            mempool,
            relay,
            metrics: metrics.clone(),
        };
        thread::Builder::new()
            .name("admission".to_owned())
            .spawn(move || worker.run(received, &faults))
            .expect("the system gives a thread to a starting node");
        let room = Arc::new(Semaphore::new(QUEUE_KIB_MAX));
        Self {
            jobs,
            room,
            metrics,
        }
    }

    /// Counts a transaction that a rule refused before it came here: what cannot be decoded.
    pub fn refused_before(&self, refused: &Refused) {
        self.metrics.refused(refused.code());
    }

    /// Submits a client's transaction; returns once it waits for a block.
    ///
    /// # Errors
    /// When a rule refuses it, the pool is full or the node stops.
    pub async fn submit(&self, encoded: Bytes) -> Result<Submitted, SubmitError> {
        let (reply, answer) = oneshot::channel();
        self.queue(encoded, Origin::FirstHand, Some(reply)).await?;
        answer.await.map_err(|_| LedgerError::Stopped)?
    }

    /// Takes what another node sent. Nobody waits for an answer; what is refused is dropped.
    ///
    /// # Errors
    /// When the node is stopping.
    pub async fn take(&self, encoded: Bytes, origin: Origin) -> Result<(), LedgerError> {
        self.queue(encoded, origin, None).await
    }

    async fn queue(
        &self,
        encoded: Bytes,
        origin: Origin,
        reply: Option<Reply>,
    ) -> Result<(), LedgerError> {
        let kib = u32::try_from(encoded.len() / 1024 + 1).unwrap_or(u32::MAX);
        let room = self.room.clone().acquire_many_owned(kib.min(ONE_KIB_MAX));
        let job = Job {
            encoded,
            origin,
            reply,
            _room: room.await.map_err(|_| LedgerError::Stopped)?,
        };
        self.jobs.send(job).await.map_err(|_| LedgerError::Stopped)
    }
}

struct Worker {
    chain_id: ChainId,
    store: Store,
    mempool: Arc<Mempool>,
    relay: mpsc::Sender<Bytes>,
    metrics: Metrics,
}

/// A job whose transaction has a shape and a key, waiting for its signature to be checked.
struct Keyed {
    transaction: Arc<Transaction>,
    key: PublicKey,
    origin: Origin,
    reply: Option<Reply>,
}

/// What a submission turned out to be.
enum Found {
    /// New: this key must have signed it.
    Key(Arc<Transaction>, PublicKey),
    /// In the pool already.
    Waiting(Verified),
}

impl Worker {
    fn run(&self, mut jobs: mpsc::Receiver<Job>, faults: &mpsc::Sender<Fault>) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while jobs.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
            if let Err(fault) = self.admit(batch.drain(..)) {
                tracing::error!(%fault, "admission stops");
                let _ = faults.try_send(fault); // full: another fault is stopping the node already
                return;
            }
        }
    }

    /// Admits a batch on one version of the state.
    fn admit(&self, jobs: impl Iterator<Item = Job>) -> Result<(), Fault> {
        let state = self.store.state();
        let mut gate = Gate::open(&state)?;
        let moment = Moment {
            height: state.tip().height.next(),
            time: clock::now().max(state.tip().time),
        };
        let mut keyed = Vec::new();
        for job in jobs {
            match self.key(&mut gate, &moment, job.encoded.clone())? {
                Ok(Found::Key(transaction, key)) => keyed.push(Keyed {
                    transaction,
                    key,
                    origin: job.origin,
                    reply: job.reply,
                }),
                Ok(Found::Waiting(known)) => self.insert(known, job.origin, job.reply),
                Err(refused) => self.refuse(refused, job.reply),
            }
        }
        let verified = verify_batch(
            keyed
                .iter()
                .map(|keyed| (keyed.transaction.clone(), keyed.key))
                .collect(),
        );
        for (keyed, verified) in keyed.into_iter().zip(verified) {
            match verified {
                Ok(verified) => self.insert(verified, keyed.origin, keyed.reply),
                Err(refused) => self.refuse(refused, keyed.reply),
            }
        }
        Ok(())
    }
}

impl Worker {
    /// Decodes a submission and finds the key that must have signed it, unless the pool has
    /// it, verified, byte by byte.
    fn key(
        &self,
        gate: &mut Gate<'_>,
        moment: &Moment,
        encoded: Bytes,
    ) -> Result<Result<Found, Refused>, Fault> {
        let envelope = match Envelope::open(encoded, &self.chain_id) {
            Ok(envelope) => envelope,
            Err(refused) => return Ok(Err(refused)),
        };
        if let Some(known) = self.mempool.get(envelope.id())
            && known.transaction().encoded() == envelope.encoded()
        {
            return Ok(Ok(Found::Waiting(known)));
        }
        let transaction = match Transaction::from_envelope(envelope, &self.chain_id) {
            Ok(transaction) => transaction,
            Err(refused) => return Ok(Err(refused)),
        };
        match gate.admit(moment, &transaction) {
            Ok(key) => Ok(Ok(Found::Key(Arc::new(transaction), key))),
            Err(AdmitError::Refused(refused)) => Ok(Err(refused)),
            Err(AdmitError::Fault(fault)) => Err(fault.into()),
        }
    }

    fn insert(&self, verified: Verified, origin: Origin, reply: Option<Reply>) {
        let (id, encoded) = {
            let transaction = verified.transaction();
            (*transaction.id(), transaction.encoded().clone())
        };
        let (waiter, settled) = oneshot::channel();
        let waiter = reply.is_some().then_some(waiter);
        match self.mempool.insert(verified, origin, waiter) {
            Ok(inserted) => {
                answer(reply, Ok(Submitted { id, settled }));
                if inserted == Inserted::New && origin == Origin::FirstHand {
                    let _ = self.relay.blocking_send(encoded); // closed: the node is stopping
                }
            }
            Err(error) => {
                self.metrics.turned_away(match error {
                    PoolError::Busy => TurnedAway::Busy,
                    PoolError::ClientIdInUse => TurnedAway::ClientIdInUse,
                });
                answer(reply, Err(SubmitError::Pool(error)));
            }
        }
    }

    fn refuse(&self, refused: Refused, reply: Option<Reply>) {
        self.metrics.refused(refused.code());
        answer(reply, Err(SubmitError::Refused(refused)));
    }
}

fn answer(reply: Option<Reply>, result: Result<Submitted, SubmitError>) {
    if let Some(reply) = reply {
        let _ = reply.send(result); // a submitter that left needs no answer
    }
}
