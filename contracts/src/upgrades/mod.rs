//! Upgrades: the validator set and the protocol version of each height.
//!
//! ```text
//!   governors: ChangeValidators ─┐
//!   governors: ActivateProtocol ─┼─► upgrade of height E ──(block E − 1 ends)──► validator set, history
//!   a validator: RotateValidatorKey ┘      E ≥ the block that sets it + 2
//!
//!   set of E = the one set for E, or else that of E − 1 ── rotations of E: new key in the old one's place
//! ```
//!
//! Block E − 1 writes the validator set that decides E, so that its header has the hash of that set as
//! `next_validators_hash`. Records of past changes stay: the set and the version of any height can be read and proven
//! later.

mod codec;
mod errors;
mod record;
mod schedule;
mod schema;

pub use errors::UpgradeError;
pub use record::{KnownVersions, Rotation, UnknownVersion, Upgrade};
pub use schedule::PENDING_MAX;
pub use schema::{UPGRADES, VALIDATOR_SET, upgrades_below, validators_at, version_at};

pub(crate) use schedule::{Schedule, check_height, take_effect};
