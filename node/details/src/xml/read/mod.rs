//! Reads elements into a [`Document`].

mod parts;

use std::collections::BTreeSet;

use super::{
    Document, UnknownPart, XmlError,
    bounds::{EXTENSIONS_MAX, ITEMS_MAX, SIGNATURES_MAX},
    elements::{self, Element},
    groups::{grouped_channels, is_same_amount},
    layout::{
        HEADER_NAMES, INVOICING_PARTY_NAMES, ITEM_NAMES, MAIN_EXT_NAMES, MAIN_NAMES,
        PAYER_PARTY_NAMES, SEAL_NAMES, exactly, in_any_case, names,
    },
};

/// Reads a receipt's XML.
///
/// # Errors
/// When the file is above a bound, not well-formed, or ambiguous.
pub fn read(file: &[u8]) -> Result<Document, XmlError> {
    let root = elements::parse(file)?;
    if root.name != names::ROOT {
        return Err(XmlError::NotAnInvoice {
            root: root.name.to_owned(),
        });
    }
    let mut reading = Reading::default();
    reading.root(&root)?;
    take_channels(&mut reading.document)?;
    reading.expect_no_conflict()?;
    Ok(reading.document)
}

/// Takes the channels that stand in vendors' groups. The groups themselves are kept as they are.
fn take_channels(document: &mut Document) -> Result<(), XmlError> {
    let kept = document.kept.iter().flat_map(|(path, parts)| {
        parts.iter().filter_map(|part| match part {
            UnknownPart::Element(raw) => Some((path.as_str(), raw.as_str())),
            UnknownPart::Attribute(..) => None,
        })
    });
    for grouped in grouped_channels(kept) {
        let known = document.extension.text(grouped.name);
        if known.is_empty() {
            document.extension.set(grouped.name, grouped.text);
        } else if !is_same_amount(known, &grouped.text) {
            return Err(XmlError::Conflicting {
                element: grouped.name.to_owned(),
            });
        }
    }
    Ok(())
}

#[derive(Default)]
struct Reading {
    document: Document,
    kept: usize,
    /// Decisive names and values in unknown places.
    elsewhere: BTreeSet<(&'static str, String)>,
}

/// An element that holds elements: its path, and the children seen so far.
struct Place {
    path: String,
    seen: BTreeSet<&'static str>,
}

impl Place {
    fn below(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }

    /// Notes a child that may occur once.
    fn once(&mut self, name: &'static str) -> Result<(), XmlError> {
        if self.seen.insert(name) {
            Ok(())
        } else {
            Err(XmlError::Duplicate {
                element: self.below(name),
            })
        }
    }
}

impl Reading {
    fn enter(&mut self, element: &Element<'_>, path: String) -> Result<Place, XmlError> {
        if !element.text.is_empty() {
            return Err(XmlError::MixedContent { element: path });
        }
        self.keep_attributes(element, &path)?;
        Ok(Place {
            path,
            seen: BTreeSet::new(),
        })
    }

    fn root(&mut self, root: &Element<'_>) -> Result<(), XmlError> {
        let mut place = self.enter(root, names::ROOT.to_owned())?;
        for child in &root.children {
            match child.name {
                names::HEADER => {
                    place.once(names::HEADER)?;
                    self.document.header =
                        self.group(child, place.below(names::HEADER), HEADER_NAMES)?;
                }
                names::DATA => {
                    place.once(names::DATA)?;
                    self.data(child, place.below(names::DATA))?;
                }
                names::SIGNATURE => {
                    if self.document.signatures.len() >= SIGNATURES_MAX {
                        return Err(XmlError::TooMany {
                            what: names::SIGNATURE,
                        });
                    }
                    self.document.signatures.push(child.raw.to_owned());
                }
                _ => self.keep_element(child, &place.path)?,
            }
        }
        Ok(())
    }

    fn data(&mut self, data: &Element<'_>, path: String) -> Result<(), XmlError> {
        let mut place = self.enter(data, path)?;
        for child in &data.children {
            match child.name {
                names::MAIN => {
                    place.once(names::MAIN)?;
                    self.main(child, place.below(names::MAIN))?;
                }
                names::DETAILS => {
                    place.once(names::DETAILS)?;
                    self.items(child, place.below(names::DETAILS))?;
                }
                _ => self.lines_or_unknown(child, &place.path)?,
            }
        }
        Ok(())
    }

    fn main(&mut self, main: &Element<'_>, path: String) -> Result<(), XmlError> {
        let mut place = self.enter(main, path)?;
        for child in &main.children {
            if let Some(name) = exactly(MAIN_NAMES, child.name) {
                place.once(name)?;
                let text = self.value(child, place.below(name))?;
                self.document.main.set(name, text);
                continue;
            }
            match child.name {
                names::INVOICING_PARTY => {
                    place.once(names::INVOICING_PARTY)?;
                    let path = place.below(names::INVOICING_PARTY);
                    self.document.invoicing_party =
                        self.group(child, path, INVOICING_PARTY_NAMES)?;
                }
                names::PAYER_PARTY => {
                    place.once(names::PAYER_PARTY)?;
                    let path = place.below(names::PAYER_PARTY);
                    self.document.payer_party = self.group(child, path, PAYER_PARTY_NAMES)?;
                }
                names::MAIN_EXT => {
                    place.once(names::MAIN_EXT)?;
                    self.extension(child, place.below(names::MAIN_EXT))?;
                }
                names::INVOICING_SEAL => {
                    place.once(names::INVOICING_SEAL)?;
                    let path = place.below(names::INVOICING_SEAL);
                    self.document.invoicing_seal = Some(self.group(child, path, SEAL_NAMES)?);
                }
                names::SUPERVISOR_SEAL => {
                    place.once(names::SUPERVISOR_SEAL)?;
                    let path = place.below(names::SUPERVISOR_SEAL);
                    self.document.supervisor_seal = Some(self.group(child, path, SEAL_NAMES)?);
                }
                _ => self.lines_or_unknown(child, &place.path)?,
            }
        }
        Ok(())
    }

    fn extension(&mut self, element: &Element<'_>, path: String) -> Result<(), XmlError> {
        let mut place = self.enter(element, path)?;
        for child in &element.children {
            if let Some(name) = in_any_case(MAIN_EXT_NAMES, child.name) {
                place.once(name)?;
                let text = self.value(child, place.below(name))?;
                self.document.extension.set(name, text);
            } else if child.children.is_empty() && child.attributes.is_empty() {
                self.more(child, &place)?;
            } else {
                self.lines_or_unknown(child, &place.path)?;
            }
        }
        Ok(())
    }

    fn more(&mut self, child: &Element<'_>, place: &Place) -> Result<(), XmlError> {
        self.note_decisive(child);
        if child.name == names::AUX_ITEM {
            return self.line(child);
        }
        if child.text.is_empty() {
            return Ok(());
        }
        if self.document.more.len() >= EXTENSIONS_MAX {
            return Err(XmlError::TooMany {
                what: names::MAIN_EXT,
            });
        }
        match self
            .document
            .more
            .insert(child.name.to_owned(), child.text.clone())
        {
            None => Ok(()),
            Some(_) => Err(XmlError::Duplicate {
                element: place.below(child.name),
            }),
        }
    }

    fn items(&mut self, details: &Element<'_>, path: String) -> Result<(), XmlError> {
        let place = self.enter(details, path)?;
        for child in &details.children {
            if child.name != names::ITEM {
                self.lines_or_unknown(child, &place.path)?;
                continue;
            }
            if self.document.items.len() >= ITEMS_MAX {
                return Err(XmlError::TooMany { what: names::ITEM });
            }
            let row = self.document.items.len() + 1;
            let path = format!("{}/{}[{row}]", place.path, names::ITEM);
            let fields = self.group(child, path, ITEM_NAMES)?;
            self.document.items.push(fields);
        }
        Ok(())
    }
}
