//! A node's process.
//!
//! ```text
//!   spawn ──► runs ──┬── stop: SIGTERM, then SIGKILL after a time limit
//!                    ├── kill: SIGKILL
//!                    └── drop: killed, also on a panic
//! ```

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Child, Command, ExitStatus},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// Time limit for a node to end after SIGTERM: a little more than its own limit.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);
/// Interval between two checks of a process that should end.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// A node's process, killed when this value is dropped.
#[derive(Debug)]
pub(crate) struct NodeProcess(Child);

impl NodeProcess {
    /// Starts a node in its own process group, so that Ctrl-C reaches only the demo, which then stops its nodes.
    pub(crate) fn spawn(mut command: Command) -> io::Result<Self> {
        command.process_group(0).spawn().map(Self)
    }

    /// Returns the process id.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Returns its exit status once it has ended.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().ok().flatten()
    }

    /// Asks it to end.
    pub(crate) fn terminate(&mut self) {
        if self.ended().is_none() {
            let _ = kill_process(Pid::from_child(&self.0), Signal::TERM); // it may be gone
        }
    }

    /// Kills it with SIGKILL.
    pub(crate) fn kill(&mut self) {
        let _ = self.0.kill(); // it may be gone
        let _ = self.0.wait();
    }

    /// Terminates it and waits for its end; kills it after the time limit. Returns whether it ended by itself,
    /// successfully.
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
