//! Errors of reading a file.

/// An error that rejects a file before its fields are checked. Numbers are never reused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// Above [`FILE_BYTES_MAX`](super::bounds::FILE_BYTES_MAX).
    #[error("the file has {0} bytes, more than are read")]
    FileTooLarge(usize),
    /// Not UTF-8 from this byte on.
    #[error("the file is not UTF-8 from byte {0} on")]
    NotUtf8(usize),
    /// The declaration names another encoding.
    #[error("the file says that its encoding is {0}; only UTF-8 is read")]
    Encoding(String),
    /// Not well-formed XML.
    #[error("not well-formed XML at byte {position}: {reason}")]
    Malformed {
        /// Bytes read so far.
        position: usize,
        /// The parser's message.
        reason: String,
    },
    /// A `<!DOCTYPE>`.
    #[error("a document type is not accepted")]
    DocumentType,
    /// An entity other than the five of XML.
    #[error("unknown entity &{0};")]
    UnknownEntity(String),
    /// A control character.
    #[error("character U+{0:04X} is not allowed")]
    BadCharacter(u32),
    /// A name that is none.
    #[error("`{0}` is not an accepted name")]
    BadName(String),
    /// No element at all.
    #[error("the file holds no element")]
    NoRoot,
    /// More than one root element.
    #[error("the file holds more than one root element")]
    SecondRoot,
    /// Text beside the root element.
    #[error("text stands outside the root element")]
    TextOutsideRoot,
    /// Above [`DEPTH_MAX`](super::bounds::DEPTH_MAX).
    #[error("elements are nested too deeply")]
    TooDeep,
    /// Above [`ELEMENTS_MAX`](super::bounds::ELEMENTS_MAX).
    #[error("the file holds too many elements")]
    TooManyElements,
    /// Above [`ATTRIBUTES_MAX`](super::bounds::ATTRIBUTES_MAX).
    #[error("too many attributes, from {0} on")]
    TooManyAttributes(String),
    /// Above [`TEXT_BYTES_MAX`](super::bounds::TEXT_BYTES_MAX).
    #[error("the text of {0} is too long")]
    TextTooLong(String),
    /// More rows, signatures, extensions or unknown parts than are read.
    #[error("too many of {0}")]
    TooMany(&'static str),
    /// The root element is another.
    #[error("the root element is <{0}>, not <EInvoice>")]
    NotAnInvoice(String),
    /// An element stands twice where one belongs.
    #[error("{0} stands more than once")]
    Duplicate(String),
    /// Elements where a value belongs.
    #[error("{0} holds elements where a value belongs")]
    NotAValue(String),
    /// Text where elements belong.
    #[error("{0} holds text where elements belong")]
    MixedContent(String),
    /// A decisive field with another value elsewhere.
    #[error("{0} has another value than the one that stands where it belongs")]
    Conflicting(String),
}

impl XmlError {
    /// The number of the error, 9101 to 9199.
    #[must_use]
    pub const fn code(&self) -> u32 {
        match self {
            Self::FileTooLarge(_) => 9101,
            Self::NotUtf8(_) => 9102,
            Self::Encoding(_) => 9103,
            Self::Malformed { .. } => 9104,
            Self::DocumentType => 9105,
            Self::UnknownEntity(_) => 9106,
            Self::BadCharacter(_) => 9107,
            Self::BadName(_) => 9108,
            Self::NoRoot => 9109,
            Self::SecondRoot => 9110,
            Self::TextOutsideRoot => 9111,
            Self::TooDeep => 9112,
            Self::TooManyElements => 9113,
            Self::TooManyAttributes(_) => 9114,
            Self::TextTooLong(_) => 9115,
            Self::TooMany(_) => 9116,
            Self::NotAnInvoice(_) => 9117,
            Self::Duplicate(_) => 9118,
            Self::NotAValue(_) => 9119,
            Self::MixedContent(_) => 9120,
            Self::Conflicting(_) => 9121,
        }
    }

    /// The message in Chinese.
    #[must_use]
    pub fn chinese(&self) -> String {
        match self {
            Self::FileTooLarge(bytes) => format!("文件过大：{bytes} 字节"),
            Self::NotUtf8(position) => format!("文件自第 {position} 字节起不是 UTF-8"),
            Self::Encoding(name) => format!("文件声明的编码为 {name}，只接受 UTF-8"),
            Self::Malformed { position, reason } => {
                format!("第 {position} 字节处不是合法的 XML：{reason}")
            }
            Self::DocumentType => "不接受文档类型声明（DOCTYPE）".into(),
            Self::UnknownEntity(name) => format!("未知实体 &{name};"),
            Self::BadCharacter(code) => format!("不允许的字符 U+{code:04X}"),
            Self::BadName(name) => format!("名称“{name}”不可接受"),
            Self::NoRoot => "文件中没有任何元素".into(),
            Self::SecondRoot => "文件有多个根元素".into(),
            Self::TextOutsideRoot => "根元素之外有文字".into(),
            Self::TooDeep => "元素嵌套过深".into(),
            Self::TooManyElements => "元素过多".into(),
            Self::TooManyAttributes(name) => format!("属性过多（自 {name} 起）"),
            Self::TextTooLong(name) => format!("{name} 的文字过长"),
            Self::TooMany(what) => format!("{what} 过多"),
            Self::NotAnInvoice(name) => format!("根元素是 <{name}>，不是 <EInvoice>"),
            Self::Duplicate(path) => format!("{path} 重复出现"),
            Self::NotAValue(path) => format!("{path} 应为值，却含有元素"),
            Self::MixedContent(path) => format!("{path} 应为元素，却夹有文字"),
            Self::Conflicting(path) => format!("{path} 的值与其应在位置上的值不一致"),
        }
    }
}
