//! Trace events around writes that a crash must not lose.
//!
//! An event with this target is emitted before a synced write of a database begins and after it is on disk, and
//! likewise around each record that is appended to the last signed state. It shows an operator what a slow disk delays,
//! and the crash tests kill a node at every one of these events. The access log and the rewriting of the last signed
//! state have no write point.

/// The target of the events.
pub const TARGET: &str = "piaolian::write_point";

/// Emits the event of the write named `point`: before it begins, or when it is done.
pub fn pass(point: &'static str, done: bool) {
    tracing::trace!(target: TARGET, point, done);
}
