//! Pre-signed load, in bounded steps.

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
use piaolian_custody::keys::{Author, Intent, KeyRing, random_client_id};
use piaolian_proto::v1::{self, transaction_body::Action};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, sleep_until},
};

use super::{RECEIPT_CODE, calibrate::Spread, ledger::count};
use crate::story::{Client, Failed, Network, Who};

/// Receipts that may wait on a node before senders pause: some blocks' worth.
const WAITING_RECEIPTS_MAX: u64 = 8_000;
/// Bytes of one submission, below what a call takes.
const SUBMISSION_BYTES_MAX: usize = 1 << 20;
/// Transactions of one submission.
const SUBMISSION_MAX: usize = 200;
/// What is sent before counting begins.
const WARM_UP: Duration = Duration::from_secs(3);
/// How long the last of a load may take to be decided.
const DRAIN_MAX: Duration = Duration::from_secs(60);
/// How often a node is asked how much waits on it.
const ASK_EVERY: Duration = Duration::from_millis(20);
/// Receipts a second that are prepared, of either kind. A network that takes more is not
/// measured by this: the run fails.
const RATE_MAX: [u64; 2] = [16_000, 40_000];
/// Transactions stay valid for this long, ms: longer than a run.
const VALID_MS: u64 = 3_600_000;

/// What a saturation did.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saturation {
    /// All that was accepted, warm-up included: what the CPU was spent on.
    pub(super) receipts: u64,
    /// Accepted a second, from block times after the warm-up.
    pub(super) receipts_per_s: f64,
    /// Receipts of a block, on average.
    pub(super) receipts_per_block: f64,
    pub(super) last_height: u64,
}

/// Milliseconds up to the answer after the synced commit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Latency {
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) count: usize,
}

/// Signs and sends for the hospital, through all four nodes.
pub(super) struct Load {
    author: Author,
    clients: Vec<Client>,
    /// Business numbers are used once.
    next: u64,
    accepted: u64,
}

impl Load {
    pub(super) fn new(network: &Network) -> Result<Self, Failed> {
        let folder = network.home(Who::Hospital)?.folder.join("keys");
        let trouble = |error: &dyn std::fmt::Display| Failed::trouble("the hospital's key", &error);
        let keys = KeyRing::open(&folder).map_err(|error| trouble(&error))?;
        let key = keys
            .require(KeyPurpose::Sign)
            .map_err(|error| trouble(&error))?;
        let author = Author::new(Network::chain_id(), Who::Hospital.id(), key.clone());
        let clients = Who::FOUNDERS
            .iter()
            .map(|who| network.client(*who))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            author,
            clients,
            next: 0,
            accepted: 0,
        })
    }

    /// Receipts accepted in this run.
    pub(super) const fn accepted(&self) -> u64 {
        self.accepted
    }

    /// Issues receipts one at a time on an idle network.
    pub(super) async fn one_by_one(
        &mut self,
        count: u64,
        pause: Duration,
    ) -> Result<Spread, Failed> {
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

    /// Sends as much as the network takes.
    pub(super) async fn saturate(
        &mut self,
        per_signature: u64,
        duration: Duration,
    ) -> Result<Saturation, Failed> {
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
            sent.map_err(|error| Failed::trouble("a sender", &error))??;
        }
        let last_height = self.drain().await?;
        watch.abort();
        if ran_dry {
            let rate = format!("ran out at {rate} receipts/s: prepare more");
            return Err(Failed::trouble("the prepared load", &rate));
        }
        self.counted(from, warm, hot, last_height).await
    }

    /// Counts the blocks of a saturation.
    async fn counted(
        &mut self,
        from: u64,
        warm: u64,
        hot: u64,
        last_height: u64,
    ) -> Result<Saturation, Failed> {
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

    /// Sends at an even rate, whatever the answers, and times each answer from when
    /// it was due to be sent.
    pub(super) async fn at_rate(
        &mut self,
        per_signature: u64,
        receipts_per_s: f64,
        duration: Duration,
    ) -> Result<Latency, Failed> {
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
                Ok::<_, Failed>(due.elapsed().as_secs_f64() * 1e3)
            });
        }
        let mut latencies = Vec::new();
        while let Some(answer) = answers.join_next().await {
            latencies.push(answer.map_err(|error| Failed::trouble("a sender", &error))??);
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

    /// Signs transactions that issue receipts which nobody issued before.
    fn sign(&mut self, count: u64, per_signature: u64) -> Result<Vec<Bytes>, Failed> {
        let first = self.next;
        self.next += count * per_signature;
        let valid_until = clock::now().after_ms(VALID_MS);
        let sign = |place: u64| {
            let from = first + place * per_signature;
            let items = (from..from + per_signature).map(item).collect();
            let signed = self.author.sign(Intent {
                action: Action::IssueReceipts(v1::IssueReceipts { items }),
                operator: "bench".to_owned(),
                valid_until,
                client_id: random_client_id(),
            });
            signed
                .map(|signed| signed.encoded)
                .map_err(|error| Failed::trouble("signing", &error))
        };
        (0..count).map(sign).collect()
    }

    async fn height(&self) -> Result<u64, Failed> {
        let status = self.clients[1].status().await;
        Ok(status.map_err(Failed::unanswered("the status"))?.height)
    }

    /// Waits until nothing waits on any node; the height then.
    async fn drain(&self) -> Result<u64, Failed> {
        let deadline = Instant::now() + DRAIN_MAX;
        for client in &self.clients {
            loop {
                let status = client
                    .status()
                    .await
                    .map_err(Failed::unanswered("the status"))?;
                if status.waiting_transactions == 0 {
                    break;
                }
                if Instant::now() > deadline {
                    return Err(Failed::trouble("the load", &"was not decided in time"));
                }
                sleep(ASK_EVERY).await;
            }
        }
        self.height().await
    }
}

/// Sends through one node while it has room.
struct Sender {
    client: Client,
    queue: Arc<Mutex<VecDeque<Bytes>>>,
    stop: Arc<AtomicBool>,
    waiting: Arc<AtomicU64>,
    waiting_max: u64,
}

impl Sender {
    async fn run(self) -> Result<(), Failed> {
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
                .map_err(Failed::unanswered("a submission"))?
                .into_inner();
            for result in answer.results {
                if let Some(v1::submit_result::Result::Refusal(refusal)) = result.result {
                    return Err(Failed::trouble("a submission", &refusal.message_en));
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

/// Keeps in step with how much waits.
async fn watch(client: Client, waiting: Arc<AtomicU64>) {
    loop {
        if let Ok(status) = client.status().await {
            waiting.store(status.waiting_transactions, Ordering::Relaxed);
        }
        sleep(ASK_EVERY).await;
    }
}

/// Sends a transaction and waits for its acceptance.
async fn accept(client: &Client, transaction: Bytes) -> Result<(), Failed> {
    let answer = client
        .send(transaction)
        .await
        .map_err(Failed::unanswered("a transaction"))?;
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
        Err(Failed::trouble("a transaction", &"was not accepted"))
    }
}

/// A receipt of a usual size; what is hashed is of no account here.
fn item(number: u64) -> v1::IssueItem {
    let date = piaolian_contracts::types::BeijingDate::at(clock::now());
    v1::IssueItem {
        receipt_code: RECEIPT_CODE.to_owned(),
        receipt_number: None,
        check_code_salt: Bytes::from_static(&[1; 16]),
        check_code_hash: Bytes::from_static(&[2; 32]),
        issue_date: date.get(),
        issue_time: 93_000,
        total_fen: 12_345,
        settlement: Some(v1::Settlement {
            pooled_fund_fen: 8_000,
            personal_account_fen: 1_000,
            personal_cash_fen: 3_345,
            other_fen: 0,
        }),
        agency: String::new(),
        business_number: format!("BENCH{number:015}"),
        details_commitment: Bytes::from_static(&[3; 32]),
        attachment_hash: Bytes::new(),
    }
}
