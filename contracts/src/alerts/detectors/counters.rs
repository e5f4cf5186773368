//! The counters that a block changes: read at their first use, written at the end of the block.

use std::collections::{BTreeMap, btree_map::Entry};

use crate::{
    alerts::schema::{
        AmountMean, IssuerCounter, SUPERVISION_COUNTERS, SupervisionCounter, SupervisionCounterKey,
    },
    malformed::Malformed,
    state::{Fault, Table},
    storage::{Overlay, corrupt},
    types::{BlockTime, OrganisationId, ReceiptKind},
};

#[derive(Debug, Default)]
pub(super) struct Counters {
    issuers: BTreeMap<OrganisationId, IssuerCounter>,
    kinds: BTreeMap<ReceiptKind, AmountMean>,
}

impl Counters {
    /// The issuer's counts of the hour and the day of `now`, the block's time.
    pub(super) fn issuer(
        &mut self,
        overlay: &mut Overlay<'_>,
        now: BlockTime,
        issuer: OrganisationId,
    ) -> Result<&mut IssuerCounter, Fault> {
        match self.issuers.entry(issuer) {
            Entry::Occupied(held) => Ok(held.into_mut()),
            Entry::Vacant(free) => {
                let stored =
                    overlay.get(SUPERVISION_COUNTERS, &SupervisionCounterKey::Issuer(issuer))?;
                let counter = match stored.as_deref() {
                    None => IssuerCounter::beginning(now),
                    Some(SupervisionCounter::Issuer(counter)) => counter.at(now),
                    Some(SupervisionCounter::Amounts(_)) => return Err(misplaced("an issuer's")),
                };
                Ok(free.insert(counter))
            }
        }
    }

    /// The amounts of receipts of this kind so far.
    pub(super) fn amounts(
        &mut self,
        overlay: &mut Overlay<'_>,
        kind: ReceiptKind,
    ) -> Result<&mut AmountMean, Fault> {
        match self.kinds.entry(kind) {
            Entry::Occupied(held) => Ok(held.into_mut()),
            Entry::Vacant(free) => {
                let stored =
                    overlay.get(SUPERVISION_COUNTERS, &SupervisionCounterKey::Kind(kind))?;
                let mean = match stored.as_deref() {
                    None => AmountMean::default(),
                    Some(SupervisionCounter::Amounts(mean)) => *mean,
                    Some(SupervisionCounter::Issuer(_)) => return Err(misplaced("a kind's")),
                };
                Ok(free.insert(mean))
            }
        }
    }

    /// Writes the counters.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) fn write(self, overlay: &mut Overlay<'_>) -> Result<(), Fault> {
        for (issuer, counter) in self.issuers {
            overlay
                .entry(SUPERVISION_COUNTERS, &SupervisionCounterKey::Issuer(issuer))?
                .set(SupervisionCounter::Issuer(counter));
        }
        for (kind, mean) in self.kinds {
            overlay
                .entry(SUPERVISION_COUNTERS, &SupervisionCounterKey::Kind(kind))?
                .set(SupervisionCounter::Amounts(mean));
        }
        Ok(())
    }
}

fn misplaced(whose: &str) -> Fault {
    let error = Malformed::new("counter", format!("must be {whose}"));
    corrupt(Table::SupervisionCounters, error)
}
