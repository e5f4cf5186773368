//! Rules that the issuer's node checks, each with its number.
//!
//! ```text
//!   92xx  a field has the wrong shape
//!   93xx  the fields do not agree
//! ```

use super::amount::yuan_of_fen;

/// The rules that the issuer's node checks. Numbers are never reused. Messages contain no names or identity numbers, so
/// that they may be logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// A required element is absent or empty.
    #[error("is required")]
    Missing,
    /// A text is longer than its field allows.
    #[error("has more than {0} bytes")]
    TooLong(usize),
    /// Not yuan with at most two decimals, such as `15263.14`.
    #[error("is not an amount in yuan with at most two decimals")]
    NotAnAmount,
    /// An amount that cannot be negative is.
    #[error("is negative")]
    Negative,
    /// Not `yyyyMMdd`.
    #[error("is not a date of the form yyyyMMdd")]
    NotADate,
    /// Not `HH:mm:ss`.
    #[error("is not a time of the form HH:mm:ss")]
    NotATime,
    /// Not 8 digits with a known category.
    #[error("is not a receipt code: 8 digits with a known category")]
    NotAReceiptCode,
    /// Not 10 digits.
    #[error("is not a receipt number: 10 digits")]
    NotAReceiptNumber,
    /// Not 6 of `[0-9a-z]`.
    #[error("is not a check code: 6 of [0-9a-z]")]
    NotACheckCode,
    /// Not a unified social credit code.
    #[error("is not a unified social credit code with a valid check digit")]
    NotACreditCode,
    /// Not 1 to 64 of `[A-Za-z0-9._/-]`.
    #[error("is not a business number: 1 to 64 of [A-Za-z0-9._/-]")]
    NotABusinessNumber,
    /// The business number goes on chain; an identity number must not.
    #[error("is or holds an identity number, which must not go on chain")]
    IdentityNumber,
    /// Not a decimal number.
    #[error("is not a decimal number")]
    NotADecimal,
    /// Neither 1 (person) nor 2 (unit).
    #[error("is neither 1 (person) nor 2 (unit)")]
    NotAPayerKind,
    /// Not an administrative division code.
    #[error("is not an administrative division code: at most 12 digits")]
    NotAnAreaCode,
    /// A related receipt by code without number or the reverse.
    #[error("a related receipt needs both code and number")]
    HalfRelated,
    /// Not a name that an XML element may have, or one that has its own field.
    #[error("is not a name for an additional element")]
    NotAnExtension,
    /// A part that is said to be kept XML and is not.
    #[error("is not XML as it may stand here")]
    NotXml,
    /// More rows than are kept.
    #[error("has more than {0} rows")]
    TooManyRows(usize),
    /// A message that is not a receipt's details.
    #[error("is not an encoding of receipt details")]
    NotDetails,

    /// A receipt code of a kind that its category has not.
    #[error("is of a kind that its category has not")]
    UnknownKind,
    /// A currency that is not the yuan.
    #[error("is not CNY: receipts are in yuan")]
    NotYuan,
    /// A rate between the yuan and itself that is not 1.
    #[error("is not 1: receipts are in yuan")]
    NotParity,

    /// Not 1 to 512 bytes without control characters.
    #[error("is not a reason: 1 to 512 bytes without control characters")]
    NotAReason,

    /// There is no item.
    #[error("a receipt has at least one item")]
    NoItems,
    /// The items do not sum to the total.
    #[error("items sum to {} yuan, the total is {} yuan", yuan_of_fen(*.items), yuan_of_fen(*.total))]
    ItemsOffTotal {
        /// Sum of the items, fen.
        items: i64,
        /// The receipt's total, fen.
        total: i64,
    },
    /// The detail lines of an item do not sum to it.
    #[error(
        "detail lines of item code {code} sum to {} yuan, the item is {} yuan (tolerance {} yuan)",
        yuan_of_fen(*.lines), yuan_of_fen(*.item), yuan_of_fen(*.tolerance)
    )]
    LinesOffItem {
        /// Item code.
        code: String,
        /// Sum of the lines, fen.
        lines: i64,
        /// Sum of the items of that code, fen.
        item: i64,
        /// The tolerance, fen.
        tolerance: i64,
    },
    /// A detail line belongs to no item.
    #[error("names an item that this receipt has not")]
    LineOfNoItem,
    /// Pooled fund, personal account, personal cash and other do not sum to the total.
    #[error(
        "settlement channels sum to {} yuan, the total is {} yuan",
        yuan_of_fen(*.channels), yuan_of_fen(*.total)
    )]
    ChannelsOffTotal {
        /// Sum of the four channels, fen.
        channels: i64,
        /// The receipt's total, fen.
        total: i64,
    },
    /// A sum that cannot be held.
    #[error("amounts are too large to be summed")]
    Overflow,
    /// The invoicing party is neither the issuer nor an agency that it issues for.
    #[error("is neither the issuer nor an agency that it issues for")]
    ForeignIssuer,
    /// A receipt that names a related one is a reversal and is not issued as it is.
    #[error("names a related receipt: a reversal is made by reversing, not by issuing")]
    Reversal,
    /// A receipt that reverses must name its original and carry no positive amounts.
    #[error("a reversal receipt carries its original's amounts, negated")]
    NotAReversal,
    /// Discharge before admission.
    #[error("lies before the admission date")]
    OutBeforeIn,
}

impl Rule {
    /// Returns the number of the rule, 9201 to 9399.
    #[must_use]
    pub const fn code(&self) -> u32 {
        match self {
            Self::Missing => 9201,
            Self::TooLong(_) => 9202,
            Self::NotAnAmount => 9203,
            Self::Negative => 9204,
            Self::NotADate => 9205,
            Self::NotATime => 9206,
            Self::NotAReceiptCode => 9207,
            Self::NotAReceiptNumber => 9208,
            Self::NotACheckCode => 9209,
            Self::NotACreditCode => 9210,
            Self::NotABusinessNumber => 9211,
            Self::IdentityNumber => 9212,
            Self::NotADecimal => 9213,
            Self::NotAPayerKind => 9214,
            Self::NotAnAreaCode => 9215,
            Self::HalfRelated => 9216,
            Self::NotAnExtension => 9217,
            Self::NotXml => 9218,
            Self::TooManyRows(_) => 9219,
            Self::NotDetails => 9220,
            Self::NotAReason => 9221,
            Self::UnknownKind => 9222,
            Self::NotYuan => 9223,
            Self::NotParity => 9224,
            Self::NoItems => 9301,
            Self::ItemsOffTotal { .. } => 9302,
            Self::LinesOffItem { .. } => 9303,
            Self::LineOfNoItem => 9304,
            Self::ChannelsOffTotal { .. } => 9305,
            Self::Overflow => 9306,
            Self::ForeignIssuer => 9307,
            Self::Reversal => 9308,
            Self::NotAReversal => 9309,
            Self::OutBeforeIn => 9310,
        }
    }

    /// Returns the message in Chinese.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::Missing => "不能为空".into(),
            Self::TooLong(bytes) => format!("超过 {bytes} 字节"),
            Self::NotAnAmount => "不是以元为单位、最多两位小数的金额".into(),
            Self::Negative => "不能为负数".into(),
            Self::NotADate => "不是 yyyyMMdd 格式的日期".into(),
            Self::NotATime => "不是 HH:mm:ss 格式的时间".into(),
            Self::NotAReceiptCode => "不是票据代码：应为 8 位数字且分类有效".into(),
            Self::NotAReceiptNumber => "不是票据号码：应为 10 位数字".into(),
            Self::NotACheckCode => "不是校验码：应为 6 位数字或小写字母".into(),
            Self::NotACreditCode => "不是校验位正确的统一社会信用代码".into(),
            Self::NotABusinessNumber => "不是业务流水号：应为 1 至 64 位 [A-Za-z0-9._/-]".into(),
            Self::IdentityNumber => "含有身份证件号码，不得上链".into(),
            Self::NotADecimal => "不是十进制数".into(),
            Self::NotAPayerKind => "既不是 1（个人）也不是 2（单位）".into(),
            Self::NotAnAreaCode => "不是行政区划代码：最多 12 位数字".into(),
            Self::HalfRelated => "相关票据须同时有代码和号码".into(),
            Self::NotAnExtension => "不是可用的扩展元素名称".into(),
            Self::NotXml => "不是可保留的 XML".into(),
            Self::TooManyRows(rows) => format!("超过 {rows} 行"),
            Self::NotDetails => "不是票据明细的编码".into(),
            Self::NotAReason => "不是原因说明：应为 1 至 512 字节，不含控制字符".into(),
            Self::UnknownKind => "票据代码的种类不属于其分类".into(),
            Self::NotYuan => "不是 CNY：票据以人民币元计".into(),
            Self::NotParity => "不是 1：票据以人民币元计".into(),
            Self::NoItems => "票据至少有一个项目".into(),
            Self::ItemsOffTotal { items, total } => format!(
                "项目金额合计 {} 元，与总金额 {} 元不符",
                yuan_of_fen(*items),
                yuan_of_fen(*total)
            ),
            Self::LinesOffItem {
                code,
                lines,
                item,
                tolerance,
            } => format!(
                "项目 {code} 的清单合计 {} 元，与项目金额 {} 元不符（允许误差 {} 元）",
                yuan_of_fen(*lines),
                yuan_of_fen(*item),
                yuan_of_fen(*tolerance)
            ),
            Self::LineOfNoItem => "所属项目不在本票据中".into(),
            Self::ChannelsOffTotal { channels, total } => format!(
                "各支付渠道合计 {} 元，与总金额 {} 元不符",
                yuan_of_fen(*channels),
                yuan_of_fen(*total)
            ),
            Self::Overflow => "金额过大，无法合计".into(),
            Self::ForeignIssuer => "既不是开票单位本身，也不是其代开的执收单位".into(),
            Self::Reversal => "带有相关票据：红票应通过冲红产生，不能直接开具".into(),
            Self::NotAReversal => "红票金额应为原票金额的负数".into(),
            Self::OutBeforeIn => "早于入院日期".into(),
        }
    }
}
