//! The rules of claims: 1600 to 1699.

use super::state::ClaimStatus;
use crate::{
    chain::Height,
    rejection::rejections,
    types::{
        BankReference, BeijingDate, ClaimNumber, Fen, FundKind, Operator, OrganisationId, PlanCode,
        PolicyCode, Reason, ReceiptId, ReceiptKind, VoucherNumber,
    },
};

rejections! {
    /// The reason why a lock, a booking or a step of a claim was rejected.
    pub enum ClaimError {
        /// Emitted by `LockReceipt`, `BookReceipt` and `FileClaim`: the presented total was altered.
        1600 TotalDiffers { receipt: ReceiptId, presented: Fen, total: Fen }
            "receipt {0} was presented with a total of {1} yuan, but was issued with {2} yuan"
            "票据 {0} 提交的总金额为 {1} 元，开具金额为 {2} 元"
        /// Emitted by `LockReceipt`, `UnlockReceipt` and `BookReceipt`.
        1601 LockedByAnother { receipt: ReceiptId, owner: OrganisationId, until: String }
            "receipt {0} is locked by organisation {1} until {2}"
            "票据 {0} 已被单位 {1} 锁定至 {2}"
        /// Emitted by `LockReceipt`, `FileClaim` and `DecideClaim`.
        1602 LockedForAnotherClaim { receipt: ReceiptId, claim_number: ClaimNumber, until: String }
            "receipt {0} is locked for your claim {1} until {2}"
            "票据 {0} 已为本单位报销单 {1} 锁定至 {2}"
        /// Emitted by `LockReceipt` and `FileClaim`.
        1603 LeaseTooLong { lease_ms: u64, lease_ms_max: u64 }
            "a lock of {0} ms is longer than {1} ms"
            "锁定时长 {0} 毫秒超过上限 {1} 毫秒"
        /// Emitted by `LockReceipt` and `FileClaim`.
        1604 NothingClaimable { receipt: ReceiptId, organisation: OrganisationId }
            "nothing of receipt {0} may be claimed by organisation {1}"
            "票据 {0} 没有单位 {1} 可报销的金额"
        /// Emitted by `LockReceipt` and `FileClaim`.
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
        /// Emitted by `BookReceipt`, `FileClaim` and `DecideClaim`.
        1611 NoFundRule { fund_kind: FundKind }
            "no rule is set for the fund {0}"
            "“{0}”没有可报销范围的规则"
        /// Emitted by `BookReceipt`.
        1612 NoOperator { receipt: ReceiptId }
            "booking receipt {0} needs an operator"
            "票据 {0} 入账须有经办人"
        /// Emitted by `BookReceipt`: four eyes.
        1613 ReviewerIsOperator { receipt: ReceiptId, operator: Operator }
            "receipt {0} was booked and reviewed by the same person, {1}"
            "票据 {0} 的经办与复核为同一人 {1}"
        /// Emitted by `BookReceipt`, and by `FileClaim`, whose number becomes a voucher: a
        /// voucher number stays used, also after unbooking.
        1614 VoucherUsed { receipt: ReceiptId, voucher_number: VoucherNumber, amount: Fen, height: Height }
            "voucher {1} was used on receipt {0} for {2} yuan at height {3}"
            "票据 {0} 的凭证 {1} 已入账 {2} 元（高度 {3}）"
        /// Emitted by `BookReceipt`, `FileClaim` and `DecideClaim`: the same receipt to one
        /// payer twice.
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
        /// Emitted by `BookReceipt` and `DecideClaim`.
        1618 TooManyBookings { receipt: ReceiptId, bookings_max: usize }
            "receipt {0} has {1} bookings and reservations, which is the limit"
            "票据 {0} 已有 {1} 笔入账，达到上限"
        /// Emitted by `BookReceipt`: parts above the whole, one of them reserved by a decided claim.
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
        /// Emitted by `FileClaim` and `LockReceipt`: the number of a filed claim can never be used again.
        1630 ClaimNumberUsed { claim_number: ClaimNumber, height: Height }
            "claim {0} was filed at height {1}"
            "报销单 {0} 已于高度 {1} 受理"
        /// Emitted by every action on a filed claim.
        1631 UnknownClaim { insurer: OrganisationId, claim_number: ClaimNumber }
            "organisation {0} has not filed a claim {1}"
            "单位 {0} 没有报销单 {1}"
        /// Emitted by `FileClaim` and `DecideClaim`: the same receipt to two payers.
        1632 InAnotherClaim { receipt: ReceiptId, organisation: OrganisationId, claim_number: ClaimNumber, owner: OrganisationId, owner_claim_number: ClaimNumber, until: String }
            "receipt {0} cannot be in claim {2} of organisation {1}: organisation {3} has it in claim {4} until {5}"
            "票据 {0} 不能列入单位 {1} 的报销单 {2}：单位 {3} 已为报销单 {4} 锁定至 {5}"
        /// Emitted by `FileClaim`.
        1633 KindNotCovered { receipt: ReceiptId, kind: ReceiptKind, policy_code: PolicyCode, version: u32 }
            "receipt {0} is of kind {1}, which policy {2} does not cover in version {3}"
            "票据 {0} 的种类 {1} 不在政策 {2} 第 {3} 版的范围内"
        /// Emitted by `FileClaim`.
        1634 FiledTooLate { receipt: ReceiptId, issue_date: BeijingDate, days_max: u32, policy_code: PolicyCode, version: u32 }
            "receipt {0} was issued on {1}, more than the {2} days ago in which policy {3} takes claims in version {4}"
            "票据 {0} 开具于 {1}，已超过政策 {3} 第 {4} 版规定的 {2} 天申请期限"
        /// Emitted by `LockReceipt`, `BookReceipt`, `FileClaim` and `DecideClaim`: the same receipt to one payer twice,
        /// even if the first claim was decided at 0.
        1635 ReservedBefore { receipt: ReceiptId, fund_kind: FundKind, claim_number: ClaimNumber, amount: Fen, height: Height }
            "you decided claim {2} on receipt {0} for the fund {1} for {3} yuan at height {4}"
            "票据 {0} 本单位已于高度 {4} 以“{1}”核定报销单 {2} 支付 {3} 元"
        /// Emitted by `UnlockReceipt`: withdraw the claim.
        1636 HeldByClaim { receipt: ReceiptId, claim_number: ClaimNumber, until: String }
            "receipt {0} is held by your filed claim {1} until {2}"
            "票据 {0} 由本单位已受理的报销单 {1} 持有至 {2}"
        /// Emitted by `UnbookReceipt`: correct the claim.
        1637 BookedByClaim { receipt: ReceiptId, claim_number: ClaimNumber }
            "receipt {0} was booked by claim {1} and can only be taken back with the claim"
            "票据 {0} 由报销单 {1} 入账，只能随报销单更正撤销"
        /// Emitted by `BookReceipt`: such bookings are made when the bank has paid.
        1638 VoucherIsClaim { receipt: ReceiptId, claim_number: ClaimNumber, height: Height }
            "voucher {1} on receipt {0} is the number of the claim that you filed at height {2}"
            "票据 {0} 的凭证 {1} 为本单位高度 {2} 受理的报销单号"
        /// Emitted by `SetOpeningSums`: they come before everything else.
        1639 SumsBegun { plan_code: PlanCode, year: u16 }
            "something counts already in the person's year {1} of the plan {0}"
            "该参保人 {1} 年度在险种 {0} 下已有累计"
        /// Emitted by `DecideClaim`.
        1640 ClaimExpired { claim_number: ClaimNumber, until: String }
            "claim {0} had to be decided before {1}"
            "报销单 {0} 的审核期限为 {1}，已过期"
        /// Emitted by `CorrectClaim`. `ConfirmPayout` cannot meet it, because a claim without an approval has no
        /// payout.
        1641 ClaimUndecided { claim_number: ClaimNumber, status: ClaimStatus }
            "no approval of claim {0} stands: it is {1}"
            "报销单 {0} 没有有效的核定，当前状态为“{1}”"
        /// Emitted by `DecideClaim` and `WithdrawClaim`.
        1642 ClaimDecided { claim_number: ClaimNumber, amount: Fen, bank: OrganisationId, height: Height }
            "claim {0} was approved for {1} yuan at height {3}, and organisation {2} is to pay"
            "报销单 {0} 已于高度 {3} 核定 {1} 元，由单位 {2} 支付"
        /// Emitted by `DecideClaim` and `WithdrawClaim`.
        1643 ClaimPaid { claim_number: ClaimNumber, amount: Fen, bank: OrganisationId, bank_reference: BankReference, height: Height }
            "organisation {2} paid {1} yuan for claim {0} under {3}, as confirmed at height {4}"
            "报销单 {0} 已由单位 {2} 以流水号 {3} 支付 {1} 元（高度 {4}）"
        /// Emitted by `DecideClaim`, `WithdrawClaim` and `CorrectClaim`.
        1644 ClaimClosed { claim_number: ClaimNumber, status: ClaimStatus, height: Height }
            "claim {0} has ended at height {2}: it is {1}"
            "报销单 {0} 已于高度 {2} 结束，状态为“{1}”"
        /// Emitted by `DecideClaim` and `CorrectClaim`.
        1645 ClaimNeedsOperator { claim_number: ClaimNumber }
            "claim {0} needs an operator"
            "报销单 {0} 须有经办人"
        /// Emitted by `DecideClaim` and `CorrectClaim`: four eyes.
        1646 ClaimReviewerIsOperator { claim_number: ClaimNumber, operator: Operator }
            "claim {0} was handled and reviewed by the same person, {1}"
            "报销单 {0} 的经办与复核为同一人 {1}"
        /// Emitted by `DecideClaim`.
        1647 AssessmentsDiffer { claim_number: ClaimNumber, assessments: usize, receipts: usize }
            "claim {0} has {2} receipts, but {1} were assessed"
            "报销单 {0} 有 {2} 张票据，提交了 {1} 份审核金额"
        /// Emitted by `DecideClaim`.
        1648 SelfPaidAboveBase { receipt: ReceiptId, fully_self_paid: Fen, over_limit: Fen, prior_self_pay: Fen, base: Fen }
            "of receipt {0} {1} yuan fully self-paid, {2} over limit and {3} prior self-pay are more than the {4} yuan that the policy goes by"
            "票据 {0} 的全自费 {1} 元、超限价 {2} 元与先行自付 {3} 元之和超过政策基数 {4} 元"
        /// Emitted by `DecideClaim`.
        1649 HospitalShareAboveRest { receipt: ReceiptId, hospital_share: Fen, left: Fen }
            "the hospital's share of receipt {0}, {1} yuan, is more than the {2} yuan that the fund leaves"
            "票据 {0} 的医院负担 {1} 元超过基金支付后的余额 {2} 元"
        /// Emitted by `DecideClaim`.
        1650 NotAnAgentBank { organisation: OrganisationId }
            "organisation {0} is no agent bank"
            "单位 {0} 不是代理银行"
        /// Emitted by `DecideClaim`.
        1651 TooManyReservations { receipt: ReceiptId, reservations_max: usize }
            "receipt {0} has {1} decided claims that wait for their banks, which is the limit"
            "票据 {0} 已有 {1} 笔待银行确认的核定，达到上限"
        /// Emitted by `DecideClaim`: file it anew.
        1652 TooManyPayouts { claim_number: ClaimNumber, payouts_max: usize }
            "the payout of claim {0} failed {1} times, which is the limit"
            "报销单 {0} 已支付失败 {1} 次，达到上限"
        /// Emitted by `DecideClaim`.
        1653 AmountTooLarge { claim_number: ClaimNumber, most: Fen }
            "the amounts of claim {0} come to more than {1} yuan"
            "报销单 {0} 的金额合计超过 {1} 元"
        /// Emitted by `SetOpeningSums`: four eyes.
        1654 SumsNeedTwoPersons { plan_code: PlanCode, year: u16 }
            "the opening sums of {1} in the plan {0} need an operator and another reviewer"
            "险种 {0} {1} 年度期初累计须有经办人和另一名复核人"
        /// Emitted by `FileClaim`, after all else was checked: without the holder's tag nobody knows the year's sums.
        1655 HolderUnknown { claim_number: ClaimNumber }
            "the holder of claim {0} is unknown: the insurer's node could not open the details of all its receipts"
            "报销单 {0} 的持票人未知：受理单位节点未能打开其全部票据明细"
        /// Emitted by `ConfirmPayout`.
        1660 UnknownPayout { insurer: OrganisationId, claim_number: ClaimNumber, payout_number: u32 }
            "organisation {0} ordered no payout {2} for claim {1}"
            "单位 {0} 的报销单 {1} 没有第 {2} 次支付指令"
        /// Emitted by `ConfirmPayout`.
        1661 NotTheBank { claim_number: ClaimNumber, payout_number: u32, bank: OrganisationId }
            "payout {1} of claim {0} is for organisation {2} to make"
            "报销单 {0} 的第 {1} 次支付由单位 {2} 办理"
        /// Emitted by `ConfirmPayout`: the bank contradicts itself.
        1662 PayoutConfirmed { claim_number: ClaimNumber, payout_number: u32, result: String, bank_reference: BankReference, height: Height }
            "payout {1} of claim {0} was confirmed as {2} under {3} at height {4}"
            "报销单 {0} 的第 {1} 次支付已于高度 {4} 确认为“{2}”，流水号 {3}"
        /// Emitted by `ConfirmPayout`.
        1666 PaidOutOfTime { claim_number: ClaimNumber, payout_number: u32, paid: String, ordered: String, now: String }
            "payout {1} of claim {0} was paid {2}, not between the order, {3}, and now, {4}"
            "报销单 {0} 的第 {1} 次支付时间 {2} 不在指令时间 {3} 与当前时间 {4} 之间"
        /// Emitted by `ReleaseOrphan`.
        1670 NotGone { organisation: OrganisationId }
            "organisation {0} is not gone and can release its holds itself"
            "单位 {0} 仍在，应由其自行解除"
        /// Emitted by `ReleaseOrphan`.
        1671 NothingHeld { receipt: ReceiptId, organisation: OrganisationId }
            "organisation {1} holds nothing of receipt {0}"
            "单位 {1} 在票据 {0} 上没有锁定、预留或入账"
        /// Emitted by `DecideClaim` and `WithdrawClaim`: the bank said "failed" and may still find that it paid.
        1673 NoFinalWord { claim_number: ClaimNumber, payout_number: u32, bank: OrganisationId }
            "payout {1} of claim {0} failed, and organisation {2} has not given its final word"
            "报销单 {0} 的第 {1} 次支付失败，单位 {2} 尚未作出最终答复"
        /// Emitted by `CorrectClaim`: recall the order first.
        1674 OrderWaits { claim_number: ClaimNumber, payout_number: u32, bank: OrganisationId }
            "receipts of claim {0} cannot be decided anew while organisation {2} has payout {1} to make"
            "报销单 {0} 的第 {1} 次支付由单位 {2} 办理中，不能按票更正"
        /// Emitted by `CorrectClaim`.
        1675 AlreadyRecalled { claim_number: ClaimNumber, payout_number: u32, organisation: OrganisationId, height: Height, reason: Reason }
            "payout {1} of claim {0} was recalled by organisation {2} at height {3}: {4}"
            "报销单 {0} 的第 {1} 次支付已由单位 {2} 于高度 {3} 请求撤回：{4}"
        /// Emitted by `CorrectClaim`.
        1676 NotToCorrect { claim_number: ClaimNumber, receipt: ReceiptId }
            "receipt {1} is not in claim {0}, or is named twice"
            "票据 {1} 不在报销单 {0} 中或重复列出"
        /// Emitted by `CorrectClaim`: more is owed than was paid.
        1677 CorrectionNeedsBank { claim_number: ClaimNumber }
            "the correction of claim {0} comes to more than was paid and needs a bank"
            "报销单 {0} 更正后应补付，须指定代理银行"
        /// Emitted by `SettlePayout`.
        1678 NothingToSettle { claim_number: ClaimNumber, payout_number: u32 }
            "no word of the bank is missing about payout {1} of claim {0}"
            "报销单 {0} 的第 {1} 次支付没有待银行答复的事项"
        /// Emitted by `SettlePayout`.
        1679 BankHasTime { claim_number: ClaimNumber, payout_number: u32, bank: OrganisationId, until: String }
            "organisation {2} has until {3} to answer about payout {1} of claim {0}"
            "单位 {2} 可在 {3} 前就报销单 {0} 的第 {1} 次支付作出答复"
        /// Emitted by `BookReceipt`: the holder's authorisation and the bank's word are never optional for a statutory
        /// fund.
        1680 ClaimNeeded { receipt: ReceiptId, fund_kind: FundKind }
            "receipt {0} cannot be booked by hand for the fund {1}, which pays by claims alone"
            "票据 {0} 不得以“{1}”手工入账，该资金只能通过报销单支付"
        /// Emitted by `BookReceipt`, `FileClaim` and `DecideClaim`: a person is insured once (重复参保).
        1681 PaidByAnother { receipt: ReceiptId, fund_kind: FundKind, payer: OrganisationId, number: String, amount: Fen, height: Height }
            "organisation {2} has paid or decided {4} yuan of receipt {0} from the fund {1} under {3} at height {5}, which excludes every other payer of this fund"
            "票据 {0} 已由单位 {2} 于高度 {5} 以“{1}”按 {3} 支付或核定 {4} 元，同类资金的其他单位不得再支付"
        /// Emitted by `BookReceipt`, `FileClaim` and `DecideClaim`.
        1682 SettledDirectly { receipt: ReceiptId, fund_kind: FundKind, pooled_fund: Fen }
            "the pooled fund paid {2} yuan of receipt {0} when it was settled, so the fund {1} pays nothing more of it"
            "票据 {0} 已联网结算，统筹基金支付 {2} 元，“{1}”不得再零星报销"
        /// Emitted by `BookReceipt`, `FileClaim` and `DecideClaim`.
        1683 CategoryNotPaid { receipt: ReceiptId, kind: ReceiptKind, fund_kind: FundKind }
            "receipt {0} is of kind {1}, which the fund {2} does not pay"
            "票据 {0} 的种类 {1} 不在“{2}”的支付范围内"
        /// Emitted by `DecideClaim`: the policy has deductibles by admission and level of hospital.
        1684 NoDeductible { receipt: ReceiptId, level: String, policy_code: PolicyCode, version: u32 }
            "policy {2} has in version {3} no deductible for an admission to a hospital of level {1}, as which receipt {0} was assessed"
            "政策 {2} 第 {3} 版没有“{1}”级医院的起付线，票据 {0} 按该级别审核"
        /// Emitted by `DecideClaim`.
        1685 TooManyDecisions { claim_number: ClaimNumber, year: u16, plan_code: PlanCode, claims_max: usize }
            "{3} claims count in the year {1} of the plan {2}, which is the limit, and claim {0} is one more"
            "险种 {2} 的 {1} 年度累计已有 {3} 份报销单，达到上限，报销单 {0} 无法计入"
        /// Emitted by `DecideClaim`: it was not settled directly, it was reversed, or another kind of fund settled it.
        1686 NothingToCount { receipt: ReceiptId, fund_kind: FundKind }
            "nothing of receipt {0} was settled directly from the fund {1}"
            "票据 {0} 没有以“{1}”联网结算的金额"
        /// Emitted by `DecideClaim`: a direct settlement counts once, for one person.
        1687 SettlementCounted { receipt: ReceiptId, insurer: OrganisationId, claim_number: ClaimNumber, height: Height }
            "what was settled directly of receipt {0} counts already: organisation {1} named it in claim {2} at height {3}"
            "票据 {0} 的联网结算金额已由单位 {1} 于高度 {3} 在报销单 {2} 中计入累计"
        /// Emitted by `RecomputeClaim`.
        1688 NotOutdated { claim_number: ClaimNumber }
            "no earlier decision of the sums of claim {0} was taken back since it was computed"
            "报销单 {0} 核定以来其累计未因更正而变动，无须重算"
        /// Emitted by `RecomputeClaim`: correct the claim.
        1689 RecomputedDiffers { claim_number: ClaimNumber, decided: Fen, due: Fen }
            "claim {0} was decided at {1} yuan and comes to {2} yuan on the sums of today, receipt by receipt: correct it"
            "报销单 {0} 核定 {1} 元，按现有累计逐张重算应为 {2} 元，须更正"
        /// Emitted by `UnbookReceipt`: money that was paid comes back by a confirmed return.
        1690 NoEntryError { receipt: ReceiptId, voucher_number: VoucherNumber, until: String }
            "voucher {1} on receipt {0} could be taken back as an error until {2}"
            "票据 {0} 的凭证 {1} 作为误记撤销的期限为 {2}"
        /// Emitted by `UnbookReceipt`.
        1691 WasPaid { receipt: ReceiptId, voucher_number: VoucherNumber, returned: Fen }
            "{2} yuan of voucher {1} on receipt {0} came back, so it was paid"
            "票据 {0} 的凭证 {1} 已退回 {2} 元，说明已支付"
        /// Emitted by `ConfirmReturn`.
        1692 AboveReturnable { receipt: ReceiptId, voucher_number: VoucherNumber, payout_number: u32, amount: Fen, may_come_back: Fen }
            "{3} yuan of payout {2} under voucher {1} on receipt {0} came back, of which {4} yuan may"
            "票据 {0} 凭证 {1} 第 {2} 次支付退回 {3} 元，可退回 {4} 元"
        /// Emitted by `ConfirmReturn`.
        1693 ReturnedOutOfTime { receipt: ReceiptId, voucher_number: VoucherNumber, returned: String, booked: String, now: String }
            "voucher {1} on receipt {0} came back {2}, not between the booking, {3}, and now, {4}"
            "票据 {0} 凭证 {1} 的退回时间 {2} 不在入账时间 {3} 与当前时间 {4} 之间"
        /// Emitted by `ConfirmReturn` and `StrikeBooking`.
        1694 NoSuchBooking { receipt: ReceiptId, payer: OrganisationId, voucher_number: VoucherNumber, payout_number: u32 }
            "organisation {1} booked nothing on receipt {0} with voucher {2} and payout {3}"
            "单位 {1} 在票据 {0} 上没有凭证 {2} 第 {3} 次支付的入账"
        /// Emitted by `StrikeBooking`: release it first.
        1695 NotMarkedGone { receipt: ReceiptId, payer: OrganisationId, voucher_number: VoucherNumber }
            "voucher {2} of organisation {1} on receipt {0} is not marked as of a gone payer, or nothing of it is out"
            "票据 {0} 上单位 {1} 的凭证 {2} 未标记为付款单位已不存在，或已无在外金额"
        /// Emitted by `ConfirmPayout`: nobody asked the bank to stop the order.
        1696 NotRecalled { claim_number: ClaimNumber, payout_number: u32 }
            "payout {1} of claim {0} was not recalled"
            "报销单 {0} 的第 {1} 次支付未被撤回"
    }
}
