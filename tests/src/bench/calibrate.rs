//! Measures V, the cost of one signature check on this machine.

use std::time::Instant;

use ed25519_dalek::{Signer as _, SigningKey};

/// Message length in bytes of the `verify_strict` call that defines V, the unit of the figures.
const MESSAGE_BYTES: usize = 400;
const CHECKS_A_SAMPLE: u32 = 200;
const SAMPLES: usize = 15;

/// A figure with its spread over the samples.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    /// The smallest value.
    pub min: f64,
    /// The median.
    pub median: f64,
    /// The largest value.
    pub max: f64,
}

impl Spread {
    /// Computes the spread of at least one figure.
    pub(super) fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        Self {
            min: figures.first().copied().unwrap_or_default(),
            median: figures.get(figures.len() / 2).copied().unwrap_or_default(),
            max: figures.last().copied().unwrap_or_default(),
        }
    }
}

/// Measures one check, in microseconds.
pub(super) fn verify_us() -> Spread {
    let key = SigningKey::from_bytes(&[7; 32]);
    let message = [0x5a; MESSAGE_BYTES];
    let signature = key.sign(&message);
    let public = key.verifying_key();
    let sample = || {
        let begun = Instant::now();
        for _ in 0..CHECKS_A_SAMPLE {
            std::hint::black_box(public.verify_strict(&message, &signature))
                .expect("the signature was made with this key");
        }
        begun.elapsed().as_secs_f64() * 1e6 / f64::from(CHECKS_A_SAMPLE)
    };
    sample(); // warms up
    Spread::of((0..SAMPLES).map(|_| sample()).collect())
}
