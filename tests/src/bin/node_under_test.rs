//! The product's node in a process of its own, driven over stdin (see `control`)
//! and able to die at a write point (see `crash`).

use std::{
    env,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Command, ExitCode},
    sync::Arc,
};

use bytes::Bytes;
use clap::Parser;
use ed25519_dalek::SigningKey;
use piaolian_contracts::{
    chain::{Block as ChainBlock, Hash, Height},
    organisations::KeyPurpose,
    transaction::Transaction,
};
use piaolian_genesis::{Genesis, sample};
use piaolian_node::{
    ledger::{self, SubmitError},
    node::{self, End, Endpoints, NodeError, Parts, Setup},
};
use piaolian_tests::{
    control::{
        Answer, Answered, Asked, BLOCKS_MAX, Block, Item, Peer, Request, Settled, Status, UNASKED,
    },
    crash::{Armed, Crash, CrashLayer},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, stdin, stdout},
    sync::{Notify, mpsc},
    task::JoinSet,
};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Requests that may wait to be answered, and answers to be written.
const REQUESTS_MAX: usize = 1_024;
const ANSWERS_MAX: usize = 1_024;

/// Runs one organisation's node of a sample network.
#[derive(Parser)]
struct Arguments {
    /// The founding document, encoded.
    #[arg(long)]
    genesis: PathBuf,
    /// Which organisation of the sample: its keys follow from this and the seed.
    #[arg(long)]
    place: usize,
    /// The seed of the sample's keys.
    #[arg(long)]
    seed: u64,
    /// The data folder.
    #[arg(long)]
    data: PathBuf,
    /// The signer's mark.
    #[arg(long)]
    mark: PathBuf,
    /// The multiaddress to listen on.
    #[arg(long)]
    listen: String,
    /// Where to die.
    #[arg(long)]
    crash: Option<Crash>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let armed = Armed::default();
    if let Some(crash) = arguments.crash.clone() {
        armed.arm(crash);
    }
    observe(armed.clone());
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "no runtime");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(serve(&arguments, armed));
    // Reading stdin blocks a thread for ever; the process does not wait for it.
    runtime.shutdown_background();
    let failure = match ended {
        Ok(End::Stopped) => return ExitCode::SUCCESS,
        Ok(End::Rejoin) => again(),
        Err(failure) => failure,
    };
    tracing::error!(error = %failure, "the node failed");
    ExitCode::FAILURE
}

/// Starts this program anew in this process, with the same stdin and stdout. Returns
/// only when that fails.
fn again() -> Failure {
    match env::current_exe() {
        Ok(program) => Command::new(program)
            .args(env::args_os().skip(1))
            .exec()
            .into(),
        Err(error) => error.into(),
    }
}

fn observe(armed: Armed) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let logs = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(std::io::stderr)
        .with_filter(filter);
    let points = Targets::new().with_target(piaolian_node::write_point::TARGET, LevelFilter::TRACE);
    tracing_subscriber::registry()
        .with(logs)
        .with(CrashLayer(armed).with_filter(points))
        .init();
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs the node until it stops or has to start anew to validate.
async fn serve(arguments: &Arguments, armed: Armed) -> Result<End, Failure> {
    let (answers, to_write) = mpsc::channel(ANSWERS_MAX);
    let (asked, to_answer) = mpsc::channel(REQUESTS_MAX);
    let stop = Arc::new(Notify::new());
    tokio::spawn(write_answers(to_write));
    tokio::spawn(read_requests(asked, answers.clone(), armed, stop.clone()));
    let doors = |parts| answer_requests(parts, to_answer, answers);
    Ok(node::run(setup(arguments)?, doors, stop.notified()).await?)
}

fn setup(arguments: &Arguments) -> Result<Setup, Failure> {
    let founder = sample::founder(arguments.place, arguments.seed);
    let key = |purpose| {
        let (_, key) = founder.key(purpose).ok_or("a sample has every key")?;
        Ok::<_, Failure>(SigningKey::from_bytes(&key.secret()))
    };
    Ok(Setup {
        genesis: Genesis::decode(&std::fs::read(&arguments.genesis)?)?,
        data: arguments.data.clone(),
        mark: arguments.mark.clone(),
        listen: arguments.listen.parse()?,
        endpoints: Endpoints::new(),
        peer_key: key(KeyPurpose::Peer)?,
        validate_key: Some(key(KeyPurpose::Validate)?),
    })
}

async fn write_answers(mut answers: mpsc::Receiver<Answered>) {
    let mut out = stdout();
    while let Some(answered) = answers.recv().await {
        let Ok(mut line) = serde_json::to_vec(&answered) else {
            continue;
        };
        line.push(b'\n');
        if out.write_all(&line).await.is_err() || out.flush().await.is_err() {
            return; // nobody reads any more
        }
    }
}

/// Reads until stdin ends, which stops the node. What needs no running node is done here.
async fn read_requests(
    asked: mpsc::Sender<Asked>,
    answers: mpsc::Sender<Answered>,
    armed: Armed,
    stop: Arc<Notify>,
) {
    let mut lines = BufReader::new(stdin()).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        match serde_json::from_str(&line) {
            Ok(Asked {
                request: Request::Stop,
                ..
            }) => break,
            Ok(Asked {
                id,
                request: Request::Arm(crash),
            }) => {
                armed.arm(crash);
                tell(&answers, id, Answer::Armed).await;
            }
            Ok(other) => {
                if asked.send(other).await.is_err() {
                    break; // the node ends
                }
            }
            Err(error) => tracing::error!(%error, line, "not a request"),
        }
    }
    stop.notify_one();
}

/// Answers until it is dropped, and with it whatever is still being answered.
async fn answer_requests(
    parts: Parts,
    mut asked: mpsc::Receiver<Asked>,
    answers: mpsc::Sender<Answered>,
) -> Result<(), NodeError> {
    tell(&answers, UNASKED, Answer::Running).await;
    let mut answering = JoinSet::new();
    loop {
        tokio::select! {
            Some(Asked { id, request }) = asked.recv() => {
                let (parts, answers) = (parts.clone(), answers.clone());
                answering.spawn(async move {
                    let answer = answer(&parts, request).await;
                    tell(&answers, id, answer.unwrap_or_else(failed)).await;
                });
            }
            Some(answered) = answering.join_next() => answered?,
            else => std::future::pending().await,
        }
    }
}

async fn tell(answers: &mpsc::Sender<Answered>, id: u64, answer: Answer) {
    let _ = answers.send(Answered { id, answer }).await; // closed: the process ends
}

fn failed(failure: Failure) -> Answer {
    Answer::Failed(failure.to_string())
}

async fn answer(parts: &Parts, request: Request) -> Result<Answer, Failure> {
    match request {
        Request::Submit { transaction } => {
            let submitted = parts.admission.submit(unhex(&transaction)?).await;
            Ok(submitted.map_or_else(refused, |_| Answer::Submitted))
        }
        Request::Settle { transaction } => settle(parts, unhex(&transaction)?).await,
        Request::Status => Ok(Answer::Status(status(parts))),
        Request::Blocks { from, to } => Ok(Answer::Blocks(blocks(parts, from, to)?)),
        Request::Locate { ids } => {
            let located = ids.iter().map(|id| locate(parts, id));
            Ok(Answer::Located(located.collect::<Result<_, _>>()?))
        }
        Request::Arm(_) | Request::Stop => Err("done on reading".into()),
    }
}

fn unhex(text: &str) -> Result<Bytes, Failure> {
    Ok(hex::decode(text)?.into())
}

async fn settle(parts: &Parts, transaction: Bytes) -> Result<Answer, Failure> {
    let submitted = match parts.admission.submit(transaction).await {
        Ok(submitted) => submitted,
        Err(error) => return Ok(refused(error)),
    };
    Ok(match submitted.settled.await {
        Ok(settled) => Answer::Settled(in_words(&settled)),
        Err(_) => Answer::Refused {
            code: 0,
            reason: "it expired, or the node stops".to_owned(),
        },
    })
}

fn refused(error: SubmitError) -> Answer {
    let code = match &error {
        SubmitError::Refused(refused) => refused.code(),
        SubmitError::Pool(_) | SubmitError::Stopped(_) => 0,
    };
    let reason = error.to_string();
    Answer::Refused { code, reason }
}

fn in_words(settled: &ledger::Settled) -> Settled {
    let items = settled.outcome.items.iter().map(|item| Item {
        code: item.code,
        receipt: item.receipt.clone().map(|id| (id.code, id.number)),
    });
    Settled {
        height: settled.height.get(),
        index: settled.index,
        code: settled.outcome.code,
        items: items.collect(),
    }
}

fn status(parts: &Parts) -> Status {
    let tip = parts.ledger.tip();
    let peers = parts.network.peers().into_iter().map(|peer| Peer {
        organisation: peer.organisation,
        peer_id: peer.peer_id.to_string(),
        connected: peer.connected_since.is_some(),
        validator: peer.validator,
    });
    Status {
        height: tip.height.get(),
        block_hash: tip.block_hash.to_string(),
        state_root: tip.state_root.to_string(),
        waiting: parts.ledger.mempool().len(),
        peers: peers.collect(),
    }
}

fn blocks(parts: &Parts, from: u64, to: u64) -> Result<Vec<Block>, Failure> {
    let store = parts.ledger.store();
    let mut blocks = Vec::new();
    for height in from..=to.min(from.saturating_add(BLOCKS_MAX - 1)) {
        let height = Height::new(height);
        let (Some(committed), Some(encoded)) = (store.committed(height)?, store.block(height)?)
        else {
            break;
        };
        let block = ChainBlock::decode(encoded)?;
        if block.hash() != committed.block_hash {
            return Err(format!("the body at {height} is another block's").into());
        }
        let ids = block.transactions.into_iter().map(|encoded| {
            let transaction = Transaction::decode(encoded, parts.ledger.chain_id())?;
            Ok::<_, Failure>(transaction.id().to_string())
        });
        blocks.push(Block {
            height: height.get(),
            hash: committed.block_hash.to_string(),
            state_root: committed.header.state_root.to_string(),
            proposer: committed.header.proposer.to_string(),
            round: committed.certificate.round,
            transactions: ids.collect::<Result<_, _>>()?,
        });
    }
    Ok(blocks)
}

fn locate(parts: &Parts, id: &str) -> Result<Option<Settled>, Failure> {
    let store = parts.ledger.store();
    let id: Hash = id.parse()?;
    let Some(location) = store.location(&id)? else {
        return Ok(None);
    };
    let outcomes = store.outcomes(location.height)?;
    let outcome = outcomes
        .and_then(|outcomes| outcomes.into_iter().nth(location.index as usize))
        .ok_or("a transaction without an outcome")?;
    Ok(Some(in_words(&ledger::Settled {
        height: location.height,
        index: location.index,
        outcome,
    })))
}
