//! The points at which this node writes what a crash must not lose.
//!
//! Each is a trace event with this target, told before the write begins and after
//! it is on disk. An operator sees what a slow disk delays; the tests kill a node
//! at every one of them.

/// The target of the events.
pub const TARGET: &str = "piaolian::write_point";

/// Tells that the write named `point` is about to begin, or is done.
pub fn pass(point: &'static str, done: bool) {
    tracing::trace!(target: TARGET, point, done);
}
