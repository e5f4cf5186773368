//! Trace events around writes that a crash must not lose.
//!
//! An event with this target is emitted before a synced write begins and after it is on disk: of a database, the last
//! signed state or an entry of the access log. It shows an operator what a slow disk delays, and the crash tests kill a
//! node at every one of these events.

/// The target of the events.
pub const TARGET: &str = "piaolian::write_point";

/// Emits the event of the write named `point`: before it begins, or when it is done.
pub fn pass(point: &'static str, done: bool) {
    tracing::trace!(target: TARGET, point, done);
}
