//! The writes that a crash must not lose.
//!
//! A trace event with this target is emitted before each write begins and after it is on disk. It shows an operator what
//! a slow disk delays, and the crash tests kill a node at every one of these events.

/// The target of the events.
pub const TARGET: &str = "piaolian::write_point";

/// Emits the event of the write named `point`: before it begins, or when it is done.
pub fn pass(point: &'static str, done: bool) {
    tracing::trace!(target: TARGET, point, done);
}
