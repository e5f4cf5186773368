//! Check codes (校验码): six characters that prove the bearer holds the receipt.
//!
//! On chain stands `SHA-256("piaolian/check-code/v1" ‖ salt ‖ code)`. The salt is public:
//! it keeps codes from being looked up in one table for all receipts, no more. Who may
//! ask whether a code is right is limited at the doors (DOMAIN §3, verification).

use piaolian_contracts::chain::Hash;
use rand::{CryptoRng, RngExt};

/// Bytes of the salt of a check code.
pub const SALT_BYTES: usize = 16;

const DOMAIN: &str = "piaolian/check-code/v1";
const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const CHARACTERS: usize = 6;

/// A random check code: 6 of `[0-9a-z]`, each as likely as any other.
#[must_use]
pub fn random(rng: &mut impl CryptoRng) -> String {
    (0..CHARACTERS)
        .map(|_| char::from(ALPHABET[rng.random_range(0..ALPHABET.len())]))
        .collect()
}

/// What stands on chain for a check code.
#[must_use]
pub fn hash(salt: &[u8; SALT_BYTES], code: &str) -> Hash {
    Hash::tagged(DOMAIN, &[salt, code.as_bytes()])
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;
    use crate::details::text::is_check_code;

    #[test]
    fn random_codes_have_the_shape_of_check_codes() {
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..1_000 {
            let code = random(&mut rng);
            assert!(is_check_code(&code), "{code}");
        }
    }

    #[test]
    fn the_hash_of_a_check_code_is_frozen() {
        assert_eq!(
            hash(&[0x5a; SALT_BYTES], "656aa9").to_string(),
            "2df373db439f8932a641ba7e1b70032c54e8620697c41c04ac23f021592c80a7",
        );
    }
}
