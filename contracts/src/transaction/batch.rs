//! Verifying many signatures at once.
//!
//! ```text
//!   chunk ─► one equation over all ─holds─► all are valid
//!                                  └fails─► each on its own: which one is it?
//! ```
//!
//! Under ZIP-215 both ways agree on every input. The coefficients of the equation come from a hash of all keys,
//! messages and signatures. So a signer cannot choose a signature to fit the coefficients, and this crate needs no
//! randomness.

use std::{convert::Infallible, sync::Arc};

use ed25519_zebra::{VerificationKeyBytes, batch};
use rand_core::{TryCryptoRng, TryRng};

use super::{Transaction, Verified};
use crate::{
    chain::{Hash, KeyAlgorithm, PublicKey},
    transaction::Refused,
};

/// Signatures checked by one equation. A larger number would gain little, and one bad signature would force more single
/// checks.
pub const BATCH_SIGNATURES_MAX: usize = 128;

/// Verifies each transaction with its key. Same results, in the same order, as
/// [`Transaction::verify`] on each.
#[must_use]
pub fn verify_batch(
    transactions: Vec<(Arc<Transaction>, PublicKey)>,
) -> Vec<Result<Verified, Refused>> {
    let mut results = Vec::with_capacity(transactions.len());
    let mut transactions = transactions.into_iter();
    loop {
        let chunk: Vec<_> = transactions.by_ref().take(BATCH_SIGNATURES_MAX).collect();
        if chunk.is_empty() {
            return results;
        }
        let all_hold = all_hold(&chunk);
        results.extend(chunk.into_iter().map(|(transaction, key)| {
            if all_hold {
                Ok(Verified { transaction, key })
            } else {
                transaction.verify(&key)
            }
        }));
    }
}

fn all_hold(chunk: &[(Arc<Transaction>, PublicKey)]) -> bool {
    // For one signature the plain check is faster.
    if chunk.len() < 2 {
        return false;
    }
    let mut verifier = batch::Verifier::new();
    for (transaction, key) in chunk {
        if key.algorithm() != KeyAlgorithm::Ed25519 {
            return false;
        }
        let signature = transaction.signature.to_zebra();
        let key = VerificationKeyBytes::from(*key.as_bytes());
        verifier.queue((key, signature, &transaction.sign_bytes[..]));
    }
    verifier.verify(Coefficients::over(chunk)).is_ok()
}

/// A stream of bytes that is fixed by keys, messages and signatures:
/// `SHA-256(seed ‖ u64_be(counter))`.
struct Coefficients {
    seed: Hash,
    counter: u64,
}

impl Coefficients {
    fn over(chunk: &[(Arc<Transaction>, PublicKey)]) -> Self {
        let parts: Vec<&[u8]> = chunk
            .iter()
            .flat_map(|(transaction, key)| {
                // The id is the hash of the message.
                let signature: &[u8] = transaction.signature.as_bytes();
                [&key.as_bytes()[..], signature, transaction.id.as_bytes()]
            })
            .collect();
        Self {
            seed: Hash::tagged("piaolian/batch/v1", &parts),
            counter: 0,
        }
    }

    fn block(&mut self) -> [u8; 32] {
        let block = Hash::sha256(&[self.seed.as_bytes(), &self.counter.to_be_bytes()]);
        self.counter = self.counter.saturating_add(1);
        block.into()
    }
}

impl TryRng for Coefficients {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, destination: &mut [u8]) -> Result<(), Infallible> {
        for chunk in destination.chunks_mut(Hash::BYTES) {
            let block = self.block();
            chunk.copy_from_slice(&block[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Coefficients {}
