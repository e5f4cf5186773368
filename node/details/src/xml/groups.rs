//! Searches elements that the format does not know for what was paid.
//!
//! ```text
//!   <MedicalInfo>                          a vendor's group, kept as it is
//!     <fundPayAmount>42.00</fundPayAmount> ──► grouped_channels: a channel, read
//!     <bigIllnessPay>12.00</bigIllnessPay> ──► leaves_of: not read, named if the channels do not sum
//! ```

use super::{
    elements::{self, Element},
    layout::{CHANNEL_NAMES, in_any_case},
};
use crate::{amount::fen_of_yuan, text::path};

/// An element that holds a text and no elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// The names from the kept element down to this one, with `/` between them.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// A channel that stands in an element that was kept unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupedChannel {
    /// The path of the kept element's parent.
    pub path: String,
    /// The channel, in the spelling of the format.
    pub name: &'static str,
    /// Its text.
    pub text: String,
}

/// Returns the channels in elements that were kept unchanged, given with the paths of their parents.
///
/// Rows of items and of the fee list may state amounts of their own under the same names, so they are left out. So are
/// names that repeat in one element outside `MainExt`: it is a list of rows.
pub fn grouped_channels<'a>(
    kept: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<GroupedChannel> {
    let mut found = Vec::new();
    for (parent, raw) in kept {
        if is_row(parent) {
            continue;
        }
        let channels = channels_of(raw);
        let is_extension = parent.starts_with(path::MAIN_EXT);
        let repeats = |name| channels.iter().filter(|(other, _)| *other == name).count() > 1;
        for (name, text) in &channels {
            if is_extension || !repeats(*name) {
                found.push(GroupedChannel {
                    path: parent.to_owned(),
                    name,
                    text: text.clone(),
                });
            }
        }
    }
    found
}

/// Tells whether `path` is a row of items or of the fee list.
fn is_row(path: &str) -> bool {
    path.ends_with(']')
}

/// Returns the channels in an element that was kept unchanged, in the order of the file.
fn channels_of(raw: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    if let Ok(kept) = elements::parse(raw.as_bytes()) {
        add_channels(&kept, &mut found);
    }
    found
}

fn add_channels(element: &Element<'_>, found: &mut Vec<(&'static str, String)>) {
    if let Some(name) = channel_of(element.name)
        && !element.text.is_empty()
    {
        found.push((name, element.text.clone()));
    }
    for child in &element.children {
        add_channels(child, found);
    }
}

/// Returns the channel that an element of this name states, in the spelling of the format.
pub fn channel_of(name: &str) -> Option<&'static str> {
    in_any_case(CHANNEL_NAMES, name)
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
