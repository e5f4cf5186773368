//! One node's process and the line to it.
//!
//! ```text
//!   call ──► stdin ──► node ──► stdout ──► reader thread ──► the caller that waits for this id
//!                                              └── process gone, or started anew: every caller hears `Gone`
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

/// How often a process that should end is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// SIGKILL.
const KILLED: i32 = 9;

/// The node did not answer: it is gone, or took longer than the caller would wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// The line to a running node, shared by whoever drives it.
#[derive(Debug)]
pub struct Connection {
    stdin: Mutex<ChildStdin>,
    waiting: Mutex<Waiting>,
    next_id: AtomicU64,
}

#[derive(Debug, Default)]
struct Waiting {
    callers: HashMap<u64, mpsc::Sender<Answer>>,
    /// How many times the node has begun to run.
    runs: u32,
    closed: bool,
}

impl Connection {
    /// Asks and waits for the answer.
    ///
    /// # Errors
    /// When the node is gone or does not answer in time.
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

    /// How many times the node has begun to run: more than once when it started anew.
    #[must_use]
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

    /// The line to it.
    #[must_use]
    pub const fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Kills it with SIGKILL, and waits until it is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill(); // gone already
        let _ = self.child.wait();
    }

    /// How it ended, once it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Waits for its end.
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

/// Whether a process ended by SIGKILL.
#[must_use]
pub fn was_killed(status: ExitStatus) -> bool {
    status.signal() == Some(KILLED)
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
