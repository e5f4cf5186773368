//! Trace events around writes that a crash must not lose.
//!
//! An event is emitted before each synced write begins and after the write is on disk. Synced writes are those of a
//! database, of the last signed state and of the access log. The events show an operator what a slow disk delays. The
//! crash tests kill a node at each of them.

/// The target of the events.
pub const TARGET: &str = "piaolian::write_point";

/// Emits the event of the write named `point`: before it begins, or when it is done.
pub fn pass(point: &'static str, done: bool) {
    tracing::trace!(target: TARGET, point, done);
}
