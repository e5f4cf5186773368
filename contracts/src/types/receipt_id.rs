//! The identity of a receipt.
//!
//! ```text
//!   11010125      0000000042
//!   └ code: region(2) category(2) kind(2) year(2)
//!                 └ number: 10 digits, sequential
//! ```

use std::{fmt, str::FromStr};

use piaolian_proto::v1 as proto;

use crate::{
    fields::field,
    malformed::{Malformed, required},
};

/// A receipt code (票据代码): 8 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReceiptCode([u8; Self::BYTES]);

impl ReceiptCode {
    /// Length in bytes, all ASCII digits.
    pub const BYTES: usize = 8;

    /// Parses the value of a message's field.
    ///
    /// # Errors
    /// When it is not 8 ASCII digits.
    pub fn parse(field: &str, code: &str) -> Result<Self, Malformed> {
        match code.as_bytes().try_into() {
            Ok(digits) if code.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Self(digits)),
            _ => Err(Malformed::new(field, "must be 8 digits")),
        }
    }

    /// The 8 ASCII digits.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).expect("only digits were taken")
    }

    /// Whether both have the same region, category and kind: all but the year.
    pub fn is_of_kind_of(&self, other: &Self) -> bool {
        const BEFORE_YEAR: usize = 6;
        self.0[..BEFORE_YEAR] == other.0[..BEFORE_YEAR]
    }

    /// Category and kind.
    pub const fn kind(&self) -> ReceiptKind {
        let [_, _, a, b, c, d, _, _] = self.0;
        ReceiptKind([a, b, c, d])
    }
}

field!(ReceiptCode: String, ToString::to_string, |field, code| Self::parse(field, &code));

/// Category (分类) and kind (种类) of a receipt: digits 3 to 6 of its code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReceiptKind([u8; Self::BYTES]);

impl ReceiptKind {
    /// Length in bytes, all ASCII digits.
    pub const BYTES: usize = 4;

    /// Parses the value of a message's field.
    ///
    /// # Errors
    /// When it is not 4 ASCII digits.
    pub fn parse(field: &str, kind: &str) -> Result<Self, Malformed> {
        match kind.as_bytes().try_into() {
            Ok(digits) if kind.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Self(digits)),
            _ => Err(Malformed::new(field, "must be 4 digits: category and kind")),
        }
    }

    /// The 4 ASCII digits.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    /// Whether it is a kind of medical receipts: category 06.
    pub const fn is_medical(&self) -> bool {
        matches!(self.0, [b'0', b'6', _, _])
    }
}

impl ReceiptKind {
    /// The category as a number, 0 to 99.
    pub const fn category(&self) -> u32 {
        let [tens, ones, ..] = self.0;
        let tens = ((tens & 0x0f) as u32).saturating_mul(10);
        tens.saturating_add((ones & 0x0f) as u32)
    }
}

field!(ReceiptKind: String, ToString::to_string, |field, kind| Self::parse(field, &kind));

impl fmt::Display for ReceiptKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(str::from_utf8(&self.0).expect("only digits were taken"))
    }
}

impl FromStr for ReceiptCode {
    type Err = Malformed;

    fn from_str(code: &str) -> Result<Self, Malformed> {
        Self::parse("", code)
    }
}

impl fmt::Display for ReceiptCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ReceiptCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A receipt number (票据号码): 0 to 9,999,999,999, written with 10 digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReceiptNumber(u64);

impl ReceiptNumber {
    /// Length in bytes when written.
    pub const BYTES: usize = 10;

    /// The largest number.
    pub const MAX: Self = Self(9_999_999_999);

    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When it has more than 10 digits.
    pub fn parse(field: &str, number: u64) -> Result<Self, Malformed> {
        if number > Self::MAX.0 {
            return Err(Malformed::new(field, "must have at most 10 digits"));
        }
        Ok(Self(number))
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The 10 ASCII digits.
    pub fn digits(self) -> [u8; Self::BYTES] {
        let mut digits = [b'0'; Self::BYTES];
        let mut rest = self.0;
        for digit in digits.iter_mut().rev() {
            *digit = b"0123456789"[(rest % 10) as usize];
            rest /= 10;
        }
        digits
    }
}

impl fmt::Display for ReceiptNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}

/// Code and number of a receipt: together they are unique.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ReceiptId {
    /// The code.
    pub code: ReceiptCode,
    /// The number.
    pub number: ReceiptNumber,
}

impl ReceiptId {
    /// Length of the key in bytes.
    pub const BYTES: usize = 18;

    /// The key of the receipt's record: code (8 ASCII) ‖ number (10 ASCII).
    pub fn key(&self) -> [u8; Self::BYTES] {
        let mut key = [0; Self::BYTES];
        let (code, number) = key.split_at_mut(ReceiptCode::BYTES);
        code.copy_from_slice(self.code.as_bytes());
        number.copy_from_slice(&self.number.digits());
        key
    }

    /// Parses a key.
    ///
    /// # Errors
    /// When it is not 18 ASCII digits.
    pub fn from_key(key: &[u8]) -> Result<Self, Malformed> {
        let malformed = || Malformed::new("receipt", "must be 18 digits");
        let text = str::from_utf8(key).map_err(|_| malformed())?;
        let (code, number) = text
            .split_at_checked(ReceiptCode::BYTES)
            .ok_or_else(malformed)?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if number.len() != ReceiptNumber::BYTES || !digits(number) {
            return Err(malformed());
        }
        Ok(Self {
            code: ReceiptCode::parse("receipt.code", code)?,
            number: ReceiptNumber(number.parse().map_err(|_| malformed())?),
        })
    }

    /// Takes the value of a message's field, which must be present.
    ///
    /// # Errors
    /// When it is absent or malformed.
    pub fn parse(field: &str, receipt: Option<proto::ReceiptId>) -> Result<Self, Malformed> {
        Self::try_from(required(field, receipt)?).map_err(|error| error.within(field))
    }
}

field!(ReceiptId: Option<proto::ReceiptId>, |receipt| Some((*receipt).into()), Self::parse);

impl TryFrom<proto::ReceiptId> for ReceiptId {
    type Error = Malformed;

    fn try_from(receipt: proto::ReceiptId) -> Result<Self, Malformed> {
        Ok(Self {
            code: ReceiptCode::parse("code", &receipt.code)?,
            number: ReceiptNumber::parse("number", receipt.number)?,
        })
    }
}

impl From<ReceiptId> for proto::ReceiptId {
    fn from(receipt: ReceiptId) -> Self {
        Self {
            code: receipt.code.to_string(),
            number: receipt.number.get(),
        }
    }
}

/// Code and number with a hyphen: `11010125-0000000042`.
impl fmt::Display for ReceiptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.code, self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_id_round_trips_as_a_key() {
        let id = ReceiptId {
            code: "37060124".parse().unwrap(),
            number: ReceiptNumber::parse("", 42).unwrap(),
        };
        assert_eq!(&id.key(), b"370601240000000042");
        assert_eq!(ReceiptId::from_key(&id.key()), Ok(id));
        assert_eq!(id.to_string(), "37060124-0000000042");
        assert_eq!(&ReceiptNumber::MAX.digits(), b"9999999999");
        for bad in [&b"37060124000000004"[..], b"37060124+000000042", b""] {
            assert!(ReceiptId::from_key(bad).is_err());
        }
    }

    #[test]
    fn codes_and_numbers_are_digits() {
        let code: ReceiptCode = "37060224".parse().unwrap();
        assert_eq!(code.kind(), ReceiptKind::parse("", "0602").unwrap());
        assert!(ReceiptKind::parse("", "062").is_err());
        for bad in ["", "1101012", "110101255", "1101012a", "１１０１"] {
            assert!(bad.parse::<ReceiptCode>().is_err(), "{bad}");
        }
        assert!(ReceiptNumber::parse("", 10_000_000_000).is_err());
    }
}
