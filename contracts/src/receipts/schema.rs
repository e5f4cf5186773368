//! The tables of receipts.

use super::{issuance::Issuance, record::Receipt};
use crate::{
    chain::Height,
    malformed::Malformed,
    state::Table,
    storage::{Key, KeyBytes, Record, Records},
    types::{BusinessNumber, OrganisationId, ReceiptId},
};

/// Receipts by code and number.
pub const RECEIPTS: Records<ReceiptId, Receipt> = Records::new(Table::Receipts);

/// What each block issued.
pub const ISSUANCES: Records<Height, Issuance> = Records::new(Table::Issuances);

/// Which receipt an issuer's business number was used for.
pub const BUSINESS_NUMBERS: Records<IssuerBusiness, ReceiptId> =
    Records::new(Table::BusinessNumbers);

impl Key for ReceiptId {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[&self.key()])
    }
}

impl Key for Height {
    fn bytes(&self) -> KeyBytes {
        KeyBytes::of(&[&self.get().to_be_bytes()])
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

/// The receipt's key: code (8 ASCII) ‖ number (10 ASCII).
impl Record for ReceiptId {
    fn encode(&self) -> Vec<u8> {
        self.key().to_vec()
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        Self::from_key(bytes)
    }
}
