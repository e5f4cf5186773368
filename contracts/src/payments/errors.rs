//! The rules of payments: 1700 to 1799.

use crate::{
    chain::Height,
    rejection::rejections,
    types::{
        BankReference, BeijingDate, DecisionNumber, Fen, OrganisationId, Reason, ReceiptCode,
        ReceiptId, Region,
    },
};

rejections! {
    /// The reason why a notice, a payment, a statement or a closing was rejected.
    pub enum PaymentError {
        /// Emitted by `CancelNotice` and `ReportPayments`; names the decision number or the
        /// payment code.
        1700 UnknownNotice { notice: String }
            "there is no notice {0}"
            "没有编号为 {0} 的缴款通知"
        /// Emitted by `CreateNotices`.
        1701 DecisionNumberLength { decision_number: DecisionNumber, length: usize, min: u32, max: u32 }
            "decision number {0} has {1} characters, but must have {2} to {3}"
            "决定书号 {0} 长 {1} 位，应为 {2} 至 {3} 位"
        /// Emitted by `CreateNotices`. The number is unique on the whole chain, because the person who pays may show
        /// nothing else. After a cancellation, its agency may use it again.
        1702 DecisionNumberTaken { decision_number: DecisionNumber, agency: OrganisationId, height: Height }
            "decision number {0} was used by organisation {1} at height {2}"
            "决定书号 {0} 已由单位 {1} 在高度 {2} 使用"
        /// Emitted by `SetMandate`.
        1703 NotAnAgency { organisation: OrganisationId }
            "organisation {0} is no collecting agency"
            "单位 {0} 不是执收单位"
        /// Emitted by `CreateNotices` and `ReportPayments`, and by `SetMandate` if it would withdraw a mandate that was
        /// never given.
        1704 NoMandate { centre: OrganisationId, agency: OrganisationId, code: ReceiptCode }
            "organisation {0} has given organisation {1} no mandate for receipts of code {2}"
            "单位 {0} 未授权为单位 {1} 的缴款以票据代码 {2} 自动开票"
        /// Emitted by `CreateNotices` and `ReportPayments`.
        1705 MandateWithdrawn { centre: OrganisationId, agency: OrganisationId, code: ReceiptCode, height: Height }
            "organisation {0} withdrew the mandate of organisation {1} for receipts of code {2} at height {3}"
            "单位 {0} 已于高度 {3} 撤销为单位 {1} 的缴款以票据代码 {2} 自动开票的授权"
        /// Emitted by `CreateNotices`.
        1706 NoPaymentCodeLeft { region: Region, digits: u32, serial: u64 }
            "area {0} has no payment code of {1} digits left this year; the next serial is {2}"
            "地区 {0} 本年度的 {1} 位缴款码已用完，下一序号为 {2}"
        /// Emitted by `CancelNotice`.
        1707 NotTheAgency { decision_number: DecisionNumber, agency: OrganisationId }
            "notice {0} belongs to organisation {1}"
            "缴款通知 {0} 属于单位 {1}"
        /// Emitted by `CancelNotice` and `ReportPayments`.
        1708 NoticeCancelled { decision_number: DecisionNumber, height: Height, reason: Reason }
            "notice {0} was cancelled at height {1}: {2}"
            "缴款通知 {0} 已于高度 {1} 撤销：{2}"
        /// Emitted by `CancelNotice` and `ReportPayments`.
        1709 PaidAlready { decision_number: DecisionNumber, bank: OrganisationId, bank_reference: BankReference, account_day: BeijingDate, height: Height, receipt: ReceiptId }
            "notice {0} was paid at bank {1}, reference {2}, on {3}, height {4}, receipt {5}"
            "缴款通知 {0} 已在银行 {1} 缴款，流水号 {2}，账务日期 {3}，高度 {4}，票据 {5}"
        /// Emitted by `ReportPayments`: the money belongs to the province that handles it.
        1710 WrongArea { decision_number: DecisionNumber, region: Region, handled_region: Region }
            "notice {0} belongs to region {1} and cannot be paid in region {2}, another province"
            "缴款通知 {0} 属于地区 {1}，不能在外省地区 {2} 缴款"
        /// Emitted by `ReportPayments`.
        1711 AmountDiffers { decision_number: DecisionNumber, presented: Fen, amount: Fen, late_fee: Fen, paid_date: BeijingDate }
            "{1} yuan were paid for notice {0}, which on {4} came to {2} yuan and {3} yuan late fee"
            "缴款通知 {0} 实缴 {1} 元，{4} 应缴本金 {2} 元、滞纳金 {3} 元"
        /// Emitted by `ReportPayments`: the payment is late but does not include the late fee.
        1712 LateFeeOwed { decision_number: DecisionNumber, amount: Fen, late_fee: Fen, due_date: BeijingDate, paid_date: BeijingDate }
            "{1} yuan were paid for notice {0} on {4}, but {2} yuan late fee are owed since it was due on {3}"
            "缴款通知 {0} 于 {4} 缴款 {1} 元，缴款期限为 {3}，另欠滞纳金 {2} 元"
        /// Emitted by `ReportPayments`.
        1713 PaidInFuture { bank_reference: BankReference, paid: String, block_time: String }
            "payment {0} is dated {1}, after the block's time {2}"
            "流水号 {0} 的缴款时间 {1} 晚于区块时间 {2}"
        /// Emitted by `ReportPayments`.
        1714 PaidTooLongAgo { bank_reference: BankReference, paid_date: BeijingDate, today: BeijingDate, days_max: u32 }
            "payment {0} of {1} is reported on {2}, more than {3} days later"
            "流水号 {0} 缴款日期为 {1}，于 {2} 上报，超过 {3} 天"
        /// Emitted by `ReportPayments`.
        1715 AccountDayOff { bank_reference: BankReference, account_day: BeijingDate, paid_date: BeijingDate }
            "payment {0} of {2} is accounted on {1}, neither that day nor the day after"
            "流水号 {0} 缴款日期为 {2}，账务日期 {1} 既非当日也非次日"
        /// Emitted by `ReportPayments`: names what was reported under the reference before.
        1716 ReportConflict { bank_reference: BankReference, decision_number: DecisionNumber, amount: Fen, account_day: BeijingDate, height: Height }
            "reference {0} was reported for notice {1} with {2} yuan on {3} at height {4}"
            "流水号 {0} 已于高度 {4} 上报：缴款通知 {1}，{2} 元，账务日期 {3}"
        /// Emitted by `SubmitStatement`: names what was stated under the reference before.
        1717 LineConflict { bank_reference: BankReference, region: Region, account_day: BeijingDate, amount: Fen, notice: String, height: Height }
            "reference {0} was stated for region {1} on {2} with {3} yuan for {4} at height {5}"
            "流水号 {0} 已于高度 {5} 列入对账单：地区 {1}，账务日期 {2}，{3} 元，对应 {4}"
        /// Emitted by `SubmitStatement`: the declared numbers differ from the received lines.
        1718 StatementTotalsDiffer { account_day: BeijingDate, region: Region, declared_count: u64, declared_sum: Fen, count: u64, sum: Fen }
            "the statement of {0} for region {1} declares {2} lines of {3} yuan, but {4} lines of {5} yuan came"
            "{0} 地区 {1} 的对账单声明 {2} 笔 {3} 元，实际收到 {4} 笔 {5} 元"
        /// Emitted by `SubmitStatement`.
        1719 StatementDayOutOfBounds { account_day: BeijingDate, today: BeijingDate, days_max: u64 }
            "a statement of {0} is not taken on {1}: it may be of {2} days before to one day after"
            "{1} 不接受 {0} 的对账单：账务日期应在此前 {2} 天至次日之间"
        /// Emitted by `ReportPayments` and `SubmitStatement`.
        1720 TooManyBanks { region: Region, day: BeijingDate, banks_max: usize }
            "{2} banks have entries in region {0} on {1}, which is the limit"
            "地区 {0} 在 {1} 已有 {2} 家银行的记录，达到上限"
        /// Emitted by `ReportPayments` and `SubmitStatement`.
        1721 DaySumTooLarge { region: Region, day: BeijingDate, bank: OrganisationId }
            "the sums of region {0} on {1} for bank {2} would be too large"
            "地区 {0} 在 {1} 与银行 {2} 的合计金额过大"
        /// Emitted by `CloseDay`.
        1722 DayNotOver { day: BeijingDate, today: BeijingDate }
            "{0} is not over: today is {1}"
            "{0} 尚未结束，当日为 {1}"
        /// Emitted by `CloseDay`.
        1723 DayClosed { region: Region, day: BeijingDate, closed_through: BeijingDate, height: Height }
            "{1} is closed for region {0}: its days to {2} are, the last since height {3}"
            "地区 {0} 的 {1} 已关账：截至 {2} 均已关账（高度 {3}）"
        /// Emitted by `CloseDay`: days close in order.
        1724 EarlierDayOpen { region: Region, day: BeijingDate, earlier: BeijingDate }
            "{1} cannot be closed for region {0} before {2}, which has entries"
            "地区 {0} 须先关 {2} 的账，才能关 {1} 的账"
        /// Emitted by `CloseDay` without a reason.
        1725 StatementIncomplete { region: Region, day: BeijingDate, bank: OrganisationId, incomplete: usize }
            "{3} banks have entries in region {0} on {1} and no complete statement, among them {2}"
            "地区 {0} 在 {1} 有 {3} 家银行有记录而对账单不完整，包括 {2}"
        /// Emitted by `SubmitStatement` of a last part.
        1726 DayNotBegun { account_day: BeijingDate, today: BeijingDate }
            "the statement of {0} cannot be complete on {1}: that day has not begun"
            "{1} 时 {0} 尚未开始，其对账单不能完结"
        /// Emitted by `ConfirmPayout`, `ConfirmReturn` and `ReportPayments`: one bank reference stands for one movement
        /// of money.
        1780 ReferenceUsed { bank: OrganisationId, bank_reference: BankReference, used_for: String, amount: Fen, height: Height }
            "reference {1} of organisation {0} stands for {2}, {3} yuan, at height {4}"
            "单位 {0} 的流水号 {1} 已于高度 {4} 用于“{2}”，金额 {3} 元"
    }
}
