//! A receipt's details as they are committed to.
//!
//! ```text
//!   commitment = SHA-256("piaolian/details/v1" ‖ salt (32) ‖ encoded ReceiptDetails)
//! ```
//!
//! The encoded bytes are kept, shown and hashed as they are.

use std::fmt;

use bytes::Bytes;
use piaolian_contracts::{chain::Hash, parameters::Parameters, receipts::DETAILS_BYTES_MAX};
use piaolian_proto::v1::ReceiptDetails;
use piaolian_verifier::details::{self, SALT_BYTES};
use prost::Message;
use rand::{CryptoRng, RngExt};

use super::{
    rules, typed,
    violation::{Findings, Refused, Rule},
    xml::{self, bounds::FILE_BYTES_MAX},
};

const _: () = assert!(DETAILS_BYTES_MAX >= FILE_BYTES_MAX + (1 << 20));

/// 32 random bytes that keep a commitment from being guessed at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DetailsSalt([u8; Self::BYTES]);

impl DetailsSalt {
    /// Length in bytes.
    pub const BYTES: usize = SALT_BYTES;

    /// A salt of these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// A new random salt.
    #[must_use]
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        Self(rng.random())
    }
}

impl fmt::Debug for DetailsSalt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DetailsSalt(…)")
    }
}

/// A receipt's details: every field has its shape and the sums hold. They name
/// persons, so `Debug` shows the commitment alone.
#[derive(Clone, PartialEq)]
pub struct Details {
    message: ReceiptDetails,
    encoded: Bytes,
    commitment: Hash,
}

impl Details {
    /// Longest encoding in bytes: the longest file, and the paths of its unknown parts.
    pub const BYTES_MAX: usize = DETAILS_BYTES_MAX;

    /// Takes details that somebody shows.
    ///
    /// # Errors
    /// When the bytes are no [`ReceiptDetails`], or break a rule.
    pub fn decode(encoded: Bytes) -> Result<Self, Refused> {
        let mut findings = Findings::default();
        let decoded = if encoded.len() <= Self::BYTES_MAX {
            ReceiptDetails::decode(encoded.clone()).ok()
        } else {
            None
        };
        let salted = decoded.filter(|message| message.salt.len() == DetailsSalt::BYTES);
        let Some(message) = salted else {
            findings.add("", Rule::NotDetails);
            return Err(findings.into_refused());
        };
        rules::check(&message, Parameters::LINE_TOLERANCE_FEN_MAX, &mut findings);
        findings.none_or_refused()?;
        Ok(Self::of(message, encoded))
    }

    /// Takes details that the issuer kept. They passed the rules of their day and are
    /// not judged again: that they are unchanged, their commitment shows.
    #[must_use]
    pub fn decode_committed(encoded: Bytes) -> Option<Self> {
        let message = ReceiptDetails::decode(encoded.clone()).ok()?;
        Some(Self::of(message, encoded))
    }

    /// Salts a message that has passed the rules.
    pub(super) fn salted(mut message: ReceiptDetails, salt: &DetailsSalt) -> Self {
        message.salt = Bytes::copy_from_slice(&salt.0);
        let encoded = Bytes::from(message.encode_to_vec());
        Self::of(message, encoded)
    }

    fn of(message: ReceiptDetails, encoded: Bytes) -> Self {
        let commitment = details::commitment(&message.salt, &encoded);
        Self {
            message,
            encoded,
            commitment,
        }
    }

    /// The fields.
    #[must_use]
    pub const fn message(&self) -> &ReceiptDetails {
        &self.message
    }

    /// The committed bytes.
    #[must_use]
    pub const fn encoded(&self) -> &Bytes {
        &self.encoded
    }

    /// What stands on chain.
    #[must_use]
    pub const fn commitment(&self) -> Hash {
        self.commitment
    }

    /// The issuer's business number.
    #[must_use]
    pub fn business_number(&self) -> &str {
        self.message
            .main
            .as_ref()
            .map_or("", |main| &main.business_number)
    }

    /// The check code, which only the holder and the issuer know.
    #[must_use]
    pub fn check_code(&self) -> &str {
        self.message
            .main
            .as_ref()
            .map_or("", |main| &main.check_code)
    }

    /// The national XML of a receipt that issued itself from these details: its number, date
    /// and time are the ledger's.
    #[must_use]
    pub fn to_xml_as_issued(&self, number: u64, issue_date: u32, issue_time: u32) -> String {
        let mut message = self.message.clone();
        if let Some(main) = &mut message.main {
            main.receipt_number = Some(number);
            main.issue_date = issue_date;
            main.issue_time = issue_time;
        }
        xml::write(&typed::to_document(&message))
    }

    /// The national XML.
    #[must_use]
    pub fn to_xml(&self) -> String {
        xml::write(&typed::to_document(&self.message))
    }
}

impl fmt::Debug for Details {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Details")
            .field("commitment", &self.commitment)
            .finish_non_exhaustive()
    }
}
