//! Check codes (校验码): six characters that prove the bearer holds the receipt.
//!
//! On chain stands `SHA-256("piaolian/check-code/v1" ‖ salt ‖ code)`. The salt is public:
//! it keeps codes from being looked up in one table for all receipts, no more. Who may
//! ask whether a code is right is limited at the doors (docs/DOMAIN.md §3, verification).

use rand::{CryptoRng, RngExt};

/// Bytes of the salt of a check code.
pub const SALT_BYTES: usize = 16;

const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const CHARACTERS: usize = 6;

/// A random check code: 6 of `[0-9a-z]`, each as likely as any other.
#[must_use]
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
