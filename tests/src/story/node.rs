//! A node's process.
//!
//! ```text
//!   spawn ──► runs ──┬── stop: SIGTERM, and SIGKILL when it takes too long
//!                    ├── kill: SIGKILL
//!                    └── dropped, also by a panic: killed
//! ```

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitStatus},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// How long a node may take to end after SIGTERM: a little more than it gives itself.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);
/// How often a process that should end is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A node's process; it never outlives this value.
#[derive(Debug)]
pub(crate) struct NodeProcess(Child);

impl NodeProcess {
    /// Starts a node in a process group of its own: Ctrl-C is the story's to hear, which
    /// then stops its nodes in order.
    pub(crate) fn spawn(mut command: Command) -> io::Result<Self> {
        command.process_group(0).spawn().map(Self)
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// How it ended, once it has.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().ok().flatten()
    }

    /// Asks it to end.
    pub(crate) fn terminate(&mut self) {
        if self.ended().is_none() {
            let _ = kill_process(Pid::from_child(&self.0), Signal::TERM); // it may be gone
        }
    }

    /// Ends it at once: SIGKILL.
    pub(crate) fn kill(&mut self) {
        let _ = self.0.kill(); // it may be gone
        let _ = self.0.wait();
    }

    /// Waits until it has ended after [`NodeProcess::terminate`]; kills it when that takes
    /// too long. Whether it ended by itself and well.
    pub(crate) fn stop(&mut self) -> bool {
        self.terminate();
        let deadline = Instant::now() + STOP_TIMEOUT;
        while Instant::now() < deadline {
            if let Some(status) = self.ended() {
                return status.success();
            }
            thread::sleep(LOOK_EVERY);
        }
        self.kill();
        false
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        self.kill();
    }
}
