//! The arguments of each act, and the request that they make.

use clap::Args;
use piaolian_contracts::types::{OrganisationId, ReceiptCode};
use piaolian_proto::v1::{
    BookReceipt, BookReceiptRequest, CallOptions, FundKind, GrantRange, GrantRangeRequest,
    LockReceipt, LockReceiptRequest, NewReversal, RecallRange, RecallRangeRequest,
    ReverseReceiptRequest, UnbookReceipt, UnbookReceiptRequest, UnlockReceipt,
    UnlockReceiptRequest, reverse_receipt_request::Form,
};

use crate::cli::{fund::FundArgument, query::ReceiptArgument};

const MS_PER_HOUR: u64 = 3_600_000;

#[derive(Debug, Args)]
pub(super) struct Grant {
    /// Unified social credit code.
    issuer: OrganisationId,
    /// Receipt code, 8 digits.
    code: ReceiptCode,
    /// First number.
    first: u64,
    /// Last number, inclusive.
    last: u64,
}

impl Grant {
    pub(super) fn request(self, options: CallOptions) -> GrantRangeRequest {
        let grant = GrantRange {
            issuer: self.issuer.to_string(),
            receipt_code: self.code.to_string(),
            first_number: self.first,
            last_number: self.last,
        };
        GrantRangeRequest {
            grant_range: Some(grant),
            options: Some(options),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Recall {
    /// Receipt code, 8 digits.
    code: ReceiptCode,
    /// First number of the range, as granted.
    first: u64,
    /// First number taken back.
    from: u64,
}

impl Recall {
    pub(super) fn request(self, options: CallOptions) -> RecallRangeRequest {
        let recall = RecallRange {
            receipt_code: self.code.to_string(),
            first_number: self.first,
            from_number: self.from,
        };
        RecallRangeRequest {
            recall_range: Some(recall),
            options: Some(options),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Reverse {
    /// CODE-NUMBER
    receipt: ReceiptArgument,
    /// The issuer's own number of this reversal.
    #[arg(long)]
    business_number: String,
    /// Why; it goes on chain.
    #[arg(long)]
    reason: String,
    /// The receipt code under which the reversal is numbered: the original's unless given.
    #[arg(long)]
    code: Option<ReceiptCode>,
    /// The reversal's number: the next free one unless given.
    #[arg(long)]
    number: Option<u64>,
}

impl Reverse {
    pub(super) fn request(self, options: CallOptions) -> ReverseReceiptRequest {
        let reversal = NewReversal {
            original: Some(self.receipt.into()),
            receipt_code: self.code.map(|code| code.to_string()).unwrap_or_default(),
            receipt_number: self.number,
            business_number: self.business_number,
            reason: self.reason,
        };
        ReverseReceiptRequest {
            form: Some(Form::Reversal(reversal)),
            options: Some(options),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Lock {
    /// CODE-NUMBER
    receipt: ReceiptArgument,
    /// The total as presented, fen.
    #[arg(long)]
    total_fen: i64,
    /// The payer's own number of the claim.
    #[arg(long)]
    claim: String,
    /// How long it lasts, hours.
    #[arg(long, default_value_t = 24)]
    lease_hours: u64,
}

impl Lock {
    pub(super) fn request(self, options: CallOptions) -> LockReceiptRequest {
        let lock = LockReceipt {
            receipt: Some(self.receipt.into()),
            presented_total_fen: self.total_fen,
            claim_number: self.claim,
            lease_ms: self.lease_hours.saturating_mul(MS_PER_HOUR),
        };
        LockReceiptRequest {
            lock_receipt: Some(lock),
            options: Some(options),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Unlock {
    /// CODE-NUMBER
    receipt: ReceiptArgument,
    /// Why.
    #[arg(long)]
    reason: String,
}

impl Unlock {
    pub(super) fn request(self, options: CallOptions) -> UnlockReceiptRequest {
        let unlock = UnlockReceipt {
            receipt: Some(self.receipt.into()),
            reason: self.reason,
        };
        UnlockReceiptRequest {
            unlock_receipt: Some(unlock),
            options: Some(options),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Book {
    /// CODE-NUMBER
    receipt: ReceiptArgument,
    /// The total as presented, fen.
    #[arg(long)]
    total_fen: i64,
    /// Which fund pays.
    #[arg(long)]
    fund: FundArgument,
    /// The accounting voucher's number.
    #[arg(long)]
    voucher: String,
    /// How much, fen.
    #[arg(long)]
    amount_fen: i64,
    /// 复核: another person than the operator.
    #[arg(long)]
    reviewer: String,
    /// Keep the claim lock.
    #[arg(long)]
    keep_lock: bool,
}

impl Book {
    pub(super) fn request(self, options: CallOptions) -> BookReceiptRequest {
        let booking = BookReceipt {
            receipt: Some(self.receipt.into()),
            presented_total_fen: self.total_fen,
            fund_kind: FundKind::from(self.fund).into(),
            voucher_number: self.voucher,
            amount_fen: self.amount_fen,
            reviewer: self.reviewer,
            keep_lock: self.keep_lock,
        };
        BookReceiptRequest {
            book_receipt: Some(booking),
            options: Some(options),
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Unbook {
    /// CODE-NUMBER
    receipt: ReceiptArgument,
    /// The voucher that was booked.
    #[arg(long)]
    voucher: String,
    /// Why.
    #[arg(long)]
    reason: String,
}

impl Unbook {
    pub(super) fn request(self, options: CallOptions) -> UnbookReceiptRequest {
        let unbooking = UnbookReceipt {
            receipt: Some(self.receipt.into()),
            voucher_number: self.voucher,
            reason: self.reason,
        };
        UnbookReceiptRequest {
            unbook_receipt: Some(unbooking),
            options: Some(options),
        }
    }
}
