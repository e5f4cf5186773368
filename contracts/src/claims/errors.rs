//! The rules of claims: 1600 to 1699.

use crate::{
    chain::Height,
    rejection::rules,
    types::{ClaimNumber, Fen, FundKind, Operator, OrganisationId, ReceiptId, VoucherNumber},
};

rules! {
    /// Why a lock or a booking was refused.
    pub enum ClaimError {
        /// Emitted by `LockReceipt` and `BookReceipt`: the amount was altered on the
        /// way here.
        1600 TotalDiffers { receipt: ReceiptId, presented: Fen, total: Fen }
            "receipt {0} was presented with a total of {1} yuan, but was issued with {2} yuan"
            "票据 {0} 提交的总金额为 {1} 元，开具金额为 {2} 元"
        /// Emitted by `LockReceipt`, `UnlockReceipt` and `BookReceipt`.
        1601 LockedByAnother { receipt: ReceiptId, owner: OrganisationId, until: String }
            "receipt {0} is locked by organisation {1} until {2}"
            "票据 {0} 已被单位 {1} 锁定至 {2}"
        /// Emitted by `LockReceipt`.
        1602 LockedForAnotherClaim { receipt: ReceiptId, claim_number: ClaimNumber, until: String }
            "receipt {0} is locked for your claim {1} until {2}"
            "票据 {0} 已为本单位报销单 {1} 锁定至 {2}"
        /// Emitted by `LockReceipt`.
        1603 LeaseTooLong { lease_ms: u64, lease_ms_max: u64 }
            "a lock of {0} ms is longer than {1} ms"
            "锁定时长 {0} 毫秒超过上限 {1} 毫秒"
        /// Emitted by `LockReceipt`.
        1604 NothingClaimable { receipt: ReceiptId, organisation: OrganisationId }
            "nothing of receipt {0} may be claimed by organisation {1}"
            "票据 {0} 没有单位 {1} 可报销的金额"
        /// Emitted by `LockReceipt`.
        1605 NothingLeft { receipt: ReceiptId, organisation: OrganisationId, payer: OrganisationId, voucher_number: VoucherNumber, amount: Fen, height: Height }
            "nothing is left of receipt {0} for organisation {1}: organisation {2} booked it with voucher {3} for {4} yuan at height {5}"
            "票据 {0} 已没有单位 {1} 可报销的余额：单位 {2} 已以凭证 {3} 入账 {4} 元（高度 {5}）"
        /// Emitted by `LockReceipt` and `FileClaim`: a decided claim waits for its bank.
        1606 LeftIsReserved { receipt: ReceiptId, organisation: OrganisationId, payer: OrganisationId, claim_number: ClaimNumber, amount: Fen, height: Height }
            "nothing is left of receipt {0} for organisation {1}: organisation {2} decided claim {3} for {4} yuan at height {5}"
            "票据 {0} 已没有单位 {1} 可报销的余额：单位 {2} 已于高度 {5} 核定报销单 {3} 支付 {4} 元"
        /// Emitted by `BookReceipt`.
        1610 FundKindNotAllowed { organisation: OrganisationId, fund_kind: FundKind }
            "organisation {0} may not book for the fund {1}"
            "单位 {0} 不得以“{1}”入账"
        /// Emitted by `BookReceipt`.
        1611 NoFundRule { fund_kind: FundKind }
            "no rule says what the fund {0} may reimburse"
            "“{0}”没有可报销范围的规则"
        /// Emitted by `BookReceipt`.
        1612 NoOperator { receipt: ReceiptId }
            "booking receipt {0} needs an operator"
            "票据 {0} 入账须有经办人"
        /// Emitted by `BookReceipt`: four eyes.
        1613 ReviewerIsOperator { receipt: ReceiptId, operator: Operator }
            "receipt {0} was booked and reviewed by the same person, {1}"
            "票据 {0} 的经办与复核为同一人 {1}"
        /// Emitted by `BookReceipt`: a voucher number stays used, also after unbooking.
        1614 VoucherUsed { receipt: ReceiptId, voucher_number: VoucherNumber, amount: Fen, height: Height }
            "voucher {1} was used on receipt {0} for {2} yuan at height {3}"
            "票据 {0} 的凭证 {1} 已入账 {2} 元（高度 {3}）"
        /// Emitted by `BookReceipt`: the same receipt to one payer twice.
        1615 BookedBefore { receipt: ReceiptId, fund_kind: FundKind, voucher_number: VoucherNumber, amount: Fen, height: Height }
            "receipt {0} was booked by you for the fund {1} with voucher {2} for {3} yuan at height {4}"
            "票据 {0} 本单位已以“{1}”凭证 {2} 入账 {3} 元（高度 {4}）"
        /// Emitted by `BookReceipt`.
        1616 AboveClaimable { receipt: ReceiptId, fund_kind: FundKind, amount: Fen, claimable: Fen }
            "{2} yuan of receipt {0} were to be booked for the fund {1}, which may reimburse {3} yuan"
            "票据 {0} 拟以“{1}”入账 {2} 元，可报销金额为 {3} 元"
        /// Emitted by `BookReceipt`: parts above the whole, the same receipt to two payers.
        1617 AboveRemaining { receipt: ReceiptId, fund_kind: FundKind, amount: Fen, remaining: Fen, payer: OrganisationId, voucher_number: VoucherNumber, booked: Fen, height: Height }
            "{2} yuan of receipt {0} were to be booked for the fund {1}, for which {3} yuan remain: organisation {4} booked it with voucher {5} for {6} yuan at height {7}"
            "票据 {0} 拟以“{1}”入账 {2} 元，剩余可报销 {3} 元：单位 {4} 已以凭证 {5} 入账 {6} 元（高度 {7}）"
        /// Emitted by `BookReceipt`.
        1618 TooManyBookings { receipt: ReceiptId, bookings_max: usize }
            "receipt {0} has {1} bookings, the most that it may"
            "票据 {0} 已有 {1} 笔入账，达到上限"
        /// Emitted by `BookReceipt`: parts above the whole, a decided claim among them.
        1619 AboveReserved { receipt: ReceiptId, fund_kind: FundKind, amount: Fen, remaining: Fen, payer: OrganisationId, claim_number: ClaimNumber, reserved: Fen, height: Height }
            "{2} yuan of receipt {0} were to be booked for the fund {1}, for which {3} yuan remain: organisation {4} decided claim {5} for {6} yuan at height {7}"
            "票据 {0} 拟以“{1}”入账 {2} 元，剩余可报销 {3} 元：单位 {4} 已于高度 {7} 核定报销单 {5} 支付 {6} 元"
        /// Emitted by `UnbookReceipt`.
        1620 UnknownBooking { receipt: ReceiptId, voucher_number: VoucherNumber }
            "receipt {0} has no booking with voucher {1}"
            "票据 {0} 没有凭证 {1} 的入账"
        /// Emitted by `UnbookReceipt`.
        1621 NotTheBooker { receipt: ReceiptId, voucher_number: VoucherNumber, payer: OrganisationId }
            "voucher {1} on receipt {0} was booked by organisation {2}"
            "票据 {0} 的凭证 {1} 由单位 {2} 入账"
        /// Emitted by `UnbookReceipt`.
        1622 AlreadyUnbooked { receipt: ReceiptId, voucher_number: VoucherNumber, height: Height }
            "voucher {1} on receipt {0} was taken back at height {2}"
            "票据 {0} 的凭证 {1} 已于高度 {2} 撤销入账"
    }
}
