//! A network of node processes that a test controls and observes.
//!
//! ```text
//!   <folder>/genesis              the founding document
//!   <folder>/<place>/data         a node's data, which a backup contains
//!   <folder>/<place>/signer.mark  its last signed state, which no backup contains
//!   <folder>/<place>/log          its log
//! ```
//!
//! Every wait has a deadline and a name. A test that fails prints the end of every log.

mod agreement;
mod asking;
mod folders;
mod network;
mod process;

use std::{
    collections::BTreeSet,
    fmt, fs, io,
    io::Write,
    path::PathBuf,
    process::{Command, ExitStatus},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use piaolian_consensus::double_sign::LastSignState;
use tempfile::TempDir;

pub use self::{
    agreement::Checked,
    network::Network,
    process::{Connection, Gone, Process, was_killed},
};
use crate::{
    control::{Answer, Request},
    crash::Crash,
};

/// Longest time for anything that should happen at once, on a slow and busy machine.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Lines of each log that a failing test prints, and characters of a line.
const LOG_LINES: usize = 25;
const LOG_LINE_CHARS: usize = 240;

/// Connections to the running nodes, by place; shared with the load generator.
pub type Lines = Arc<Mutex<Vec<Option<Arc<Connection>>>>>;

/// A network of node processes.
pub struct Cluster {
    program: PathBuf,
    folder: TempDir,
    network: Arc<Network>,
    processes: Vec<Option<Process>>,
    lines: Lines,
    /// Nodes that use their next peer key.
    renamed: BTreeSet<usize>,
    founded: Instant,
}

impl Cluster {
    /// Founds a network of `validators` nodes without starting them. `program` is the path of `node_under_test`; `name`
    /// becomes the chain id.
    ///
    /// # Panics
    /// When the folder cannot be written.
    pub fn found(program: &str, name: &str, validators: usize) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let network = Network::found(name, validators);
        fs::write(folder.path().join("genesis"), network.genesis.encode())
            .expect("the temporary folder can be written");
        let places = network.founders.len();
        let cluster = Self {
            program: program.into(),
            folder,
            network: Arc::new(network),
            processes: (0..places).map(|_| None).collect(),
            lines: Arc::new(Mutex::new(vec![None; places])),
            renamed: BTreeSet::new(),
            founded: Instant::now(),
        };
        for place in 0..places {
            fs::create_dir_all(cluster.data(place)).expect("the temporary folder can be written");
            LastSignState::create(&cluster.last_signed_state(place))
                .expect("the temporary folder can be written");
        }
        cluster
    }

    /// Founds a network and starts all its nodes.
    pub fn start_all(program: &str, name: &str, validators: usize) -> Self {
        let mut cluster = Self::found(program, name, validators);
        for place in 0..validators {
            cluster.start(place);
        }
        cluster
    }

    /// The organisations of the network.
    pub const fn network(&self) -> &Arc<Network> {
        &self.network
    }

    /// Connections to the running nodes.
    pub const fn lines(&self) -> &Lines {
        &self.lines
    }

    /// Places of the running validators.
    pub fn running(&self) -> Vec<usize> {
        let running = |place: &usize| self.processes[*place].is_some();
        (0..self.processes.len()).filter(running).collect()
    }

    /// Prints the test's current step; shown when it fails.
    #[allow(
        clippy::print_stdout,
        reason = "the test harness keeps it back from those that pass"
    )]
    pub fn tell(&self, step: fmt::Arguments<'_>) {
        let chain = &self.network.chain_id;
        println!(
            "{chain} {:6.2} s  {step}",
            self.founded.elapsed().as_secs_f64()
        );
    }

    /// Makes a node use its next peer key, or the founding one, from its next start.
    pub fn use_next_peer_key(&mut self, place: usize, next: bool) {
        if next {
            self.renamed.insert(place);
        } else {
            self.renamed.remove(&place);
        }
    }

    /// Starts a node and waits until it runs.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(&mut self, place: usize) {
        self.launch(place, None);
        let connection = self.connection(place);
        self.until(&format!("node {place} to run"), PATIENCE, |cluster| {
            cluster.assert_alive(place);
            (connection.runs() > 0).then_some(())
        });
    }

    /// Starts a node's process, optionally with a crash armed from the beginning.
    ///
    /// # Panics
    /// When it is running already or the process cannot be started.
    pub fn launch(&mut self, place: usize, crash: Option<&Crash>) {
        self.tell(format_args!("start node {place}"));
        assert!(self.processes[place].is_none(), "node {place} runs already");
        let mut command = Command::new(&self.program);
        command
            .arg("--genesis")
            .arg(self.folder.path().join("genesis"))
            .args(["--place", &place.to_string()])
            .args(["--seed", &self.network.seed.to_string()])
            .arg("--data")
            .arg(self.data(place))
            .arg("--last-signed-state")
            .arg(self.last_signed_state(place))
            .args(["--listen", &self.network.multiaddress(place)]);
        if self.renamed.contains(&place) {
            command.arg("--next-peer-key");
        }
        if let Some(crash) = crash {
            command.args(["--crash", &crash.to_string()]);
        }
        let process =
            Process::start(command, &self.log_file(place)).expect("a process can be started");
        self.set_line(place, Some(Arc::clone(process.connection())));
        self.processes[place] = Some(process);
    }

    /// Kills a node with SIGKILL.
    pub fn kill(&mut self, place: usize) {
        self.tell(format_args!("kill node {place}"));
        self.set_line(place, None);
        self.processes[place] = None; // dropping kills and waits
    }

    /// Kills nodes with SIGKILL, as close together as possible.
    pub fn kill_at_once(&mut self, places: &[usize]) {
        self.tell(format_args!("kill nodes {places:?}"));
        let killers: Vec<_> = places
            .iter()
            .filter_map(|place| self.processes[*place].take())
            .map(|process| thread::spawn(move || drop(process)))
            .collect();
        for killer in killers {
            killer.join().expect("killing does not panic");
        }
        for place in places {
            self.set_line(*place, None);
        }
    }

    /// Stops a node cleanly, as an operator does.
    ///
    /// # Panics
    /// When it does not end or ends with an error.
    pub fn stop(&mut self, place: usize) {
        let connection = self.connection(place);
        self.set_line(place, None);
        // The node ends instead of answering.
        let _ = connection.call(Request::Stop, PATIENCE);
        let status = self.wait_for_end(place, PATIENCE);
        assert!(status.success(), "node {place} ended with {status}");
    }

    /// Waits until a running node has restarted itself in its process.
    ///
    /// # Panics
    /// When it ends or does not restart in time.
    pub fn wait_for_rejoin(&mut self, place: usize, patience: Duration) {
        let connection = self.connection(place);
        self.until(
            &format!("node {place} to start anew"),
            patience,
            |cluster| {
                cluster.assert_alive(place);
                (connection.runs() > 1).then_some(())
            },
        );
    }

    /// Waits until a node's process has ended by itself.
    ///
    /// # Panics
    /// When it is not running or does not end in time.
    pub fn wait_for_end(&mut self, place: usize, patience: Duration) -> ExitStatus {
        let mut process = self.processes[place].take().expect("the node runs");
        self.set_line(place, None);
        let status = process.wait(patience);
        self.tell(format_args!("node {place} ended"));
        status.unwrap_or_else(|| panic!("node {place} did not end within {patience:?}"))
    }

    /// Arms a running node to crash at a write point.
    ///
    /// # Panics
    /// When it does not answer.
    pub fn arm(&self, place: usize, crash: Crash) {
        let answer = self.ask(place, Request::Arm(crash));
        assert!(matches!(answer, Answer::Armed), "{answer:?}");
    }

    fn set_line(&self, place: usize, line: Option<Arc<Connection>>) {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)[place] = line;
    }
}

/// A failing test prints the nodes' logs.
impl Drop for Cluster {
    fn drop(&mut self) {
        if !thread::panicking() {
            return;
        }
        let mut stderr = io::stderr().lock();
        for place in 0..self.processes.len() {
            let log = self.log(place);
            let skipped = log.lines().count().saturating_sub(LOG_LINES);
            let _ = writeln!(stderr, "── node {place}, the last lines of its log");
            for line in log.lines().skip(skipped) {
                let line: String = line.chars().take(LOG_LINE_CHARS).collect();
                let _ = writeln!(stderr, "{line}");
            }
        }
        self.folder.disable_cleanup(true);
        let _ = writeln!(stderr, "── kept in {}", self.folder.path().display());
    }
}
