//! The rules of number ranges: 1200 to 1299.

use crate::{
    rejection::rejections,
    types::{OrganisationId, ReceiptCode, ReceiptId, ReceiptNumber},
};

rejections! {
    /// The reason why a range or a number was rejected.
    pub enum NumberRangeError {
        /// Emitted by `GrantRange`.
        1200 NotAnIssuer { organisation: OrganisationId }
            "organisation {0} is no issuer"
            "单位 {0} 不是开票单位"
        /// Emitted by `GrantRange`.
        1201 Overlap { code: ReceiptCode, first: ReceiptNumber, last: ReceiptNumber, issuer: OrganisationId }
            "numbers {1} to {2} of code {0} are granted to organisation {3}"
            "票据代码 {0} 的号段 {1} 至 {2} 已发放给单位 {3}"
        /// Emitted by `GrantRange`.
        1202 TooManyOpenRanges { issuer: OrganisationId, code: ReceiptCode, ranges_max: usize }
            "organisation {0} has {2} open ranges of code {1}, which is the limit"
            "单位 {0} 在票据代码 {1} 下已有 {2} 个未用完的号段，达到上限"
        /// Emitted by `GrantRange`: the grant would replace too many records of recalled ranges at once.
        1203 TooManyRecalled { code: ReceiptCode, ranges_max: usize }
            "these numbers cover more than {1} recalled ranges of code {0}; grant fewer numbers at once"
            "票据代码 {0} 的该号段内有超过 {1} 个已收回的号段，请分次发放"
        /// Emitted by `RecallRange`.
        1204 UnknownRange { code: ReceiptCode, first: ReceiptNumber }
            "no range of code {0} begins at {1}"
            "票据代码 {0} 没有起始号码为 {1} 的号段"
        /// Emitted by `RecallRange`.
        1205 OutsideRange { from: ReceiptNumber, first: ReceiptNumber, last: ReceiptNumber }
            "{0} is not within the range {1} to {2}"
            "号码 {0} 不在号段 {1} 至 {2} 内"
        /// Emitted by `RecallRange`.
        1206 NumbersInUse { from: ReceiptNumber, highest: ReceiptNumber }
            "numbers from {0} on are in use, the highest is {1}"
            "自 {0} 起的号码已有使用，最大的是 {1}"
        /// Emitted by `RecallRange`.
        1207 AlreadyRecalled { code: ReceiptCode, first: ReceiptNumber }
            "the range of code {0} that began at {1} was recalled whole"
            "票据代码 {0} 起始号码为 {1} 的号段已全部收回"
        /// Emitted by `IssueReceipts` and `ReverseReceipt`.
        1210 NumberNotGranted { receipt: ReceiptId, issuer: OrganisationId }
            "number {0} was not granted to organisation {1}"
            "号码 {0} 未发放给单位 {1}"
        /// Emitted by `IssueReceipts` and `ReverseReceipt`.
        1211 NumberOfAnotherIssuer { receipt: ReceiptId, owner: OrganisationId }
            "number {0} was granted to organisation {1}"
            "号码 {0} 已发放给单位 {1}"
        /// Emitted by `IssueReceipts` and `ReverseReceipt`.
        1212 NumberUsed { receipt: ReceiptId }
            "number {0} is in use"
            "号码 {0} 已被使用"
        /// Emitted by `IssueReceipts` and `ReverseReceipt` that name no number, and by
        /// `ReportPayments`, for the issuing centre.
        1213 NoNumberLeft { issuer: OrganisationId, code: ReceiptCode }
            "organisation {0} has no next number of code {1}"
            "单位 {0} 在票据代码 {1} 下没有可用的下一号码"
        /// Emitted by `IssueReceipts` and `ReverseReceipt` that name no number, and by
        /// `ReportPayments`, for the issuing centre.
        1214 NumbersScattered { code: ReceiptCode, from: ReceiptNumber, skips_max: u64 }
            "the next {2} numbers of code {0} from {1} on are in use; name a number"
            "票据代码 {0} 自 {1} 起的 {2} 个号码均已使用，请指定号码"
    }
}
