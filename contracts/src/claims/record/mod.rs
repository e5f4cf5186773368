//! The record of a claim: facts, in the order in which they happened.
//!
//! ```text
//!   filed ── decision, with every step of it ── payouts, with what the bank said ── closing
//! ```

mod closing;
mod codec;
mod decision;
mod payout;
mod settled;

pub use closing::{ClaimClosing, ClaimEnd};
pub use decision::{Assessment, Decision, Limit, MetElsewhere, Reimbursement, TierStep};
pub use payout::{Again, Confirmation, PAYOUTS_MAX, Payout, PayoutNote, PayoutPart, PayoutResult};
pub use settled::SettledReceipt;

use std::fmt;

use bytes::Bytes;

use crate::{
    chain::Height,
    fields::field,
    malformed::{Malformed, fixed},
    types::{
        BlockTime, ClaimNumber, FundKind, Operator, OrganisationId, PlanCode, PolicyCode,
        ReceiptId, VoucherNumber,
    },
};

/// Most receipts of a claim. It bounds the record, which every action on the claim writes anew, and the number of
/// receipts that such an action alters. With every list full and every text at its longest, a record has 54,904 bytes.
pub const CLAIM_RECEIPTS_MAX: usize = 20;

/// The number of altered receipts that a block counts for an action on a filed claim. The action names only the claim,
/// and the number of its receipts is unknown until the claim is read.
pub(in crate::claims) const ALTERED_BY_CLAIM: u32 = 20;

const _: () = assert!(ALTERED_BY_CLAIM as usize == CLAIM_RECEIPTS_MAX);

/// A holder's tag at one insurer: keyed by a secret of the insurer, so that no other member can
/// tell who the holder is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct HolderTag([u8; Self::BYTES]);

impl HolderTag {
    /// Length in bytes.
    pub const BYTES: usize = 32;

    /// The tag of nobody: a node could not derive the holder's, because it may not open the details.
    pub const UNKNOWN: Self = Self([0; Self::BYTES]);

    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When it is not 32 bytes.
    pub fn parse(field: &str, bytes: &[u8]) -> Result<Self, Malformed> {
        fixed(field, bytes).map(Self)
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

field!(HolderTag: Bytes, |tag| tag.as_bytes().to_vec().into(), |field, bytes| {
    Self::parse(field, &bytes)
});

impl fmt::Debug for HolderTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// A claim (报销单).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Claim {
    /// The insurer.
    pub insurer: OrganisationId,
    /// The insurer's number of it; also the voucher number of its bookings.
    pub number: ClaimNumber,
    /// The policy.
    pub policy_code: PolicyCode,
    /// The kind of fund that pays.
    pub fund_kind: FundKind,
    /// The tag of the person.
    pub holder_tag: HolderTag,
    /// The receipts, in the order of filing.
    pub receipts: Vec<ClaimedReceipt>,
    /// While it is undecided, it expires when block time reaches this.
    pub until: BlockTime,
    /// 经办 of the filing, when named.
    pub operator: Option<Operator>,
    /// The block that took it …
    pub filed_height: Height,
    /// … and its time.
    pub filed_time: BlockTime,
    /// The last approval, even if its payout failed.
    pub decision: Option<Decision>,
    /// One for each approval with something payable.
    pub payouts: Vec<Payout>,
    /// Set once rejected, withdrawn, corrected or released.
    pub closing: Option<ClaimClosing>,
    /// The lines before a correction whose order waits for its bank. They stand again if the order comes to nothing.
    pub former_lines: Vec<Reimbursement>,
    /// The plan of the policy.
    pub plan_code: PlanCode,
}

/// A receipt of a claim.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ClaimedReceipt {
    /// The receipt.
    pub id: ReceiptId,
    /// The version of the policy that was in force on its issue date.
    pub policy_version: u32,
}

impl Claim {
    /// Whether it has this receipt.
    pub fn has(&self, receipt: &ReceiptId) -> bool {
        self.receipts.iter().any(|claimed| claimed.id == *receipt)
    }

    /// Its receipts, in the order of filing.
    pub fn receipt_ids(&self) -> impl Iterator<Item = ReceiptId> {
        self.receipts.iter().map(|claimed| claimed.id)
    }

    /// The lines of its decision.
    pub fn lines(&self) -> impl Iterator<Item = &Reimbursement> {
        self.decision.iter().flat_map(|decision| &decision.lines)
    }

    /// Whether its decision is part of the year's sums.
    pub fn counts(&self) -> bool {
        self.decision
            .as_ref()
            .is_some_and(|decision| decision.stands)
    }

    /// The order that waits for its bank: the last one, if any does.
    pub fn waiting(&self) -> Option<&Payout> {
        self.payouts.last().filter(|payout| payout.waits())
    }

    /// The receipt of a part of an order.
    pub fn receipt_at(&self, part: &PayoutPart) -> Option<ReceiptId> {
        let place = usize::try_from(part.place).ok()?;
        self.receipts.get(place).map(|claimed| claimed.id)
    }

    /// The voucher number of its bookings: the claim number.
    pub fn voucher_number(&self) -> VoucherNumber {
        VoucherNumber::parse("", self.number.to_string()).expect(ONE_FORM)
    }
}

/// The number of the claim whose bookings would have this voucher.
pub(super) fn claim_number_of(voucher_number: &VoucherNumber) -> ClaimNumber {
    ClaimNumber::parse("", voucher_number.to_string()).expect(ONE_FORM)
}

const ONE_FORM: &str = "claim numbers and voucher numbers have one form";
