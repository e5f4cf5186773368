//! Reads and writes the national XML of a receipt (docs/DOMAIN.md §2).
//!
//! ```text
//!   file ──elements──► Element ──read──► Document ──write──► file
//!                                        ▲
//!                                   layout: names and their parents
//! ```
//!
//! Accepted: any order of elements; empty and absent elements; unknown elements, kept unchanged with their path;
//! `AuxItem` rows anywhere under `EInvoiceData`; the names of `MainExt` in any case; the settlement channels wherever
//! they stand outside rows. Rejected: anything that two readers could understand in two ways. That
//! is an element that occurs twice where one belongs, text between elements, and a decisive field that an unknown place
//! repeats with another value.

pub mod bounds;
mod document;
mod elements;
mod error;
mod groups;
mod layout;
mod read;
mod write;

pub use document::{Document, Fields, UnknownPart};
pub use error::{CodePoint, XmlError};
pub use groups::{GroupedChannel, Leaf, channel_of, grouped_channels, is_same_amount, leaves_of};
pub use read::read;
pub use write::write;

/// Tells whether `name` is an element of `MainExt` that has a field of its own.
pub fn is_taken(name: &str) -> bool {
    layout::in_any_case(layout::MAIN_EXT_NAMES, name).is_some() || name == layout::names::AUX_ITEM
}

/// Tells whether `raw` is exactly one well-formed element within the bounds.
pub fn is_one_element(raw: &str) -> bool {
    elements::parse(raw.as_bytes()).is_ok_and(|element| element.raw.len() == raw.len())
}
