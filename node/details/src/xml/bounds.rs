//! Bounds of a receipt's XML. A long inpatient fee list has some thousands of
//! lines of about 400 bytes and ten elements each; each bound leaves room for
//! [`LINES_MAX`] of them and none for a file that is meant to exhaust a node.

/// Bytes of a file.
pub const FILE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Elements in a file.
pub const ELEMENTS_MAX: usize = 150_000;
/// Elements inside one another.
pub const DEPTH_MAX: usize = 16;
/// Attributes of one element.
pub const ATTRIBUTES_MAX: usize = 16;
/// Bytes of an element's or attribute's name.
pub const NAME_BYTES_MAX: usize = 128;
/// Bytes of one element's text: seals and signatures carry certificates.
pub const TEXT_BYTES_MAX: usize = 256 * 1024;
/// `<Item>` rows.
pub const ITEMS_MAX: usize = 1_000;
/// `<AuxItem>` rows.
pub const LINES_MAX: usize = 10_000;
/// `<EInvoiceSignature>` elements: the issuer's, the supervisor's, and as many again.
pub const SIGNATURES_MAX: usize = 4;
/// Unknown elements and attributes that are kept.
pub const KEPT_MAX: usize = 1_000;
/// Unknown plain elements of `<MainExt>`.
pub const EXTENSIONS_MAX: usize = 256;
