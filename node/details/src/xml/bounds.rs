//! Bounds on a receipt's XML.
//!
//! A long inpatient fee list has some thousands of lines with about 400 bytes and ten elements each. Each bound leaves
//! room for [`LINES_MAX`] of them, and none for a file that is meant to exhaust a node.

/// Longest file, in bytes.
pub const FILE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most elements in a file.
pub const ELEMENTS_MAX: usize = 150_000;
/// Deepest nesting of elements.
pub const DEPTH_MAX: usize = 16;
/// Most attributes of an element.
pub const ATTRIBUTES_MAX: usize = 16;
/// Longest name of an element or attribute, in bytes.
pub const NAME_BYTES_MAX: usize = 128;
/// Longest text of an element, in bytes: seals and signatures carry certificates.
pub const TEXT_BYTES_MAX: usize = 256 * 1024;
/// Most `<Item>` rows.
pub const ITEMS_MAX: usize = 1_000;
/// Most `<AuxItem>` rows.
pub const LINES_MAX: usize = 10_000;
/// Most `<EInvoiceSignature>` elements: the issuer's, the supervisor's, and as many again.
pub const SIGNATURES_MAX: usize = 4;
/// Most unknown elements and attributes.
pub const KEPT_MAX: usize = 1_000;
/// Most unknown plain elements of `<MainExt>`.
pub const EXTENSIONS_MAX: usize = 256;
