//! Checks that this program knows the protocol version of coming heights.
//!
//! ```text
//!   version of the next height ── known? ── no ──► the node stops: it neither votes nor executes
//!   version set for later ─────── known? ── no ──► a warning, in time to install another program
//! ```

use piaolian_contracts::{
    chain::Height,
    upgrades::{KnownVersions, PENDING_MAX, upgrades_below, version_at},
};

use super::Fault;
use crate::store::ChainView;

/// Fails when this program does not know the version of the next height.
pub(super) fn check(view: &ChainView) -> Result<(), Fault> {
    let next = view.tip().height.next();
    let version = version_at(&view.state(), next)?;
    Ok(KnownVersions::OURS.check(version, next)?)
}

/// Logs a warning for each coming version that this program does not know.
pub(super) fn warn_of_unknown(view: &ChainView) -> Result<(), Fault> {
    let state = view.state();
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
