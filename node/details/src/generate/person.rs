//! Payers who do not exist.

use rand::{RngExt, rngs::StdRng};

use super::catalogue::pick;
use crate::xml::Fields;

const STEMS: &[&str] = &["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"];

/// A person with an impossible identity number.
pub(super) fn person(payer: &mut Fields, rng: &mut StdRng) {
    payer.set("PayerPartyType", "1");
    payer.set(
        "PayerPartyName",
        format!("测试{}{}", pick(rng, STEMS), pick(rng, STEMS)),
    );
    payer.set("PayerPartyCode", identity_number(rng));
}

/// Returns 18 digits in the form of GB 11643: a region that does not exist (99), born in 1900, with a wrong check
/// digit.
fn identity_number(rng: &mut StdRng) -> String {
    let body = format!(
        "990100190{:01}{:02}{:02}{:03}",
        rng.random_range(0..10),
        rng.random_range(1..13),
        rng.random_range(1..29),
        rng.random_range(0..1_000)
    );
    let right = check_digit(&body);
    let wrong = (right + 1) % 10;
    format!("{body}{wrong}")
}

/// Returns the check digit of GB 11643: the weighted sum modulo 11, with X for 10.
fn check_digit(body: &str) -> u32 {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits = body.bytes().map(|byte| u32::from(byte - b'0'));
    let sum: u32 = digits
        .zip(WEIGHTS)
        .map(|(digit, weight)| digit * weight)
        .sum();
    (12 - sum % 11) % 11
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn no_generated_identity_number_has_a_right_check_digit() {
        // A published example of the standard, to test the check itself.
        assert_eq!(check_digit("11010519491231002"), 10);
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..1_000 {
            let number = identity_number(&mut rng);
            assert_eq!(number.len(), 18);
            let (body, check) = number.split_at(17);
            assert_ne!(check.parse::<u32>().unwrap(), check_digit(body));
        }
    }
}
