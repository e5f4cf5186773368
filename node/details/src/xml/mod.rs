//! The national XML of a receipt (docs/DOMAIN.md §2), read and written.
//!
//! ```text
//!   file ──tree──► elements ──read──► Document ──write──► file
//!                                        ▲
//!                                   layout: which names, under which
//! ```
//!
//! Accepted: any order of elements, empty and absent ones, unknown ones (kept as
//! they came, by the path where they stood), rows of `AuxItem` wherever they stand
//! under `EInvoiceData`. Refused: what two readers could read in two ways. That is an
//! element that stands twice where one belongs, text between elements, and an
//! unknown place that names a decisive field with another value.

pub mod bounds;
mod document;
mod error;
mod layout;
mod read;
mod tree;
mod write;

pub use document::{Document, Fields, Kept};
pub use error::{CodePoint, XmlError};
pub use read::read;
pub use write::write;

/// Whether `name` is an element of `MainExt` that has a field of its own.
#[must_use]
pub fn is_taken(name: &str) -> bool {
    layout::first_letter_free(layout::MAIN_EXT_NAMES, name).is_some()
        || name == layout::names::AUX_ITEM
}

/// Whether `raw` is exactly one well-formed element within the bounds.
#[must_use]
pub fn is_one_element(raw: &str) -> bool {
    tree::parse(raw.as_bytes()).is_ok_and(|element| element.raw.len() == raw.len())
}
