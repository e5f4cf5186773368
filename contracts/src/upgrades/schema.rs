//! The tables of upgrades, and queries on them.

use super::record::Upgrade;
use crate::{
    chain::{Height, ValidatorSet},
    state::{Fault, StateReader, Table},
    storage::{Key as _, Records, missing_genesis_record},
};

/// The validator set that decides the block on this state.
pub const VALIDATOR_SET: Records<(), ValidatorSet> = Records::new(Table::ValidatorSet);

/// The changes that take effect at each height.
pub const UPGRADES: Records<Height, Upgrade> = Records::new(Table::Upgrades);

/// The validators that decide `height`, which is at most one above the state's.
///
/// # Errors
/// When the state cannot be read or lacks a record of genesis.
pub fn validators_at(state: &dyn StateReader, height: Height) -> Result<ValidatorSet, Fault> {
    in_force(state, height)?
        .validators
        .ok_or_else(|| missing_genesis_record("validators"))
}

/// The protocol version of `height`, which is at most one above the state's.
///
/// # Errors
/// When the state cannot be read or lacks a record of genesis.
pub fn version_at(state: &dyn StateReader, height: Height) -> Result<u32, Fault> {
    let upgrade = in_force(state, height)?;
    upgrade
        .protocol_version
        .ok_or_else(|| missing_genesis_record("protocol version"))
}

fn in_force(state: &dyn StateReader, height: Height) -> Result<Upgrade, Fault> {
    let found = UPGRADES.floor(state, &height.bytes())?;
    found
        .map(|(_, upgrade)| upgrade)
        .ok_or_else(|| missing_genesis_record("validators"))
}

/// Returns up to `limit` entries at or below `height`, highest first. With `u64::MAX`, these are the scheduled changes
/// and then those in effect.
///
/// # Errors
/// When the state cannot be read.
pub fn upgrades_below(
    state: &dyn StateReader,
    height: Height,
    limit: usize,
) -> Result<Vec<Upgrade>, Fault> {
    UPGRADES.descend(state, &[], height.bytes().to_vec(), limit)
}
