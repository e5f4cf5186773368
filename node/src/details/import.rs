//! Preparing drafts so that nothing is lost and a retry asks for the very same.
//!
//! ```text
//!   drafts ──prepared before?──► yes: the kept request again
//!                └─────────────► no:  salts, check code ──one synced write──► store
//! ```

use piaolian_proto::v1::kept_receipt::Request;
use rand::CryptoRng;

use super::{
    issue::{Draft, Prepared},
    store::{DetailsStore, Kept, StoreError},
};

/// Prepares drafts for issue, in their order. What is new is on disk when this returns;
/// what was prepared before is returned as it was, so that issuing it again is
/// issuing the same.
///
/// # Errors
/// When the store cannot be read or written; then none may be issued.
pub fn prepare_all(
    store: &DetailsStore,
    drafts: &[Draft],
    rng: &mut impl CryptoRng,
) -> Result<Vec<Prepared>, StoreError> {
    let mut all = Vec::with_capacity(drafts.len());
    let mut new = Vec::new();
    for draft in drafts {
        if let Some(earlier) = prepared_before(store, draft)? {
            all.push(earlier);
        } else {
            let prepared = draft.prepare(rng);
            new.push(Kept::from(prepared.clone()));
            all.push(prepared);
        }
    }
    if !new.is_empty() {
        store.keep(&new)?;
    }
    Ok(all)
}

fn prepared_before(store: &DetailsStore, draft: &Draft) -> Result<Option<Prepared>, StoreError> {
    for Kept { details, request } in store.of_business(draft.business_number())? {
        if let Request::Issue(item) = request
            && draft.is_of(&details)
        {
            return Ok(Some(Prepared { details, item }));
        }
    }
    Ok(None)
}
