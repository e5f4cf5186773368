//! Whether this program has the rules by which the chain goes on.
//!
//! ```text
//!   version of the next height ── known? ── no ──► the node stops: it neither votes nor executes
//!   version set for later ─────── known? ── no ──► said in the log, in time to install another program
//! ```

use piaolian_contracts::{
    chain::Height,
    upgrades::{KnownVersions, PENDING_MAX, upgrades_below, version_at},
};

use super::Fault;
use crate::store::Store;

/// Refuses to go on by a version that this program does not know.
pub(super) fn check(store: &Store) -> Result<(), Fault> {
    let next = store.tip().height.next();
    let version = version_at(&store.state(), next)?;
    Ok(KnownVersions::OURS.check(version, next)?)
}

/// Says when one is set that this program does not know.
pub(super) fn warn_of_unknown(store: &Store) -> Result<(), Fault> {
    let state = store.state();
    let tip = state.tip().height;
    let highest = Height::new(u64::MAX);
    for upgrade in upgrades_below(&state, highest, PENDING_MAX)? {
        let height = upgrade.height;
        let unknown = upgrade
            .protocol_version
            .filter(|_| height > tip)
            .and_then(|version| KnownVersions::OURS.check(version, height).err());
        if let Some(unknown) = unknown {
            tracing::warn!(%height, "{unknown}");
        }
    }
    Ok(())
}
