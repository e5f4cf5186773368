//! The facts of an action that supervision examines after its verdict.

use crate::types::{
    BankReference, BeijingDate, ClaimNumber, Fen, OrganisationId, PolicyCode, ReceiptId, Region,
    VoucherNumber,
};

/// The facts of an action that supervision examines. Each action names them in its own file, and `alerts` has a
/// detector for each variant. For every action, supervision also examines the rights of the actor, including its rights
/// to receipts of other issuers, and the receipts that the transaction created.
#[derive(Debug)]
pub(crate) enum SupervisedFacts<'a> {
    /// Nothing beyond the facts of every action.
    Nothing,
    /// Issues, some with numbers that the issuer named.
    Issues,
    /// A reversal, whose reversal receipt may have a named number.
    Reversal {
        original: ReceiptId,
        named: Option<ReceiptId>,
    },
    /// A reissue, whose reversal receipt and new receipt may have named numbers.
    Reissue {
        original: ReceiptId,
        named: [Option<ReceiptId>; 2],
    },
    /// A receipt presented to be reimbursed.
    Claimed(Presented<'a>),
    /// A receipt presented to be verified; it is not claimed.
    Verified(Presented<'a>),
    /// A claim over several receipts, each with the total as presented.
    Filed {
        number: &'a ClaimNumber,
        presented: Vec<(ReceiptId, Fen)>,
    },
    /// A decision on a claim of the acting insurer.
    Decided { number: &'a ClaimNumber },
    /// A claim that was corrected, or whose recalled order finance ended.
    Corrected {
        /// `None`: the acting one.
        insurer: Option<OrganisationId>,
        number: &'a ClaimNumber,
    },
    /// The newest version of a policy of the acting insurer.
    Published { code: &'a PolicyCode },
    /// A bank's confirmation of a payout.
    PayoutConfirmed(ConfirmedPayout<'a>),
    /// A bank's confirmation that money came back.
    Returned(ConfirmedReturn<'a>),
    /// A booking by hand that its payer took back as entered in error.
    EnteredInError {
        receipt: ReceiptId,
        voucher_number: &'a VoucherNumber,
    },
    /// A gone payer's booking that finance took off on evidence.
    Struck {
        receipt: ReceiptId,
        payer: OrganisationId,
        voucher_number: &'a VoucherNumber,
    },
    /// A receipt that finance released from an organisation that is gone.
    Released {
        receipt: ReceiptId,
        organisation: OrganisationId,
    },
    /// A day of payments that was closed.
    DayClosed {
        region: &'a Region,
        day: BeijingDate,
    },
}

/// A receipt as a payer presents it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Presented<'a> {
    pub(crate) receipt: ReceiptId,
    /// The total as presented.
    pub(crate) total: Fen,
    /// The payer's number of its claim or voucher; empty if nothing is claimed.
    pub(crate) number: &'a str,
}

/// A confirmation of a payout by a bank.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConfirmedPayout<'a> {
    pub(crate) insurer: OrganisationId,
    pub(crate) number: &'a ClaimNumber,
    pub(crate) bank_reference: &'a BankReference,
    pub(crate) payout_number: u32,
    /// `None`: the payout failed.
    pub(crate) paid: Option<Fen>,
}

/// A confirmation by a bank that money came back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConfirmedReturn<'a> {
    pub(crate) receipt: ReceiptId,
    pub(crate) payer: OrganisationId,
    pub(crate) voucher_number: &'a VoucherNumber,
    /// 0: a booking by hand.
    pub(crate) payout_number: u32,
    pub(crate) bank_reference: &'a BankReference,
}
