//! Check codes (校验码): six characters that prove the bearer holds the receipt.
//!
//! The chain holds `SHA-256("piaolian/check-code/v1" ‖ salt ‖ code)`. The salt is public. It only prevents that one
//! lookup table serves for all receipts. The node's API limits how often a client may try codes (docs/DOMAIN.md §3,
//! verification).

use rand::{CryptoRng, RngExt};

/// Bytes of the salt of a check code.
pub const SALT_BYTES: usize = 16;

const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const CHARACTERS: usize = 6;

/// Returns a random check code: 6 of `[0-9a-z]`, uniformly distributed.
pub fn random(rng: &mut impl CryptoRng) -> String {
    (0..CHARACTERS)
        .map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]))
        .collect()
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;
    use crate::text::is_check_code;

    #[test]
    fn random_codes_have_the_shape_of_check_codes() {
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..1_000 {
            let code = random(&mut rng);
            assert!(is_check_code(&code), "{code}");
        }
    }
}
