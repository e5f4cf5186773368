//! A node's process and the connection to it.
//!
//! ```text
//!   call ──► stdin ──► node ──► stdout ──► reader thread ──► the caller that waits for this id
//!                                              └── process ended or restarted: every caller gets `Gone`
//! ```

use std::{
    collections::HashMap,
    fs::OpenOptions,
    io::{self, BufRead, BufReader, Write},
    os::unix::process::ExitStatusExt,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use crate::control::{Answer, Answered, Asked, Request, UNASKED};

/// Interval between checks of a process that should end.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Signal number of SIGKILL.
const KILLED: i32 = 9;

/// The node did not answer: it has ended or exceeded the caller's deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// A connection to a running node, shared by everything that controls it.
#[derive(Debug)]
pub struct Connection {
    stdin: Mutex<ChildStdin>,
    waiting: Mutex<Waiting>,
    next_id: AtomicU64,
}

#[derive(Debug, Default)]
struct Waiting {
    callers: HashMap<u64, mpsc::Sender<Answer>>,
    /// Number of times the node has started running.
    runs: u32,
    closed: bool,
}

impl Connection {
    /// Sends a request and waits for the answer.
    ///
    /// # Errors
    /// When the node has ended or does not answer in time.
    pub fn call(&self, request: Request, patience: Duration) -> Result<Answer, Gone> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (caller, answer) = mpsc::channel();
        {
            let mut waiting = self.waiting();
            if waiting.closed {
                return Err(Gone);
            }
            waiting.callers.insert(id, caller);
        }
        let asked = self.send(&Asked { id, request });
        let answered = asked.and_then(|()| answer.recv_timeout(patience).map_err(|_| Gone));
        self.waiting().callers.remove(&id);
        answered
    }

    /// Number of times the node has started running: more than once if it restarted.
    pub fn runs(&self) -> u32 {
        self.waiting().runs
    }

    fn send(&self, asked: &Asked) -> Result<(), Gone> {
        let mut line = serde_json::to_vec(asked).map_err(|_| Gone)?;
        line.push(b'\n');
        let mut stdin = self.stdin.lock().unwrap_or_else(PoisonError::into_inner);
        stdin.write_all(&line).map_err(|_| Gone)
    }

    fn read(&self, stdout: ChildStdout) {
        for line in BufReader::new(stdout).lines() {
            let answered = line
                .ok()
                .and_then(|line| serde_json::from_str::<Answered>(&line).ok());
            let Some(Answered { id, answer }) = answered else {
                break;
            };
            let mut waiting = self.waiting();
            if id == UNASKED {
                waiting.runs += 1;
                if waiting.runs > 1 {
                    waiting.callers.clear(); // what was asked before is forgotten
                }
            } else if let Some(caller) = waiting.callers.remove(&id) {
                let _ = caller.send(answer); // a caller that left needs no answer
            }
        }
        let mut waiting = self.waiting();
        waiting.closed = true;
        waiting.callers.clear();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A node's process. Killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    connection: Arc<Connection>,
}

impl Process {
    /// Starts `command` with its stderr appended to `log`.
    ///
    /// # Errors
    /// When the process cannot be started.
    pub fn start(mut command: Command, log: &Path) -> io::Result<Self> {
        let log = OpenOptions::new().create(true).append(true).open(log)?;
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let connection = Arc::new(Connection {
            stdin: Mutex::new(stdin),
            waiting: Mutex::default(),
            next_id: AtomicU64::new(UNASKED + 1),
        });
        let reader = Arc::clone(&connection);
        thread::spawn(move || reader.read(stdout));
        Ok(Self { child, connection })
    }

    /// The connection to the process.
    pub const fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Kills the process with SIGKILL and waits until it has ended.
    pub fn kill(&mut self) {
        let _ = self.child.kill(); // gone already
        let _ = self.child.wait();
    }

    /// Exit status, once the process has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Waits for the process to end.
    pub fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            if let Some(status) = self.ended() {
                return Some(status);
            }
            if Instant::now() >= deadline {
                return None;
            }
            thread::sleep(LOOK_EVERY);
        }
    }
}

/// Whether a process was ended by SIGKILL.
pub fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(KILLED)
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
