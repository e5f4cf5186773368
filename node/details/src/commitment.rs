//! A receipt's details with their commitment.
//!
//! ```text
//!   commitment = SHA-256("piaolian/details/v1" ‖ salt (32) ‖ encoded ReceiptDetails)
//! ```
//!
//! The encoded bytes are stored, shown and hashed unchanged.

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

/// 32 random bytes that prevent guessing the details from their commitment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DetailsSalt([u8; Self::BYTES]);

impl DetailsSalt {
    /// Length in bytes.
    pub const BYTES: usize = SALT_BYTES;

    /// Makes a salt of these bytes.
    pub const fn new(bytes: [u8; Self::BYTES]) -> Self {
        Self(bytes)
    }

    /// Makes a random salt.
    pub fn random(rng: &mut impl CryptoRng) -> Self {
        Self(rng.random())
    }
}

impl fmt::Debug for DetailsSalt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DetailsSalt(…)")
    }
}

/// A receipt's details, checked: every field has its shape and the sums hold. They name persons, so `Debug` shows only
/// the commitment.
#[derive(Clone, PartialEq)]
pub struct Details {
    message: ReceiptDetails,
    encoded: Bytes,
    commitment: Hash,
}

impl Details {
    /// Longest encoding in bytes: the longest file, and the paths of its unknown parts.
    pub const BYTES_MAX: usize = DETAILS_BYTES_MAX;

    /// Decodes and checks details from outside.
    ///
    /// # Errors
    /// When the bytes are not [`ReceiptDetails`], or break a rule.
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

    /// Decodes details that were committed to. They passed the rules of their day and are not checked again: comparing
    /// the commitment shows whether they are unchanged.
    pub fn decode_committed(encoded: Bytes) -> Option<Self> {
        let message = ReceiptDetails::decode(encoded.clone()).ok()?;
        Some(Self::of(message, encoded))
    }

    /// Salts a message that passed the rules.
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

    /// Returns the fields.
    pub const fn message(&self) -> &ReceiptDetails {
        &self.message
    }

    /// Returns the committed bytes.
    pub const fn encoded(&self) -> &Bytes {
        &self.encoded
    }

    /// Returns the commitment, which the chain holds.
    pub const fn commitment(&self) -> Hash {
        self.commitment
    }

    /// Returns the issuer's business number.
    pub fn business_number(&self) -> &str {
        self.message
            .main
            .as_ref()
            .map_or("", |main| &main.business_number)
    }

    /// Returns the check code, which only the holder and the issuer know.
    pub fn check_code(&self) -> &str {
        self.message
            .main
            .as_ref()
            .map_or("", |main| &main.check_code)
    }

    /// Returns the national XML of a receipt that the payment of a notice issued: the ledger assigned its number, date
    /// and time.
    pub fn to_xml_as_issued(&self, number: u64, issue_date: u32, issue_time: u32) -> String {
        let mut message = self.message.clone();
        if let Some(main) = &mut message.main {
            main.receipt_number = Some(number);
            main.issue_date = issue_date;
            main.issue_time = issue_time;
        }
        xml::write(&typed::to_document(&message))
    }

    /// Returns the national XML.
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
