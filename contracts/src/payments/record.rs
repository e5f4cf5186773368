//! The records of notices and mandates.

use super::late_fee::LateFeeTerms;
use crate::{
    chain::{Hash, Height},
    receipts::CheckCodeHash,
    types::{
        BankReference, BeijingDate, BlockTime, DecisionNumber, Fen, Operator, OrganisationId,
        PaymentCode, Reason, ReceiptCode, ReceiptId, Region,
    },
};

/// A payment notice (缴款通知).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// The number of the decision. The person who pays may show nothing else.
    pub decision_number: DecisionNumber,
    /// The payment code that the ledger linked to the notice.
    pub payment_code: PaymentCode,
    /// The agency that is owed.
    pub agency: OrganisationId,
    /// The region that owns the money.
    pub region: Region,
    /// The amount without late fee.
    pub amount: Fen,
    /// The terms of the late fee.
    pub late_fee: LateFeeTerms,
    /// The centre that issues the receipt.
    pub centre: OrganisationId,
    /// The receipt's code.
    pub receipt_code: ReceiptCode,
    /// The receipt's check code.
    pub check_code: CheckCodeHash,
    /// Commitment to the details of notice and receipt.
    pub details_commitment: Hash,
    /// Names the attachment that holds these details, encrypted for those who may read them.
    pub attachment_hash: Option<Hash>,
    /// The block that created it …
    pub created_height: Height,
    /// … and its date in Beijing.
    pub created_date: BeijingDate,
    /// Its one payment; never together with a cancellation.
    pub payment: Option<Payment>,
    /// Set once cancelled.
    pub cancellation: Option<Cancellation>,
}

impl Notice {
    /// The amount to be paid on `date`, late fee included.
    pub fn owed(&self, date: BeijingDate) -> Fen {
        let late_fee = self.late_fee.owed(self.amount, date);
        self.amount
            .checked_add(late_fee)
            .expect("AMOUNT_FEN_MAX bounds the amount, and the amount its late fee")
    }
}

/// The payment of a notice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payment {
    /// The bank.
    pub bank: OrganisationId,
    /// The bank's number of it.
    pub bank_reference: BankReference,
    /// The receipt that it issued.
    pub receipt: ReceiptId,
    /// Fine and late fee.
    pub amount: Fen,
    /// The part of it that is late fee.
    pub late_fee: Fen,
    /// The bank's time.
    pub paid: BlockTime,
    /// The bank's accounting day.
    pub account_day: BeijingDate,
    /// The block that took the report.
    pub height: Height,
}

/// The cancellation of a notice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cancellation {
    /// The reason.
    pub reason: Reason,
    /// 经办, when named.
    pub operator: Option<Operator>,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

/// A centre's mandate: payments of an agency's notices are receipted from the centre's number ranges.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mandate {
    /// The issuing centre.
    pub centre: OrganisationId,
    /// The agency on whose behalf it issues.
    pub agency: OrganisationId,
    /// The receipt code.
    pub receipt_code: ReceiptCode,
    /// False once withdrawn.
    pub active: bool,
    /// The block that last changed it.
    pub height: Height,
}
