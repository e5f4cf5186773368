//! Signs transactions in advance and submits them in bounded steps.

use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use piaolian_base::clock;
use piaolian_contracts::organisations::KeyPurpose;
use piaolian_custody::keys::{Author, KeyRing, UnsignedTransaction, random_client_id};
use piaolian_proto::v1::{self, transaction_body::Action};
use piaolian_test_kit::items::issue_item;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

use super::{calibrate::Spread, ledger::count};
use crate::demo::{Client, DemoError, Member, Network};

/// Receipts that may wait on a node before senders pause: a few blocks.
const WAITING_RECEIPTS_MAX: u64 = 8_000;
/// Bytes per submission, below the limit of a call.
const SUBMISSION_BYTES_MAX: usize = 1 << 20;
/// Transactions per submission.
const SUBMISSION_MAX: usize = 200;
/// Duration of sending before counting begins.
const WARM_UP: Duration = Duration::from_secs(3);
/// Longest time until the last transactions of a load are decided.
const DRAIN_MAX: Duration = Duration::from_secs(60);
/// Interval between queries of the number of waiting transactions.
const ASK_EVERY: Duration = Duration::from_millis(20);
/// Receipts per second that are prepared, for either batch size. The run fails if the network takes more.
const RATE_MAX: [u64; 2] = [16_000, 40_000];
/// Validity of transactions, ms: longer than a run.
const VALID_MS: u64 = 3_600_000;

/// Result of saturating the network.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saturation {
    /// Accepted receipts including the warm-up, for the CPU cost per receipt.
    pub(super) receipts: u64,
    /// Receipts accepted per second, from block times after the warm-up.
    pub(super) receipts_per_s: f64,
    /// Average receipts per block.
    pub(super) receipts_per_block: f64,
    pub(super) last_height: u64,
}

/// Latency up to the answer after the synced commit, ms.
#[derive(Clone, Copy, Debug)]
pub(super) struct Latency {
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) count: usize,
}

/// Signs as the hospital and submits to all four nodes.
pub(super) struct Load {
    author: Author,
    clients: Vec<Client>,
    /// Next business number; each is used once.
    next: u64,
    accepted: u64,
}

impl Load {
    pub(super) fn new(network: &Network) -> Result<Self, DemoError> {
        let folder = network.home(Member::Hospital)?.folder.join("keys");
        let unavailable =
            |error: &dyn std::fmt::Display| DemoError::unavailable("the hospital's key", &error);
        let keys = KeyRing::open(&folder).map_err(|error| unavailable(&error))?;
        let key = keys
            .require(KeyPurpose::Sign)
            .map_err(|error| unavailable(&error))?;
        let author = Author::new(Network::chain_id(), Member::Hospital.id(), key.clone());
        let clients = Member::FOUNDERS
            .iter()
            .map(|member| network.client(*member))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            author,
            clients,
            next: 0,
            accepted: 0,
        })
    }

    /// Number of receipts accepted in this run.
    pub(super) const fn accepted(&self) -> u64 {
        self.accepted
    }

    /// Issues receipts one at a time on an idle network.
    pub(super) async fn one_by_one(
        &mut self,
        count: u64,
        pause: Duration,
    ) -> Result<Spread, DemoError> {
        let mut latencies = Vec::new();
        for transaction in self.sign(count, 1)? {
            let begun = Instant::now();
            accept(&self.clients[1], transaction).await?;
            latencies.push(begun.elapsed().as_secs_f64() * 1e3);
            sleep(pause).await;
        }
        self.accepted += count;
        Ok(Spread::of(latencies))
    }

    /// Submits as much as the network takes.
    pub(super) async fn saturate(
        &mut self,
        per_signature: u64,
        duration: Duration,
    ) -> Result<Saturation, DemoError> {
        let rate = RATE_MAX[usize::from(per_signature > 1)];
        let receipts = rate * (duration + WARM_UP).as_secs();
        let signed = self.sign(receipts / per_signature, per_signature)?;
        let from = self.height().await?;
        let queue = Arc::new(Mutex::new(VecDeque::from(signed)));
        let stop = Arc::new(AtomicBool::new(false));
        let waiting = Arc::new(AtomicU64::new(0));
        let mut senders = JoinSet::new();
        for client in &self.clients {
            let sender = Sender {
                client: client.clone(),
                queue: queue.clone(),
                stop: stop.clone(),
                waiting: waiting.clone(),
                waiting_max: (WAITING_RECEIPTS_MAX / per_signature).max(4),
            };
            senders.spawn(sender.run());
        }
        let watch = tokio::spawn(watch(self.clients[1].clone(), waiting.clone()));
        sleep(WARM_UP).await;
        let warm = self.height().await?;
        sleep(duration).await;
        let hot = self.height().await?;
        let ran_dry = queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_empty();
        stop.store(true, Ordering::Relaxed);
        while let Some(sent) = senders.join_next().await {
            sent.map_err(|error| DemoError::unavailable("a sender", &error))??;
        }
        let last_height = self.drain().await?;
        watch.abort();
        if ran_dry {
            let rate = format!("ran out at {rate} receipts/s: prepare more");
            return Err(DemoError::unavailable("the prepared load", &rate));
        }
        self.counted(from, warm, hot, last_height).await
    }

    /// Counts the receipts in the blocks of a saturation.
    async fn counted(
        &mut self,
        from: u64,
        warm: u64,
        hot: u64,
        last_height: u64,
    ) -> Result<Saturation, DemoError> {
        let client = &self.clients[1];
        let (mut receipts, mut in_window) = (0, 0);
        let (mut begun_ms, mut ended_ms) = (0, 0);
        for height in from + 1..=last_height {
            let block = count(client, height).await?;
            receipts += block.receipts;
            if height == warm {
                begun_ms = block.time_ms;
            }
            if height > warm && height <= hot {
                in_window += block.receipts;
                ended_ms = block.time_ms;
            }
        }
        self.accepted += receipts;
        Ok(Saturation {
            receipts,
            receipts_per_s: in_window as f64 * 1e3
                / (ended_ms.saturating_sub(begun_ms)).max(1) as f64,
            receipts_per_block: in_window as f64 / (hot - warm).max(1) as f64,
            last_height,
        })
    }

    /// Submits at an even rate regardless of the answers, and measures each answer from the scheduled time of its
    /// submission.
    pub(super) async fn at_rate(
        &mut self,
        per_signature: u64,
        receipts_per_s: f64,
        duration: Duration,
    ) -> Result<Latency, DemoError> {
        let per_s = receipts_per_s / per_signature as f64;
        let count = (per_s * duration.as_secs_f64()) as u64;
        let signed = self.sign(count, per_signature)?;
        let begun = Instant::now();
        let mut answers = JoinSet::new();
        for (place, transaction) in signed.into_iter().enumerate() {
            let due = begun + Duration::from_secs_f64(place as f64 / per_s);
            sleep_until(due).await;
            let client = self.clients[place % self.clients.len()].clone();
            answers.spawn(async move {
                accept(&client, transaction).await?;
                Ok::<_, DemoError>(due.elapsed().as_secs_f64() * 1e3)
            });
        }
        let mut latencies = Vec::new();
        while let Some(answer) = answers.join_next().await {
            latencies.push(answer.map_err(|error| DemoError::unavailable("a sender", &error))??);
        }
        self.accepted += count * per_signature;
        latencies.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (latencies.len() as f64 * share) as usize;
            latencies.get(place).copied().unwrap_or_default()
        };
        Ok(Latency {
            p50_ms: at(0.5),
            p99_ms: at(0.99),
            count: latencies.len(),
        })
    }

    /// Signs transactions that issue new receipts.
    fn sign(&mut self, count: u64, per_signature: u64) -> Result<Vec<Bytes>, DemoError> {
        let first = self.next;
        self.next += count * per_signature;
        let valid_until = clock::now().after_ms(VALID_MS);
        let sign = |place: u64| {
            let from = first + place * per_signature;
            let items = (from..from + per_signature).map(item).collect();
            let signed = self.author.sign(UnsignedTransaction {
                action: Action::IssueReceipts(v1::IssueReceipts { items }),
                operator: "bench".to_owned(),
                valid_until,
                client_id: random_client_id(),
            });
            signed
                .map(|signed| signed.encoded)
                .map_err(|error| DemoError::unavailable("signing", &error))
        };
        (0..count).map(sign).collect()
    }

    async fn height(&self) -> Result<u64, DemoError> {
        let status = self.clients[1].status().await;
        Ok(status.map_err(DemoError::no_answer("the status"))?.height)
    }

    /// Waits until no transaction waits on any node, and returns the height.
    async fn drain(&self) -> Result<u64, DemoError> {
        let deadline = Instant::now() + DRAIN_MAX;
        for client in &self.clients {
            loop {
                let status = client
                    .status()
                    .await
                    .map_err(DemoError::no_answer("the status"))?;
                if status.waiting_transactions == 0 {
                    break;
                }
                if Instant::now() > deadline {
                    return Err(DemoError::unavailable(
                        "the load",
                        &"was not decided in time",
                    ));
                }
                sleep(ASK_EVERY).await;
            }
        }
        self.height().await
    }
}

/// Submits to one node while it has room.
struct Sender {
    client: Client,
    queue: Arc<Mutex<VecDeque<Bytes>>>,
    stop: Arc<AtomicBool>,
    waiting: Arc<AtomicU64>,
    waiting_max: u64,
}

impl Sender {
    async fn run(self) -> Result<(), DemoError> {
        while !self.stop.load(Ordering::Relaxed) {
            if self.waiting.load(Ordering::Relaxed) >= self.waiting_max {
                sleep(ASK_EVERY / 4).await;
                continue;
            }
            let transactions = self.take();
            if transactions.is_empty() {
                return Ok(());
            }
            let count = transactions.len() as u64;
            let request = v1::SubmitBatchRequest { transactions };
            let answer = self.client.transactions().submit_batch(request).await;
            let answer = answer
                .map_err(DemoError::no_answer("a submission"))?
                .into_inner();
            for result in answer.results {
                if let Some(v1::submit_result::Result::Refusal(refusal)) = result.result {
                    return Err(DemoError::unavailable("a submission", &refusal.message_en));
                }
            }
            self.waiting.fetch_add(count, Ordering::Relaxed);
        }
        Ok(())
    }

    fn take(&self) -> Vec<Bytes> {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let mut bytes = 0;
        let count = queue
            .iter()
            .take(SUBMISSION_MAX)
            .take_while(|next| {
                bytes += next.len();
                bytes <= SUBMISSION_BYTES_MAX
            })
            .count();
        queue.drain(..count).collect()
    }
}

/// Follows the number of waiting transactions.
async fn watch(client: Client, waiting: Arc<AtomicU64>) {
    loop {
        if let Ok(status) = client.status().await {
            waiting.store(status.waiting_transactions, Ordering::Relaxed);
        }
        sleep(ASK_EVERY).await;
    }
}

/// Submits a transaction and waits for its acceptance.
async fn accept(client: &Client, transaction: Bytes) -> Result<(), DemoError> {
    let answer = client
        .send(transaction)
        .await
        .map_err(DemoError::no_answer("a transaction"))?;
    let outcome = answer
        .transaction
        .and_then(|view| view.outcome)
        .and_then(|o| o.outcome);
    let accepted = outcome.is_some_and(|outcome| {
        outcome.code == 0 && outcome.items.iter().all(|item| item.code == 0)
    });
    if accepted {
        Ok(())
    } else {
        Err(DemoError::unavailable("a transaction", &"was not accepted"))
    }
}

/// Builds an item of typical size with arbitrary hashes.
fn item(number: u64) -> v1::IssueItem {
    v1::IssueItem {
        total_fen: 12_345,
        settlement: Some(v1::Settlement {
            pooled_fund_fen: 8_000,
            personal_account_fen: 1_000,
            personal_cash_fen: 3_345,
            other_fen: 0,
        }),
        ..issue_item(&format!("BENCH{number:015}"), clock::now())
    }
}
