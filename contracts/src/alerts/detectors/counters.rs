//! The counters that a block changes: read at their first use, written at the end of the block.

use std::collections::{BTreeMap, btree_map::Entry};

use crate::{
    alerts::schema::{AmountWatch, IssuerWatch, WATCHES, Watch, WatchKey},
    malformed::Malformed,
    state::{Fault, Table},
    storage::{Overlay, corrupt},
    types::{BlockTime, OrganisationId, ReceiptKind},
};

#[derive(Debug, Default)]
pub(super) struct Counters {
    issuers: BTreeMap<OrganisationId, IssuerWatch>,
    kinds: BTreeMap<ReceiptKind, AmountWatch>,
}

impl Counters {
    /// The issuer's counts of the hour and the day of `now`, the block's time.
    pub(super) fn issuer(
        &mut self,
        overlay: &mut Overlay<'_>,
        now: BlockTime,
        issuer: OrganisationId,
    ) -> Result<&mut IssuerWatch, Fault> {
        match self.issuers.entry(issuer) {
            Entry::Occupied(held) => Ok(held.into_mut()),
            Entry::Vacant(free) => {
                let stored = overlay.get(WATCHES, &WatchKey::Issuer(issuer))?;
                let watch = match stored.as_deref() {
                    None => IssuerWatch::beginning(now),
                    Some(Watch::Issuer(watch)) => watch.at(now),
                    Some(Watch::Amounts(_)) => return Err(misplaced("an issuer's")),
                };
                Ok(free.insert(watch))
            }
        }
    }

    /// The amounts of receipts of this kind so far.
    pub(super) fn amounts(
        &mut self,
        overlay: &mut Overlay<'_>,
        kind: ReceiptKind,
    ) -> Result<&mut AmountWatch, Fault> {
        match self.kinds.entry(kind) {
            Entry::Occupied(held) => Ok(held.into_mut()),
            Entry::Vacant(free) => {
                let stored = overlay.get(WATCHES, &WatchKey::Kind(kind))?;
                let watch = match stored.as_deref() {
                    None => AmountWatch::default(),
                    Some(Watch::Amounts(watch)) => *watch,
                    Some(Watch::Issuer(_)) => return Err(misplaced("a kind's")),
                };
                Ok(free.insert(watch))
            }
        }
    }

    /// Writes the counters.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn write(self, overlay: &mut Overlay<'_>) -> Result<(), Fault> {
        for (issuer, watch) in self.issuers {
            overlay
                .entry(WATCHES, &WatchKey::Issuer(issuer))?
                .set(Watch::Issuer(watch));
        }
        for (kind, watch) in self.kinds {
            overlay
                .entry(WATCHES, &WatchKey::Kind(kind))?
                .set(Watch::Amounts(watch));
        }
        Ok(())
    }
}

fn misplaced(whose: &str) -> Fault {
    let error = Malformed::new("watch", format!("must be {whose}"));
    corrupt(Table::Watches, error)
}
