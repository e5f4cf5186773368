//! The tables of receipts.

use super::{issuance::Issuance, record::Receipt};
use crate::{
    chain::Height,
    malformed::{Malformed, fixed},
    state::Table,
    storage::{Key, KeyBytes, Record, Records},
    types::{BeijingDate, BusinessNumber, OrganisationId, PaperCode, PaperNumber, ReceiptId},
};

/// Receipts by code and number.
pub const RECEIPTS: Records<ReceiptId, Receipt> = Records::new(Table::Receipts);

/// The receipts that each block issued.
pub const ISSUANCES: Records<Height, Issuance> = Records::new(Table::Issuances);

/// The receipt that an issuer's business number was used for.
pub const BUSINESS_NUMBERS: Records<IssuerBusiness, ReceiptId> =
    Records::new(Table::BusinessNumbers);

/// Receipts by issue date and issuer, for lists.
pub const RECEIPT_LISTS: Records<ListKey, Listed> = Records::new(Table::ReceiptLists);

/// The receipt that a paper form was used for.
pub const PAPER_FORMS: Records<PaperForm, ReceiptId> = Records::new(Table::PaperForms);

impl Key for ReceiptId {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[&self.key()])
    }
}

/// An issuer and its business number: issuer (18) ‖ number (1 to 64).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IssuerBusiness {
    /// The issuer.
    pub issuer: OrganisationId,
    /// Its number of the business.
    pub number: BusinessNumber,
}

impl Key for IssuerBusiness {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[self.issuer.as_bytes(), self.number.as_str().as_bytes()])
    }
}

/// The place of a receipt in lists: issue date (u32 big-endian) ‖ issuer (18) ‖ receipt
/// key (18).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct ListKey {
    /// The issue date, in Beijing.
    pub issue_date: BeijingDate,
    /// The issuer.
    pub issuer: OrganisationId,
    /// The receipt.
    pub receipt: ReceiptId,
}

impl ListKey {
    /// Length in bytes.
    pub const BYTES: usize = size_of::<u32>() + OrganisationId::BYTES + ReceiptId::BYTES;

    /// The place of a receipt.
    pub const fn of(receipt: &Receipt) -> Self {
        Self {
            issue_date: receipt.issue_date,
            issuer: receipt.issuer,
            receipt: receipt.id,
        }
    }
}

impl Key for ListKey {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[
            &self.issue_date.get().to_be_bytes(),
            self.issuer.as_bytes(),
            &self.receipt.key(),
        ])
    }
}

/// The record of a place in a list. It is empty: the key has everything.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Listed;

impl Record for Listed {
    fn encode(&self) -> Vec<u8> {
        Vec::new()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        fixed::<0>("listed", bytes).map(|[]| Self)
    }
}

/// A form of paper receipts: code ‖ 0 ‖ number.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaperForm {
    /// The code printed on it.
    pub code: PaperCode,
    /// Its number.
    pub number: PaperNumber,
}

impl PaperForm {
    /// Parses the fields `paper_code` and `paper_number` of a message.
    pub(super) fn parse(code: String, number: String) -> Result<Self, Malformed> {
        Ok(Self {
            code: PaperCode::parse("paper_code", code)?,
            number: PaperNumber::parse("paper_number", number)?,
        })
    }
}

impl Key for PaperForm {
    fn bytes(&self) -> KeyBytes {
        // Neither contains a 0 byte, so no two forms share a key.
        KeyBytes::of(&[
            self.code.as_str().as_bytes(),
            &[0],
            self.number.as_str().as_bytes(),
        ])
    }
}

/// The receipt's key: code (8 ASCII) ‖ number (10 ASCII).
impl Record for ReceiptId {
    fn encode(&self) -> Vec<u8> {
        self.key().to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        Self::from_key(bytes)
    }
}
