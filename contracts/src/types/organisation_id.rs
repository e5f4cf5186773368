//! The unified social credit code (统一社会信用代码), GB 32100.
//!
//! ```text
//!   91350100M000100Y4 3
//!   └── 17 characters ┘ └─ check digit = (31 − Σ value·weight mod 31) mod 31
//! ```

use std::{fmt, str::FromStr};

use crate::{fields::field, malformed::Malformed};

/// The characters of a code; a character's value is its place. `I O S V Z` are left out.
const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

/// The weight of each of the first 17 places.
const WEIGHTS: [u32; 17] = [
    1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28,
];

const MODULUS: u32 = 31;

/// The value of each byte in [`ALPHABET`], or [`NO_VALUE`].
const VALUES: [u8; 256] = values();
const NO_VALUE: u8 = u8::MAX;

/// An organisation's unified social credit code: 18 characters with a valid check digit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganisationId([u8; Self::BYTES]);

impl OrganisationId {
    /// Length in bytes, all ASCII.
    pub const BYTES: usize = 18;

    /// The 18 ASCII characters.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("only characters of the alphabet were taken")
    }

    /// Parses the value of a message's field.
    ///
    /// # Errors
    /// When it is not 18 characters of the alphabet with a valid check digit.
    pub fn parse(field: &str, code: &str) -> Result<Self, Malformed> {
        Self::try_from(code.as_bytes()).map_err(|error| error.within(field))
    }
}

field!(OrganisationId: String, ToString::to_string, |field, code| Self::parse(field, &code));

impl TryFrom<&[u8]> for OrganisationId {
    type Error = Malformed;

    fn try_from(bytes: &[u8]) -> Result<Self, Malformed> {
        let code: [u8; Self::BYTES] = bytes.try_into().map_err(|_| {
            Malformed::new("", "must be a unified social credit code of 18 characters")
        })?;
        let [body @ .., check] = code;
        let expected = check_character(&body).ok_or_else(|| {
            Malformed::new("", "has a character outside the alphabet of GB 32100")
        })?;
        if check != expected {
            return Err(Malformed::new("", "has a wrong check digit (GB 32100)"));
        }
        Ok(Self(code))
    }
}

impl FromStr for OrganisationId {
    type Err = Malformed;

    fn from_str(code: &str) -> Result<Self, Malformed> {
        Self::try_from(code.as_bytes())
    }
}

impl fmt::Display for OrganisationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for OrganisationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The check character of the first 17, or `None` when one is outside the alphabet.
fn check_character(body: &[u8; 17]) -> Option<u8> {
    let mut sum = 0_u32;
    for (byte, weight) in body.iter().zip(WEIGHTS) {
        let value = VALUES[usize::from(*byte)];
        if value == NO_VALUE {
            return None;
        }
        // At most 17 · 30 · 30.
        sum = sum.saturating_add(u32::from(value).saturating_mul(weight));
    }
    let check = MODULUS.saturating_sub(sum % MODULUS) % MODULUS;
    ALPHABET.get(check as usize).copied()
}

#[allow(
    clippy::arithmetic_side_effects,
    reason = "evaluated by the compiler, which refuses an overflow"
)]
const fn values() -> [u8; 256] {
    let mut values = [NO_VALUE; 256];
    let mut value = 0_u8;
    while (value as usize) < ALPHABET.len() {
        values[ALPHABET[value as usize] as usize] = value;
        value += 1;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_real_organisations_pass() {
        for code in [
            "91350100M000100Y43",
            "12320900E875065319",
            "91440300708461136T",
        ] {
            assert_eq!(code.parse::<OrganisationId>().unwrap().as_str(), code);
        }
    }

    #[test]
    fn any_single_altered_character_is_found() {
        let code = b"91350100M000100Y43";
        for place in 0..code.len() {
            for character in ALPHABET {
                let mut altered = *code;
                altered[place] = *character;
                let accepted = OrganisationId::try_from(&altered[..]).is_ok();
                assert_eq!(accepted, altered == *code);
            }
        }
    }

    #[test]
    fn other_lengths_and_characters_are_malformed() {
        for code in [
            "",
            "9135",
            "91350100M000100Y4I",
            "91350100m000100y43",
            "91350100M000100Y4３",
        ] {
            assert!(code.parse::<OrganisationId>().is_err(), "{code}");
        }
    }
}
