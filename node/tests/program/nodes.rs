//! Two processes of the program: finance holds three votes of four and decides alone.

use std::{
    fs::{self, File},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use piaolian_client::{Client, Token};
use piaolian_proto::v1::SubscribeRequest;
use piaolian_test_kit::sample;
use tonic::Streaming;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_piaolian");
pub(crate) const CHAIN: &str = "two-nodes";
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Node {
    pub(crate) folder: PathBuf,
    rpc_port: u16,
    process: Option<Child>,
}

impl Node {
    /// Makes the folder of the sample organisation at `place`.
    fn new(folder: &Path, place: usize, role: &str, power: u64) -> Self {
        let presentation = sample::presentation(place);
        let folder = folder.join(place.to_string());
        let listen = format!("/ip4/127.0.0.1/tcp/{}", free_port());
        let rpc_port = free_port();
        let mut command = Command::new(PROGRAM);
        command
            .args(["genesis", "new-entry", "--chain", CHAIN, "--folder"])
            .arg(&folder)
            .args(["--organisation", presentation.organisation.as_str()])
            .args(["--name", &presentation.name, "--roles", role])
            .args(["--region", &presentation.region])
            .args(["--endpoints", &listen, "--listen", &listen])
            .args(["--power", &power.to_string()])
            .args(["--rpc-listen", &format!("127.0.0.1:{rpc_port}")]);
        run(command);
        Self {
            folder,
            rpc_port,
            process: None,
        }
    }

    pub(crate) fn start(&mut self) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("log"));
        let process = Command::new(PROGRAM)
            .args(["node", "start", "--config"])
            .arg(self.folder.join("piaolian.toml"))
            .stdin(Stdio::null())
            .stderr(log.unwrap())
            .spawn();
        self.process = Some(process.unwrap());
    }

    /// Starts a node that must refuse to run, and returns its exit code. The reason is in its log.
    pub(crate) fn refuses_to_start(&mut self) -> i32 {
        self.start();
        let mut process = self.process.take().unwrap();
        let ended = until("the node to give up", || process.try_wait().unwrap());
        ended.code().unwrap()
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Sends SIGTERM and gives the time until it has ended well.
    pub(crate) fn stop(&mut self) -> Duration {
        let mut process = self.process.take().unwrap();
        let began = Instant::now();
        let pid = rustix::process::Pid::from_child(&process);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        until("the node to stop", || process.try_wait().unwrap());
        assert!(process.wait().unwrap().success());
        began.elapsed()
    }

    /// Its height; `None` while it does not answer.
    pub(crate) fn height(&self) -> Option<u64> {
        let output = Command::new(PROGRAM)
            .args(["node", "status", "--json", "--node"])
            .arg(format!("http://127.0.0.1:{}", self.rpc_port))
            .arg("--token-file")
            .arg(self.folder.join("tokens/read"))
            .output()
            .unwrap();
        let status: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
        status["height"].as_str()?.parse().ok()
    }

    pub(crate) fn wait_for_height(&self, height: u64) {
        until("a height", || self.height().filter(|now| *now >= height));
    }

    /// A client that never leaves by itself.
    pub(crate) async fn subscribe(&self) -> Streaming<piaolian_proto::v1::SubscribeResponse> {
        let address = format!("http://127.0.0.1:{}", self.rpc_port);
        let token = fs::read_to_string(self.folder.join("tokens/read")).unwrap();
        let token = Token::parse(&token).unwrap();
        let client = Client::connect(&address, Some(token)).await.unwrap();
        let subscribed = client.events().subscribe(SubscribeRequest::default()).await;
        subscribed.unwrap().into_inner()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
        if thread::panicking() {
            println!("{}:\n{}", self.folder.display(), self.log());
        }
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

pub(crate) fn run(mut command: Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
}

/// Runs the program, whatever comes of it.
pub(crate) fn say(arguments: &[&Path]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).output().unwrap()
}

pub(crate) fn until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

pub(crate) fn found(folder: &Path) -> (Node, Node) {
    let nodes = [
        Node::new(folder, 0, "finance", 3),
        Node::new(folder, 3, "reimbursing-unit", 1),
    ];
    let genesis = folder.join("genesis.json");
    let mut command = Command::new(PROGRAM);
    command
        .args(["genesis", "assemble", "--chain", CHAIN, "--out"])
        .arg(&genesis)
        .args(nodes.iter().map(|node| node.folder.join("entry.json")));
    run(command);
    for node in &nodes {
        fs::copy(&genesis, node.folder.join("genesis.json")).unwrap();
    }
    nodes.into()
}

/// Founds the chain and starts both nodes. Returns finance and the employer, when they have a block.
pub(crate) fn running(folder: &Path) -> (Node, Node) {
    let (mut finance, mut employer) = found(folder);
    finance.start();
    employer.start();
    finance.wait_for_height(2);
    employer.wait_for_height(2);
    (finance, employer)
}
