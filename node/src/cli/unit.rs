//! Units, which a field's name ends with.

use prost_reflect::{FieldDescriptor, Kind};

/// Unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Money: 1/100 yuan, shown and given in yuan.
    Fen,
    /// Unix time in ms, shown and given as a date and time in Beijing.
    Moment,
    /// Length of time in ms.
    Duration,
}

/// Endings of the names of moments; any other name that ends with `_ms` is of a length of time.
const TIMESTAMP_ENDINGS: [&str; 9] = [
    "time_ms",
    "until_ms",
    "since_ms",
    "from_ms",
    "expires_ms",
    "paid_ms",
    "started_ms",
    "returned_ms",
    "moved_ms",
];

/// Returns the unit of a field; `None` where it is a plain number or no number.
pub(super) fn unit_of(field: &FieldDescriptor) -> Option<Unit> {
    let name = field.name();
    match field.kind() {
        Kind::Int64 | Kind::Uint32 | Kind::Uint64 if name.ends_with("_fen") => Some(Unit::Fen),
        Kind::Uint64
            if TIMESTAMP_ENDINGS
                .iter()
                .any(|ending| name.ends_with(ending)) =>
        {
            Some(Unit::Moment)
        }
        Kind::Uint64 if name.ends_with("_ms") => Some(Unit::Duration),
        _ => None,
    }
}
