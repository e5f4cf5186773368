//! The product's node in a separate process, controlled over stdin (see `control`), which can crash at a write point (see
//! `crash`).

mod answers;
mod issuing;

use std::{
    env,
    os::unix::process::CommandExt,
    path::PathBuf,
    process::{Command, ExitCode},
    sync::Arc,
    time::Duration,
};

use clap::Parser;
use ed25519_dalek::SigningKey;
use piaolian_base::layout;
use piaolian_contracts::organisations::KeyPurpose;
use piaolian_custody::attachments::{Attachments, Retention};
use piaolian_genesis::Genesis;
use piaolian_node::{
    app as node,
    app::{Endpoints, Setup, StopReason},
};
use piaolian_test_kit::{
    sample::{self, Founder, HOSPITAL},
    transactions::next_key,
};
use piaolian_tests::{
    control::{Answer, Answered, Asked, Request},
    crash::{Armed, Crash, CrashLayer},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, stdin, stdout},
    sync::{Notify, mpsc},
};
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Most requests waiting to be answered, and most answers waiting to be written.
const REQUESTS_MAX: usize = 1_024;
const ANSWERS_MAX: usize = 1_024;
/// Longest time for the details store to close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(10);

/// Runs one organisation's node of a sample network.
#[derive(Parser)]
struct Arguments {
    /// Path of the encoded founding document.
    #[arg(long)]
    genesis: PathBuf,
    /// Place of the sample organisation; its keys are derived from the place and the seed.
    #[arg(long)]
    place: usize,
    /// Seed of the sample's keys.
    #[arg(long)]
    seed: u64,
    /// Path of the data folder.
    #[arg(long)]
    data: PathBuf,
    /// Path of the last signed state.
    #[arg(long)]
    last_signed_state: PathBuf,
    /// Multiaddress to listen on.
    #[arg(long)]
    listen: String,
    /// Use the peer key added beside the founding one.
    #[arg(long)]
    next_peer_key: bool,
    /// Write point at which to crash.
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
    // Reading stdin blocks a thread forever; the process does not wait for it.
    runtime.shutdown_background();
    let failure = match ended {
        Ok(StopReason::Requested) => return ExitCode::SUCCESS,
        Ok(StopReason::RoleChanged) => again(),
        Err(failure) => failure,
    };
    tracing::error!(error = %failure, "the node failed");
    ExitCode::FAILURE
}

/// Restarts this program in this process with the same stdin and stdout. Returns only if that fails.
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
    let points = Targets::new().with_target(piaolian_base::write_point::TARGET, LevelFilter::TRACE);
    tracing_subscriber::registry()
        .with(logs)
        .with(CrashLayer(armed).with_filter(points))
        .init();
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Runs the node until it stops or must restart to validate.
async fn serve(arguments: &Arguments, armed: Armed) -> Result<StopReason, Failure> {
    let (answers, to_write) = mpsc::channel(ANSWERS_MAX);
    let (asked, to_answer) = mpsc::channel(REQUESTS_MAX);
    let stop = Arc::new(Notify::new());
    tokio::spawn(write_answers(to_write));
    tokio::spawn(read_requests(asked, answers.clone(), armed, stop.clone()));
    let founder = sample::founder(arguments.place, arguments.seed);
    let genesis = Genesis::decode(&std::fs::read(&arguments.genesis)?)?;
    let issuer = (arguments.place == HOSPITAL)
        .then(|| issuing::Issuer::open(&founder, genesis.chain_id(), &arguments.data))
        .transpose()?;
    let attachments = Attachments::open(
        &arguments.data.join(layout::ATTACHMENTS),
        issuer.as_ref().map(issuing::Issuer::attachments),
        Retention::ForEver,
    )?;
    let setup = setup(arguments, &founder, genesis, attachments)?;
    let closed = issuer.as_ref().map(issuing::Issuer::closed);
    let serve = |components| answers::answer_requests(components, issuer, to_answer, answers);
    let end = node::run(setup, serve, stop.notified()).await;
    if let Some(closed) = closed
        && !closed.within(CLOSE_TIMEOUT).await
    {
        tracing::warn!("the store of details is still held");
    }
    Ok(end?)
}

fn setup(
    arguments: &Arguments,
    founder: &Founder,
    genesis: Genesis,
    attachments: Arc<Attachments>,
) -> Result<Setup, Failure> {
    let key = |purpose| {
        let (_, key) = founder.key(purpose).ok_or("a sample has every key")?;
        Ok::<_, Failure>(SigningKey::from_bytes(&key.secret()))
    };
    let next_key = |purpose| {
        let key = next_key(arguments.place, arguments.seed, purpose);
        let key = key.ok_or("a sample has every key")?;
        Ok::<_, Failure>(SigningKey::from_bytes(&key.secret()))
    };
    let peer_key = if arguments.next_peer_key {
        next_key(KeyPurpose::Peer)
    } else {
        key(KeyPurpose::Peer)
    };
    Ok(Setup {
        genesis,
        organisation: founder.presentation.organisation,
        data: arguments.data.clone(),
        attachments,
        last_signed_state: arguments.last_signed_state.clone(),
        listen: arguments.listen.parse()?,
        endpoints: Endpoints::new(),
        peer_key: peer_key?,
        validate_keys: vec![key(KeyPurpose::Validate)?, next_key(KeyPurpose::Validate)?],
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

/// Reads until stdin ends, which stops the node. Handles the requests that need no running node.
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
                answers::tell(&answers, id, Answer::Armed).await;
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
