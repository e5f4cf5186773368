//! Finance's automatic sealing: one supervising seal for each block that issued.
//!
//! ```text
//!   tips ──► lowest unsealed … ──► sign ──► SealBlock, at most 8 at once ──► block
//!              ▲                                                              │
//!              └──────────────── the state says what is sealed ◄──────────────┘
//! ```
//!
//! Nothing is remembered between runs: the state says what is sealed. The client id
//! of a seal follows from what it seals, so that a restart never sends a second one
//! beside a first that is under way.

use std::{sync::atomic::Ordering, time::Duration};

use bytes::Bytes;
use futures::future::join_all;
use piaolian_base::clock;
use piaolian_contracts::{
    chain::{Hash, Height},
    organisations::{KeyId, KeyPurpose},
    receipts::{ISSUANCES, Issuance, seal_sign_bytes},
};
use piaolian_ledger::StateView;
use piaolian_proto::v1::{CallOptions, SealBlock, transaction_body::Action};
use tokio::{task::block_in_place, time::sleep};

use crate::{Service, api_error::ApiError, error::ServiceError, parameters};

/// Seals under way at once: more than blocks follow each other while one is decided.
const IN_FLIGHT_MAX: usize = 8;
/// Sealed issuances in a row after which all below are taken as sealed: seals go out
/// in order, at most [`IN_FLIGHT_MAX`] apart.
const SEALED_IN_A_ROW: usize = 1_000;
/// Heights looked at in one pass, so that a long chain is searched in steps.
const HEIGHTS_OF_A_PASS: u64 = 10_000;
/// How long to wait after a seal was not taken.
const RETRY: Duration = Duration::from_secs(5);
/// A tip whose time is older than so many heartbeats is not the chain's: this node
/// is behind, and what looks unsealed here may be sealed.
const FRESH_HEARTBEATS: u64 = 4;

/// Seals what is issued until the service stops. Without a supervise key it only waits.
///
/// # Errors
/// When this machine is in trouble.
pub async fn run(service: &Service) -> Result<(), ServiceError> {
    let mut stopping = service.stopping();
    let stopped = async move {
        let _ = stopping.wait_for(|stopping| *stopping).await; // gone: stopping as well
    };
    tokio::select! {
        () = stopped => Ok(()),
        sealed = service.seal_as_issued() => sealed,
    }
}

/// Where the search stands: everything below is sealed or issued nothing.
struct Search {
    low: Height,
}

impl Service {
    async fn seal_as_issued(&self) -> Result<(), ServiceError> {
        if self.keys.supervise.is_none() {
            std::future::pending::<()>().await;
        }
        let mut tips = self.ledger.tips();
        let mut search = block_in_place(|| Search::from_state(&self.state()))?;
        loop {
            tips.mark_unchanged();
            let unsealed = block_in_place(|| self.next_unsealed(&mut search))?;
            let first = unsealed.first().map_or(0, |issuance| issuance.height.get());
            self.first_unsealed.store(first, Ordering::Relaxed);
            let is_behind = search.low <= self.ledger.tip().height;
            if unsealed.is_empty() && is_behind {
                continue;
            }
            if unsealed.is_empty() || !self.is_fresh()? {
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
                tracing::warn!(height = issuance.height.get(), %error, "not sealed yet");
                sleep(RETRY).await;
            }
        }
    }

    fn next_unsealed(&self, search: &mut Search) -> Result<Vec<Issuance>, ServiceError> {
        search.next(&self.state())
    }

    /// Whether the tip is as late as the chain's.
    pub(crate) fn is_fresh(&self) -> Result<bool, ServiceError> {
        let state = self.state();
        let allowed = parameters(&state)?
            .heartbeat_ms()
            .saturating_mul(FRESH_HEARTBEATS);
        Ok(clock::now() <= state.tip().time.after_ms(allowed))
    }

    async fn seal(&self, issuance: &Issuance) -> Result<(), ServiceError> {
        let held = self.keys.supervise.as_ref();
        let key = self.key_in_force(&self.state(), held, KeyPurpose::Supervise)?;
        let message = seal_sign_bytes(self.ledger.chain_id(), issuance.height, &issuance.root);
        let signature = key.pair().sign(&message);
        let signature = signature.map_err(|_| ApiError::NoKeyInForce(KeyPurpose::Supervise))?;
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
        self.act(Action::SealBlock(seal), Some(options)).await?;
        Ok(())
    }
}

/// The client id of a seal: a retry, also after a restart, is the same request.
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
    /// Finds where to begin: down from the tip, until many in a row are sealed.
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

    /// The lowest unsealed issuances, ascending.
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
