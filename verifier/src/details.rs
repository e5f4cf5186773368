//! Compares a receipt's details with its record on chain.
//!
//! ```text
//!   encoded ReceiptDetails ─salted hash─► commitment ◄─ the record
//!        total, date, issuer … ─────────► equal ◄────── its fields in clear
//! ```

use bytes::Bytes;
use piaolian_contracts::{
    chain::Hash,
    payments::Notice,
    receipts::{CheckCodeHash, DETAILS_BYTES_MAX, Receipt},
    types::{Fen, Settlement},
};
use piaolian_proto::v1::{self as proto, ReceiptDetails};
use prost::Message;

const DOMAIN: &str = "piaolian/details/v1";

/// Length of the salt that prevents guessing details from a commitment, in bytes.
pub const SALT_BYTES: usize = 32;

/// Reasons why details do not belong to a receipt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DetailsError {
    /// The bytes are not details.
    #[error("the details are no ReceiptDetails with a salt")]
    NotDetails,
    /// The issuer committed to other details.
    #[error("the details are not those that the issuer committed to")]
    OtherCommitment,
    /// A field differs from the one in clear.
    #[error("the details say another {0} than the ledger")]
    Differs(&'static str),
}

/// Returns the commitment of encoded details: `SHA-256("piaolian/details/v1" ‖ salt (32) ‖ details)`.
pub fn commitment(salt: &[u8], encoded: &[u8]) -> Hash {
    Hash::tagged(DOMAIN, &[salt, encoded])
}

/// Decodes details and checks that they belong to `receipt`. For a receipt that a payment issued, the issuer committed
/// in its `notice`, before number, day and late fee were known.
///
/// # Errors
/// When they do not match the commitment, or a field differs from the one in clear.
pub fn open(
    encoded: Bytes,
    receipt: &Receipt,
    notice: Option<&Notice>,
) -> Result<ReceiptDetails, DetailsError> {
    if encoded.len() > DETAILS_BYTES_MAX {
        return Err(DetailsError::NotDetails);
    }
    let details = ReceiptDetails::decode(encoded.clone()).map_err(|_| DetailsError::NotDetails)?;
    if details.salt.len() != SALT_BYTES {
        return Err(DetailsError::NotDetails);
    }
    if commitment(&details.salt, &encoded) != receipt.details_commitment {
        return Err(DetailsError::OtherCommitment);
    }
    match first_difference(&details, receipt, notice) {
        None => Ok(details),
        Some(field) => Err(DetailsError::Differs(field)),
    }
}

/// Returns the first field in clear that differs in the details.
fn first_difference(
    details: &ReceiptDetails,
    receipt: &Receipt,
    notice: Option<&Notice>,
) -> Option<&'static str> {
    let main = details.main.clone().unwrap_or_default();
    let party = details.invoicing_party.clone().unwrap_or_default();
    let on_behalf_of = receipt.agency.unwrap_or(receipt.issuer);
    let always = [
        (
            "receipt code",
            main.receipt_code == receipt.id.code.as_str(),
        ),
        (
            "receipt number",
            main.receipt_number
                .is_none_or(|number| number == receipt.id.number.get()),
        ),
        ("check code", has_check_code(receipt, &main.check_code)),
        (
            "business number",
            main.business_number == receipt.business_number.to_string(),
        ),
        ("invoicing party", party.code == on_behalf_of.as_str()),
        (
            "total",
            main.total_fen == committed_total(receipt, notice).get(),
        ),
    ];
    let unless_paid_for_later = [
        ("issue date", main.issue_date == receipt.issue_date.get()),
        ("issue time", main.issue_time == receipt.issue_time.get()),
        ("settlement", settlement(details) == receipt.settlement),
        (
            "reversed receipt",
            reverses(details) == receipt.reverses.map(Into::into),
        ),
    ];
    let unless = if notice.is_some() {
        &[][..]
    } else {
        &unless_paid_for_later[..]
    };
    let mut all = always.iter().chain(unless);
    all.find(|(_, is_equal)| !is_equal).map(|(field, _)| *field)
}

fn has_check_code(receipt: &Receipt, check_code: &str) -> bool {
    CheckCodeHash::hash_of(&receipt.check_code.salt, check_code) == receipt.check_code.hash
}

/// Returns the total that the issuer committed to: a notice has no late fee.
fn committed_total(receipt: &Receipt, notice: Option<&Notice>) -> Fen {
    notice.map_or(receipt.total, |notice| notice.amount)
}

fn settlement(details: &ReceiptDetails) -> Settlement {
    let paid = details.extension.clone().unwrap_or_default();
    Settlement {
        pooled_fund: Fen::new(paid.fund_pay_fen.unwrap_or_default()),
        personal_account: Fen::new(paid.account_pay_fen.unwrap_or_default()),
        personal_cash: Fen::new(paid.own_pay_fen.unwrap_or_default()),
        other: Fen::new(paid.other_pay_fen.unwrap_or_default()),
    }
}

/// Returns the original of a reversal receipt.
fn reverses(details: &ReceiptDetails) -> Option<proto::ReceiptId> {
    details.extension.as_ref()?.related.clone()
}
