//! Searches elements that the format does not know for what was paid.
//!
//! ```text
//!   <MedicalInfo>                          a vendor's group, kept as it is
//!     <fundPayAmount>42.00</fundPayAmount> ──► channels_in: a channel, read
//!     <bigIllnessPay>12.00</bigIllnessPay> ──► leaves_of: not read, named if the channels do not sum
//! ```

use super::{
    elements::{self, Element},
    layout::{CHANNEL_NAMES, in_any_case},
};
use crate::amount::fen_of_yuan;

/// An element that holds a text and no elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The names from the kept element down to this one, with `/` between them.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Returns the channels in a group of unknown elements, in the order of the file.
pub(super) fn channels_in(group: &Element<'_>) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for child in &group.children {
        match in_any_case(CHANNEL_NAMES, child.name).filter(|_| !child.text.is_empty()) {
            Some(name) => found.push((name, child.text.clone())),
            None => found.extend(channels_in(child)),
        }
    }
    found
}

/// Returns the channels in an element that was kept unchanged.
pub fn channels_of(raw: &str) -> Vec<(&'static str, String)> {
    elements::parse(raw.as_bytes()).map_or_else(|_| Vec::new(), |kept| channels_in(&kept))
}

/// Returns the leaves of an element that was kept unchanged, in the order of the file.
pub fn leaves_of(raw: &str) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    if let Ok(kept) = elements::parse(raw.as_bytes()) {
        add_leaves(&kept, kept.name.to_owned(), &mut leaves);
    }
    leaves
}

fn add_leaves(element: &Element<'_>, path: String, leaves: &mut Vec<Leaf>) {
    if !element.text.is_empty() {
        leaves.push(Leaf {
            path: path.clone(),
            text: element.text.clone(),
        });
    }
    for child in &element.children {
        add_leaves(child, format!("{path}/{}", child.name), leaves);
    }
}

/// Tells whether two texts are the same amount.
pub fn is_same_amount(left: &str, right: &str) -> bool {
    left == right
        || fen_of_yuan(left)
            .zip(fen_of_yuan(right))
            .is_some_and(|(left, right)| left == right)
}
