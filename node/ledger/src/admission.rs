//! Admission of transactions to the mempool.
//!
//! ```text
//!   a client's, decoded ──────────┐
//!                                 ├─► in the pool already? ─admit─► key, window, replay
//!   a peer's, encoded ─►decode────┘     ─verify─► signatures, as a batch ─insert─► mempool ─► relay
//! ```
//!
//! A transaction is decoded once: a client's by [`Admission::decode`], before it waits for the admission thread; a
//! peer's on that thread. The thread takes everything that has queued up in the meantime as one batch. Batches grow
//! under load, and in a batch a signature costs half as much to verify.

use std::{sync::Arc, thread};

use bytes::Bytes;
use piaolian_base::{
    clock,
    metrics::{Metrics, TurnedAway},
};
use piaolian_contracts::{
    AdmitError, BlockContext, Refused,
    admission::AdmissionChecks,
    chain::{ChainId, Hash, PublicKey},
    transaction::{Envelope, Transaction, Verified, verify_batch},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use super::{CommittedOutcome, Fault, LedgerError, Mempool, Origin, PoolError, mempool::Inserted};
use crate::store::ChainView;

/// Submissions that may wait for the thread. Further submitters wait.
const QUEUE_MAX: usize = 4_096;
/// Bytes of submissions that may wait, KiB: a hundred of the largest.
const QUEUE_KIB_MAX: usize = 64 << 10;
/// Most that one submission counts for, KiB. A larger one is refused before the rest of it is read.
const ONE_KIB_MAX: u32 = 1 << 10;
/// Transactions verified together: enough for the batch to pay, few enough for short waits.
const BATCH_MAX: usize = 512;

/// Reason why a transaction was not taken.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// A rule of admission refuses it. It can never enter a block as it is.
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
    /// The transaction's id.
    pub id: Hash,
    /// Receives the outcome once a block contains the transaction. Closed without one when the transaction expires.
    pub outcome: oneshot::Receiver<CommittedOutcome>,
}

/// Channel that tells the submitter whether the transaction was taken.
type Reply = oneshot::Sender<Result<Submitted, SubmitError>>;

/// A transaction as it reaches the thread.
enum Submission {
    /// A client's.
    Decoded(Arc<Transaction>),
    /// A peer's.
    Encoded(Bytes),
}

impl Submission {
    /// Length of the encoded transaction, bytes.
    fn len(&self) -> usize {
        match self {
            Self::Decoded(transaction) => transaction.encoded().len(),
            Self::Encoded(encoded) => encoded.len(),
        }
    }
}

struct Job {
    submission: Submission,
    origin: Origin,
    reply: Option<Reply>,
    /// The job's share of the bytes that may wait.
    _permit: OwnedSemaphorePermit,
}

/// A handle on the admission thread.
#[derive(Clone)]
pub struct Admission {
    chain_id: ChainId,
    jobs: mpsc::Sender<Job>,
    /// KiB that may still wait.
    room: Arc<Semaphore>,
    metrics: Metrics,
}

impl Admission {
    /// Starts the thread, which ends when its last handle is dropped. New first-hand transactions go to `relay`.
    pub fn start(
        chain_id: ChainId,
        view: ChainView,
        mempool: Arc<Mempool>,
        relay: mpsc::Sender<Bytes>,
        metrics: Metrics,
        faults: mpsc::Sender<Fault>,
    ) -> Self {
        let (jobs, received) = mpsc::channel(QUEUE_MAX);
        let worker = Worker {
            chain_id: chain_id.clone(),
            view,
            mempool,
            relay,
            metrics: metrics.clone(),
        };
        thread::Builder::new()
            .name("admission".to_owned())
            .spawn(move || worker.run(received, &faults))
            .expect("the system gives a thread to a starting node");
        Self {
            chain_id,
            jobs,
            room: Arc::new(Semaphore::new(QUEUE_KIB_MAX)),
            metrics,
        }
    }

    /// Decodes a client's transaction, and counts a refusal.
    ///
    /// # Errors
    /// When the bytes are malformed, too large, or of another chain.
    pub fn decode(&self, encoded: Bytes) -> Result<Arc<Transaction>, Refused> {
        Transaction::decode(encoded, &self.chain_id)
            .map(Arc::new)
            .inspect_err(|refused| self.metrics.refused(refused.code()))
    }

    /// Submits a client's transaction. Returns once the transaction is in the mempool.
    ///
    /// # Errors
    /// When a rule refuses it, the pool is full, or the node is stopping.
    pub async fn submit(&self, transaction: Arc<Transaction>) -> Result<Submitted, SubmitError> {
        let (reply, answer) = oneshot::channel();
        let submission = Submission::Decoded(transaction);
        self.queue(submission, Origin::FirstHand, Some(reply))
            .await?;
        answer.await.map_err(|_| LedgerError::Stopped)?
    }

    /// Takes a peer's encoded transaction. The peer gets no answer; a transaction that is refused is dropped.
    ///
    /// # Errors
    /// When the node is stopping.
    pub async fn take(&self, encoded: Bytes, origin: Origin) -> Result<(), LedgerError> {
        self.queue(Submission::Encoded(encoded), origin, None).await
    }

    async fn queue(
        &self,
        submission: Submission,
        origin: Origin,
        reply: Option<Reply>,
    ) -> Result<(), LedgerError> {
        let kib = u32::try_from(submission.len() / 1024 + 1).unwrap_or(u32::MAX);
        let permit = self.room.clone().acquire_many_owned(kib.min(ONE_KIB_MAX));
        let job = Job {
            submission,
            origin,
            reply,
            _permit: permit.await.map_err(|_| LedgerError::Stopped)?,
        };
        self.jobs.send(job).await.map_err(|_| LedgerError::Stopped)
    }
}

struct Worker {
    chain_id: ChainId,
    view: ChainView,
    mempool: Arc<Mempool>,
    relay: mpsc::Sender<Bytes>,
    metrics: Metrics,
}

/// An admitted transaction whose signature is still to be verified.
struct Unverified {
    transaction: Arc<Transaction>,
    key: PublicKey,
    origin: Origin,
    reply: Option<Reply>,
}

/// State of a submission in relation to the pool.
enum Candidate {
    /// New: this key must have signed it.
    New(Arc<Transaction>, PublicKey),
    /// Already in the pool, verified.
    Pooled(Verified),
}

impl Worker {
    fn run(&self, mut jobs: mpsc::Receiver<Job>, faults: &mpsc::Sender<Fault>) {
        let mut batch = Vec::with_capacity(BATCH_MAX);
        while jobs.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
            if let Err(fault) = self.admit(batch.drain(..)) {
                tracing::error!(%fault, "admission stopped by a fault");
                let _ = faults.try_send(fault); // full: another fault is stopping the node already
                return;
            }
        }
    }

    /// Admits a batch on one version of the state.
    fn admit(&self, jobs: impl Iterator<Item = Job>) -> Result<(), Fault> {
        let state = self.view.state();
        let mut gate = AdmissionChecks::open(&state)?;
        let moment = BlockContext {
            height: state.tip().height.next(),
            time: clock::now().max(state.tip().time),
        };
        let mut unverified = Vec::new();
        for job in jobs {
            match self.candidate(&mut gate, &moment, job.submission)? {
                Ok(Candidate::New(transaction, key)) => unverified.push(Unverified {
                    transaction,
                    key,
                    origin: job.origin,
                    reply: job.reply,
                }),
                Ok(Candidate::Pooled(known)) => self.insert(known, job.origin, job.reply),
                Err(refused) => self.refuse(refused, job.reply),
            }
        }
        self.verify(unverified);
        Ok(())
    }

    /// Verifies the signatures of a batch and puts the valid transactions into the pool.
    fn verify(&self, unverified: Vec<Unverified>) {
        let verified = verify_batch(
            unverified
                .iter()
                .map(|one| (one.transaction.clone(), one.key))
                .collect(),
        );
        for (one, verified) in unverified.into_iter().zip(verified) {
            match verified {
                Ok(verified) => self.insert(verified, one.origin, one.reply),
                Err(refused) => self.refuse(refused, one.reply),
            }
        }
    }

    /// Decodes a submission where necessary, and finds the key that must have signed it. Skips both when the same bytes
    /// are in the pool already, which contains verified transactions only.
    fn candidate(
        &self,
        gate: &mut AdmissionChecks<'_>,
        moment: &BlockContext,
        submission: Submission,
    ) -> Result<Result<Candidate, Refused>, Fault> {
        let transaction = match submission {
            Submission::Decoded(transaction) => {
                if let Some(known) = self.pooled(transaction.id(), transaction.encoded()) {
                    return Ok(Ok(Candidate::Pooled(known)));
                }
                transaction
            }
            Submission::Encoded(encoded) => {
                let envelope = match Envelope::open(encoded, &self.chain_id) {
                    Ok(envelope) => envelope,
                    Err(refused) => return Ok(Err(refused)),
                };
                if let Some(known) = self.pooled(envelope.id(), envelope.encoded()) {
                    return Ok(Ok(Candidate::Pooled(known)));
                }
                match Transaction::from_envelope(envelope, &self.chain_id) {
                    Ok(transaction) => Arc::new(transaction),
                    Err(refused) => return Ok(Err(refused)),
                }
            }
        };
        match gate.admit(moment, &transaction) {
            Ok(key) => Ok(Ok(Candidate::New(transaction, key))),
            Err(AdmitError::Refused(refused)) => Ok(Err(refused)),
            Err(AdmitError::Fault(fault)) => Err(fault.into()),
        }
    }

    /// The transaction in the pool with this id, if its bytes are the same, signature included.
    fn pooled(&self, id: &Hash, encoded: &Bytes) -> Option<Verified> {
        let known = self.mempool.get(id)?;
        (known.transaction().encoded() == encoded).then_some(known)
    }

    fn insert(&self, verified: Verified, origin: Origin, reply: Option<Reply>) {
        let (id, encoded) = {
            let transaction = verified.transaction();
            (*transaction.id(), transaction.encoded().clone())
        };
        let (waiter, outcome) = oneshot::channel();
        let waiter = reply.is_some().then_some(waiter);
        match self.mempool.insert(verified, origin, waiter) {
            Ok(inserted) => {
                answer(reply, Ok(Submitted { id, outcome }));
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
        let _ = reply.send(result); // the submitter may have stopped waiting
    }
}
