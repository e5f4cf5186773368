//! Rules that the issuer's node checks, each with its number.
//!
//! ```text
//!   92xx  a field has the wrong shape
//!   93xx  the fields do not agree
//! ```

use piaolian_contracts::{rules, types::Fen};

rules! {
    /// A rule that the issuer's node checks. Numbers are never reused. Messages repeat no names or identity numbers, so
    /// that they may be logged.
    pub enum Rule {
        /// A required element is absent or empty.
        9201 Missing "is required" "不能为空"
        /// A text is longer than its field allows.
        9202 TooLong { bytes: usize } "has more than {0} bytes" "超过 {0} 字节"
        /// Not yuan with at most two decimals, such as `15263.14`.
        9203 NotAnAmount
            "is not an amount in yuan with at most two decimals"
            "不是以元为单位、最多两位小数的金额"
        /// An amount that cannot be negative is.
        9204 Negative "is negative" "不能为负数"
        /// Not `yyyyMMdd`.
        9205 NotADate "is not a date of the form yyyyMMdd" "不是 yyyyMMdd 格式的日期"
        /// Not `HH:mm:ss`.
        9206 NotATime "is not a time of the form HH:mm:ss" "不是 HH:mm:ss 格式的时间"
        /// Not 8 digits with a known category.
        9207 NotAReceiptCode
            "is not a receipt code: 8 digits with a known category"
            "不是票据代码：应为 8 位数字且分类有效"
        /// Not 10 digits.
        9208 NotAReceiptNumber "is not a receipt number: 10 digits" "不是票据号码：应为 10 位数字"
        /// Not 6 of `[0-9a-z]`.
        9209 NotACheckCode "is not a check code: 6 of [0-9a-z]" "不是校验码：应为 6 位数字或小写字母"
        /// Not a unified social credit code.
        9210 NotACreditCode
            "is not a unified social credit code with a valid check digit"
            "不是校验位正确的统一社会信用代码"
        /// Not 1 to 64 of `[A-Za-z0-9._/-]`.
        9211 NotABusinessNumber
            "is not a business number: 1 to 64 of [A-Za-z0-9._/-]"
            "不是业务流水号：应为 1 至 64 位 [A-Za-z0-9._/-]"
        /// The business number goes on chain; an identity number must not.
        9212 IdentityNumber
            "is or holds an identity number, which must not go on chain"
            "含有身份证件号码，不得上链"
        /// Not a decimal number.
        9213 NotADecimal "is not a decimal number" "不是十进制数"
        /// Neither 1 (person) nor 2 (unit).
        9214 NotAPayerKind "is neither 1 (person) nor 2 (unit)" "既不是 1（个人）也不是 2（单位）"
        /// Not an administrative division code.
        9215 NotAnAreaCode
            "is not an administrative division code: at most 12 digits"
            "不是行政区划代码：最多 12 位数字"
        /// A related receipt by code without number or the reverse.
        9216 HalfRelated "a related receipt needs both code and number" "相关票据须同时有代码和号码"
        /// Not a name that an XML element may have, or one that has its own field.
        9217 NotAnExtension "is not a name for an additional element" "不是可用的扩展元素名称"
        /// A part that is said to be kept XML and is not.
        9218 NotXml "is not XML as it may stand here" "不是可保留的 XML"
        /// More rows than are kept.
        9219 TooManyRows { rows: usize } "has more than {0} rows" "超过 {0} 行"
        /// A message that is not a receipt's details.
        9220 NotDetails "is not an encoding of receipt details" "不是票据明细的编码"
        /// Not 1 to 512 bytes without control characters.
        9221 NotAReason
            "is not a reason: 1 to 512 bytes without control characters"
            "不是原因说明：应为 1 至 512 字节，不含控制字符"
        /// A receipt code of a kind that its category has not.
        9222 UnknownKind "is of a kind that its category has not" "票据代码的种类不属于其分类"
        /// A currency that is not the yuan.
        9223 NotYuan "is not CNY: receipts are in yuan" "不是 CNY：票据以人民币元计"
        /// A rate between the yuan and itself that is not 1.
        9224 NotParity "is not 1: receipts are in yuan" "不是 1：票据以人民币元计"

        /// There is no item.
        9301 NoItems "a receipt has at least one item" "票据至少有一个项目"
        /// The items do not sum to the total.
        9302 ItemsOffTotal { items: Fen, total: Fen }
            "items sum to {0} yuan, the total is {1} yuan"
            "项目金额合计 {0} 元，与总金额 {1} 元不符"
        /// The detail lines of an item code do not sum to its items.
        9303 LinesOffItem { code: String, lines: Fen, item: Fen, tolerance: Fen }
            "detail lines of item code {0} sum to {1} yuan, the item is {2} yuan (tolerance {3} yuan)"
            "项目 {0} 的清单合计 {1} 元，与项目金额 {2} 元不符（允许误差 {3} 元）"
        /// A detail line belongs to no item.
        9304 LineOfNoItem "names an item that this receipt has not" "所属项目不在本票据中"
        /// Pooled fund, personal account, personal cash and other do not sum to the total.
        9305 ChannelsOffTotal { channels: Fen, total: Fen }
            "settlement channels sum to {0} yuan, the total is {1} yuan"
            "各支付渠道合计 {0} 元，与总金额 {1} 元不符"
        /// A sum that cannot be held.
        9306 Overflow "amounts are too large to be summed" "金额过大，无法合计"
        /// The invoicing party is neither the issuer nor an agency that it issues for.
        9307 ForeignIssuer
            "is neither the issuer nor an agency that it issues for"
            "既不是开票单位本身，也不是其代开的执收单位"
        /// A receipt that names a related one is a reversal and is not issued as it is.
        9308 Reversal
            "names a related receipt: a reversal is made by reversing, not by issuing"
            "带有相关票据：红票应通过冲红产生，不能直接开具"
        /// A receipt that reverses must name its original and carry no positive amounts.
        9309 NotAReversal
            "a reversal receipt carries its original's amounts, negated"
            "红票金额应为原票金额的负数"
        /// Discharge before admission.
        9310 OutBeforeIn "lies before the admission date" "早于入院日期"
        /// A medical receipt says by no channel how it was paid.
        9311 NoChannels { total: Fen }
            "states no settlement channel, but the total of this medical receipt is {0} yuan"
            "未列明任何支付渠道，而该医疗票据总金额为 {0} 元"
        /// The channels do not sum to the total, and this amount may be the missing one.
        9312 PaymentNotRead
            "may be an amount paid at settlement and is not read: the channels are fundPayAmount, accountPayAmount, ownPayAmount and otherPayAmount"
            "可能是结算时支付的金额，但未被读取：支付渠道为 fundPayAmount、accountPayAmount、ownPayAmount、otherPayAmount"
        /// A kept part of `MainExt` repeats a channel with another amount.
        9313 ChannelConflicts
            "repeats a settlement channel with another amount"
            "重复列示支付渠道，且金额不一致"
        /// A reissue names another payer than its original.
        9314 AnotherPayer
            "is another payer than the one of the receipt in whose place this one is issued"
            "与被重开票据的交款人不一致"
    }
}
