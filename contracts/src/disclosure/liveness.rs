//! The check that an authorisation is in force.
//!
//! ```text
//!   own ── not revoked, in time ──► granted for the holder? ── yes ──► live
//!                                        │ no
//!                                        ▼
//!   the sharer's own: same generation, still onward, not revoked, in time ──► and so on, at
//!                                                                             most 4 in a row
//! ```

use std::sync::Arc;

use super::{
    errors::DisclosureError,
    purpose::Purpose,
    record::Grant,
    schema::{GRANTS, GrantKey},
};
use crate::{
    action::ActionContext,
    rejection::Stop,
    state::{Fault, StateReader},
    types::{BlockTime, ReceiptId},
};

/// Most authorisations in a row, the one for the holder included. It bounds the walk.
pub const DEPTH_MAX: usize = 4;

/// An authorisation that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Live {
    /// The authorisation.
    pub grant: Arc<Grant>,
    /// Its place in the row: 1 was granted for the holder.
    pub depth: usize,
}

/// Returns the authorisation at `key` if it is in force at `now`, or the reason why it is not.
///
/// # Errors
/// When the store cannot be read.
pub fn live(
    state: &dyn StateReader,
    key: &GrantKey,
    now: BlockTime,
) -> Result<Result<Live, DisclosureError>, Fault> {
    walk(|key| Ok(GRANTS.get(state, key)?.map(Arc::new)), key, now)
}

/// The same, including the writes of this block.
pub(super) fn live_in(
    ctx: &mut ActionContext<'_, '_>,
    key: &GrantKey,
) -> Result<Result<Live, DisclosureError>, Fault> {
    let now = ctx.block.time;
    walk(|key| ctx.overlay.get(GRANTS, key), key, now)
}

/// Refuses the acting organisation unless it is authorised now.
pub(crate) fn require_live(
    ctx: &mut ActionContext<'_, '_>,
    receipt: ReceiptId,
    purpose: Purpose,
) -> Result<Live, Stop> {
    let key = GrantKey {
        receipt,
        grantee: ctx.actor_id(),
        purpose,
    };
    Ok(live_in(ctx, &key)??)
}

fn walk(
    mut read: impl FnMut(&GrantKey) -> Result<Option<Arc<Grant>>, Fault>,
    key: &GrantKey,
    now: BlockTime,
) -> Result<Result<Live, DisclosureError>, Fault> {
    let (receipt, organisation, purpose) = (key.receipt, key.grantee, key.purpose);
    let Some(grant) = read(key)? else {
        return Ok(Err(DisclosureError::NotAuthorised {
            receipt,
            organisation,
            purpose,
        }));
    };
    if let Err(ended) = grant.check_own(now) {
        return Ok(Err(ended));
    }
    let mut at = grant.clone();
    for depth in 1..=DEPTH_MAX {
        let Some(generation) = at.shared_from else {
            return Ok(Ok(Live { grant, depth }));
        };
        let sharer = GrantKey {
            grantee: at.grantor,
            ..*key
        };
        let holds = |sharer: &Arc<Grant>| {
            sharer.generation == generation && sharer.onward && sharer.check_own(now).is_ok()
        };
        match read(&sharer)?.filter(holds) {
            Some(sharer) => at = sharer,
            None => break,
        }
    }
    Ok(Err(DisclosureError::SharerLostAccess {
        receipt,
        organisation,
        purpose,
        grantor: at.grantor,
    }))
}
