//! Automatic sealing by finance: one supervising seal for each block that issued.
//!
//! ```text
//!   tips ──► lowest unsealed … ──► sign ──► SealBlock, at most 8 at once ──► block
//!              ▲                                                              │
//!              └──────────────── the state says what is sealed ◄──────────────┘
//! ```
//!
//! Nothing is remembered between runs: the state shows what is sealed. The client id of a seal is derived from the
//! issuance that it seals, so a restarted node does not send a second seal while the first is pending.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures::future::join_all;
use piaolian_contracts::{
    chain::{Hash, Height},
    organisations::{KeyId, KeyPurpose},
    receipts::{ISSUANCES, Issuance, seal_sign_bytes},
    types::OrganisationId,
};
use piaolian_custody::keys::HeldKey;
use piaolian_ledger::{Ledger, StateView};
use piaolian_proto::v1::{CallOptions, SealBlock, transaction_body::Action};
use tokio::{task::block_in_place, time::sleep};

use super::is_fresh;
use crate::{
    api_error::ApiError, error::ServiceError, member_keys::held_in_force, submit::Submitter,
};

/// Most pending seals: more than the blocks that are committed while one seal is decided.
const IN_FLIGHT_MAX: usize = 8;
/// Number of consecutive sealed issuances after which all lower ones count as sealed. Seals are sent in order, with at
/// most [`IN_FLIGHT_MAX`] pending.
const SEALED_IN_A_ROW: usize = 1_000;
/// Heights that one pass reads, so that a long chain is searched in steps.
const HEIGHTS_OF_A_PASS: u64 = 10_000;
/// Pause after a seal that was not accepted.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// Seals the issuances of blocks, on finance's node.
pub struct Sealing {
    ledger: Ledger,
    organisation: OrganisationId,
    /// Signs seals; `None`: nothing is sealed here.
    supervise_key: Option<Arc<HeldKey>>,
    submitter: Arc<Submitter>,
    /// The lowest height whose issuance is not sealed; 0: none.
    first_unsealed: AtomicU64,
}

/// Search for unsealed issuances.
struct Search {
    /// All blocks below it are sealed, or issued nothing.
    low: Height,
}

impl Sealing {
    /// Returns the worker that seals for `organisation` with `supervise_key`.
    pub(crate) const fn new(
        ledger: Ledger,
        organisation: OrganisationId,
        supervise_key: Option<Arc<HeldKey>>,
        submitter: Arc<Submitter>,
    ) -> Self {
        Self {
            ledger,
            organisation,
            supervise_key,
            submitter,
            first_unsealed: AtomicU64::new(0),
        }
    }

    /// Returns the lowest height whose issuance is not sealed; 0 where there is none, or nothing is sealed here.
    pub(crate) fn first_unsealed(&self) -> u64 {
        self.first_unsealed.load(Ordering::Relaxed)
    }

    /// Seals new issuances. Without a supervise key it only waits. Never returns without an error.
    ///
    /// # Errors
    /// On a fault of this machine.
    pub(super) async fn run(&self) -> Result<(), ServiceError> {
        if self.supervise_key.is_none() {
            std::future::pending::<()>().await;
        }
        let mut tips = self.ledger.tips();
        let mut search = block_in_place(|| Search::from_state(&self.ledger.view().state()))?;
        loop {
            tips.mark_unchanged();
            let unsealed = block_in_place(|| self.next_unsealed(&mut search))?;
            let first = unsealed.first().map_or(0, |issuance| issuance.height.get());
            self.first_unsealed.store(first, Ordering::Relaxed);
            let is_behind = search.low <= self.ledger.tip().height;
            if unsealed.is_empty() && is_behind {
                continue;
            }
            if unsealed.is_empty() || !is_fresh(&self.ledger)? {
                if tips.changed().await.is_err() {
                    return Ok(());
                }
                continue;
            }
            let sealed = join_all(unsealed.iter().map(|issuance| self.seal(issuance))).await;
            for (issuance, error) in unsealed
                .iter()
                .zip(sealed)
                .filter_map(|(i, sealed)| Some((i, sealed.err()?)))
            {
                if let ServiceError::Fault(_) = error {
                    return Err(error);
                }
                tracing::warn!(height = issuance.height.get(), %error, "seal not accepted; retried");
                sleep(RETRY_PAUSE).await;
            }
        }
    }

    fn next_unsealed(&self, search: &mut Search) -> Result<Vec<Issuance>, ServiceError> {
        search.next(&self.ledger.view().state())
    }

    async fn seal(&self, issuance: &Issuance) -> Result<(), ServiceError> {
        let state = self.ledger.view().state();
        let held = self.supervise_key.as_ref();
        let key = held_in_force(&state, &self.organisation, held, KeyPurpose::Supervise)?;
        let message = seal_sign_bytes(self.ledger.chain_id(), issuance.height, &issuance.root);
        let signature = key.pair().sign(&message);
        let signature = signature.map_err(|_| ApiError::NoKeyInForce {
            purpose: KeyPurpose::Supervise,
        })?;
        let seal = SealBlock {
            height: issuance.height.get(),
            issuance_root: issuance.root.into(),
            key_id: key.key_id().get(),
            signature: signature.into(),
        };
        let options = CallOptions {
            client_id: client_id(issuance, key.key_id()),
            ..Default::default()
        };
        let action = Action::SealBlock(seal);
        self.submitter
            .sign_and_submit(action, Some(options))
            .await?;
        Ok(())
    }
}

/// Returns the client id of a seal: a retry is the same request, also after a restart.
fn client_id(issuance: &Issuance, key_id: KeyId) -> Bytes {
    let hash = Hash::tagged(
        "piaolian/seal-client-id/v1",
        &[
            &issuance.height.get().to_be_bytes(),
            issuance.root.as_bytes(),
            &key_id.get().to_be_bytes(),
        ],
    );
    Bytes::copy_from_slice(&hash.as_bytes()[..16])
}

impl Search {
    /// Finds the height to begin at: searches down from the tip until many issuances in a row are sealed.
    fn from_state(state: &StateView<'_>) -> Result<Self, ServiceError> {
        let mut low = state.tip().height.next();
        let mut below = state.tip().height;
        let mut sealed_in_a_row = 0;
        while sealed_in_a_row < SEALED_IN_A_ROW
            && let Some((_, issuance)) = ISSUANCES.floor(state, &below.get().to_be_bytes())?
        {
            if issuance.seal.is_some() {
                sealed_in_a_row += 1;
            } else {
                sealed_in_a_row = 0;
                low = issuance.height;
            }
            let Some(next) = issuance.height.previous() else {
                break;
            };
            below = next;
        }
        Ok(Self { low })
    }

    /// Returns the lowest unsealed issuances, ascending.
    fn next(&mut self, state: &StateView<'_>) -> Result<Vec<Issuance>, ServiceError> {
        let tip = state.tip().height;
        let mut unsealed = Vec::new();
        let mut height = self.low;
        for _ in 0..HEIGHTS_OF_A_PASS {
            if height > tip || unsealed.len() == IN_FLIGHT_MAX {
                break;
            }
            unsealed.extend(
                ISSUANCES
                    .get(state, &height)?
                    .filter(|issued| issued.seal.is_none()),
            );
            height = height.next();
        }
        self.low = unsealed.first().map_or(height, |issuance| issuance.height);
        Ok(unsealed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn issuance(height: u64) -> Issuance {
        Issuance {
            height: Height::new(height),
            count: 1,
            root: Hash::new([7; 32]),
            seal: None,
        }
    }

    #[test]
    fn a_retry_of_a_seal_is_the_same_request() {
        let key_id = |id| KeyId::parse("", id).unwrap();
        let first = client_id(&issuance(5), key_id(1));
        assert_eq!(first.len(), 16);
        assert_eq!(first, client_id(&issuance(5), key_id(1)));
        assert_ne!(first, client_id(&issuance(6), key_id(1)));
        assert_ne!(first, client_id(&issuance(5), key_id(2)));
    }
}
