//! Errors of reading a file.

use std::fmt;

use piaolian_contracts::rules;

rules! {
    /// Refuses a file before its fields are looked at. Numbers are never reused.
    pub enum XmlError {
        /// Above [`FILE_BYTES_MAX`](super::bounds::FILE_BYTES_MAX).
        9101 FileTooLarge { bytes: usize } "the file has {0} bytes, more than are read" "文件过大：{0} 字节"
        /// Not UTF-8 from this byte on.
        9102 NotUtf8 { position: usize }
            "the file is not UTF-8 from byte {0} on"
            "文件自第 {0} 字节起不是 UTF-8"
        /// The declaration names another encoding.
        9103 Encoding { encoding: String }
            "the file says that its encoding is {0}; only UTF-8 is read"
            "文件声明的编码为 {0}，只接受 UTF-8"
        /// Not well-formed XML, after so many bytes.
        9104 NotWellFormed { position: usize, reason: String }
            "not well-formed XML at byte {0}: {1}"
            "第 {0} 字节处不是合法的 XML：{1}"
        /// A `<!DOCTYPE>`.
        9105 DocumentType "a document type is not accepted" "不接受文档类型声明（DOCTYPE）"
        /// An entity other than the five of XML.
        9106 UnknownEntity { name: String } "unknown entity &{0};" "未知实体 &{0};"
        /// A control character.
        9107 BadCharacter { character: CodePoint } "character {0} is not allowed" "不允许的字符 {0}"
        /// A name that is none.
        9108 BadName { name: String } "`{0}` is not an accepted name" "名称“{0}”不可接受"
        /// No element at all.
        9109 NoRoot "the file holds no element" "文件中没有任何元素"
        /// More than one root element.
        9110 SecondRoot "the file holds more than one root element" "文件有多个根元素"
        /// Text beside the root element.
        9111 TextOutsideRoot "text stands outside the root element" "根元素之外有文字"
        /// Above [`DEPTH_MAX`](super::bounds::DEPTH_MAX).
        9112 TooDeep "elements are nested too deeply" "元素嵌套过深"
        /// Above [`ELEMENTS_MAX`](super::bounds::ELEMENTS_MAX).
        9113 TooManyElements "the file holds too many elements" "元素过多"
        /// Above [`ATTRIBUTES_MAX`](super::bounds::ATTRIBUTES_MAX).
        9114 TooManyAttributes { name: String } "too many attributes, from {0} on" "属性过多（自 {0} 起）"
        /// Above [`TEXT_BYTES_MAX`](super::bounds::TEXT_BYTES_MAX).
        9115 TextTooLong { name: String } "the text of {0} is too long" "{0} 的文字过长"
        /// More rows, signatures, extensions or unknown parts than are read.
        9116 TooMany { what: &'static str } "too many of {0}" "{0} 过多"
        /// The root element is another.
        9117 NotAnInvoice { root: String }
            "the root element is <{0}>, not <EInvoice>"
            "根元素是 <{0}>，不是 <EInvoice>"
        /// An element stands twice where one belongs.
        9118 Duplicate { element: String } "{0} stands more than once" "{0} 重复出现"
        /// Elements where a value belongs.
        9119 NotAValue { element: String }
            "{0} holds elements where a value belongs"
            "{0} 应为值，却含有元素"
        /// Text where elements belong.
        9120 MixedContent { element: String }
            "{0} holds text where elements belong"
            "{0} 应为元素，却夹有文字"
        /// A decisive field with another value elsewhere.
        9121 Conflicting { element: String }
            "{0} has another value than the one that stands where it belongs"
            "{0} 的值与其应在位置上的值不一致"
    }
}

/// A Unicode code point, shown as `U+000B`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodePoint(pub u32);

impl fmt::Display for CodePoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "U+{:04X}", self.0)
    }
}
