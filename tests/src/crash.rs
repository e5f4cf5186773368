//! Crashes a node at a write point.
//!
//! ```text
//!   write_point::pass ──trace event──► CrashLayer ── armed for it? the n-th time? ──► SIGKILL
//! ```
//!
//! The event is emitted on the writing thread, which stays inside it until the process has ended. If killed before a
//! write, the write has not begun; if killed after it, no caller has been told that it is done.

use std::{
    fmt, process, str,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use piaolian_base::write_point;
use rustix::process::{Signal, getpid, kill_process};
use serde::{Deserialize, Serialize};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::layer::{Context, Layer};

/// Write point of founding a chain.
pub const GENESIS_STATE: &str = "store/genesis";

/// Write points that a running validator passes at every block.
pub const RUNNING: [&str; 3] = ["store/body", "store/commit", "last_signed/append"];

/// Write point that a validator passes at its start.
pub const LAST_SIGNED_REWRITE: &str = "last_signed/rewrite";

/// Write point that an issuer's node passes before it signs imported receipts.
pub const DETAILS: &str = "details/save";

/// Write point that a node passes before it shows details.
pub const ACCESS_LOG: &str = "access_log/append";

/// Write point that a node passes before it signs a transaction that grants a details key.
pub const ATTACHMENTS: &str = "attachments/keep";

/// The moment at which a node crashes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crash {
    /// Name of the write point.
    pub point: String,
    /// Whether to crash once the write is on disk instead of before it begins.
    pub done: bool,
    /// Number of passes until the crash; 1 crashes at the next one.
    pub occurrence: u32,
}

impl Crash {
    /// Returns the crash at the next pass of a write point.
    pub fn next(point: &str, done: bool) -> Self {
        Self {
            point: point.to_owned(),
            done,
            occurrence: 1,
        }
    }
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = if self.done { "after" } else { "before" };
        write!(f, "{when}:{}:{}", self.occurrence, self.point)
    }
}

impl str::FromStr for Crash {
    type Err = &'static str;

    /// Parses `before:<occurrence>:<point>` or `after:<occurrence>:<point>`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, ':');
        let (Some(when), Some(occurrence), Some(point)) =
            (parts.next(), parts.next(), parts.next())
        else {
            return Err("must be before:<occurrence>:<point> or after:<occurrence>:<point>");
        };
        Ok(Self {
            point: point.to_owned(),
            done: match when {
                "before" => false,
                "after" => true,
                _ => return Err("must begin with before or after"),
            },
            occurrence: occurrence
                .parse()
                .map_err(|_| "the occurrence must be a number")?,
        })
    }
}

/// The crash that the layer waits for; shared with the code that arms it.
#[derive(Clone, Debug, Default)]
pub struct Armed(Arc<Mutex<Option<Crash>>>);

impl Armed {
    /// Waits for `crash` from now on instead of an earlier one.
    pub fn arm(&self, crash: Crash) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(crash);
    }

    /// Whether to crash at this pass of a write point.
    fn is_due(&self, passed: &Passed) -> bool {
        let mut armed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(crash) = armed.as_mut() else {
            return false;
        };
        if crash.point != passed.point || Some(crash.done) != passed.done {
            return false;
        }
        crash.occurrence = crash.occurrence.saturating_sub(1);
        crash.occurrence == 0
    }
}

/// A tracing layer that only looks at the events of write points.
#[derive(Debug)]
pub struct CrashLayer(pub Armed);

impl<S: Subscriber> Layer<S> for CrashLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() != write_point::TARGET {
            return;
        }
        let mut passed = Passed::default();
        event.record(&mut passed);
        if self.0.is_due(&passed) {
            die();
        }
    }
}

#[derive(Default)]
struct Passed {
    point: String,
    done: Option<bool>,
}

impl Visit for Passed {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "point" {
            value.clone_into(&mut self.point);
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if field.name() == "done" {
            self.done = Some(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// Ends this process with SIGKILL; this thread goes no further.
fn die() -> ! {
    let killed = kill_process(getpid(), Signal::KILL);
    loop {
        if killed.is_err() {
            process::abort();
        }
        thread::sleep(Duration::from_secs(1));
    }
}
