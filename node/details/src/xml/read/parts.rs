//! Parts that occur in several places of the XML: values, groups of values, rows of the fee list, unknown parts.

use super::{
    super::{
        Fields, UnknownPart, XmlError,
        bounds::{KEPT_MAX, LINES_MAX},
        elements::Element,
        layout::{AUX_ITEM_NAMES, DECISIVE_NAMES, exactly, in_any_case, names},
    },
    Reading,
};

impl Reading {
    /// Reads a row of the fee list, whatever its parent.
    pub(super) fn line(&mut self, element: &Element<'_>) -> Result<(), XmlError> {
        if self.document.lines.len() >= LINES_MAX {
            return Err(XmlError::TooMany {
                what: names::AUX_ITEM,
            });
        }
        let row = self.document.lines.len() + 1;
        let path = format!("{}/{}[{row}]", lines_path(), names::AUX_ITEM);
        // Reserves the row's place before its children are read, so that nested rows come after it.
        self.document.lines.push(Fields::default());
        let fields = self.group(element, path, AUX_ITEM_NAMES)?;
        self.document.lines[row - 1] = fields;
        Ok(())
    }

    /// Reads an element that may hold rows of the fee list. Its other parts are kept at the path where rows are
    /// written.
    pub(super) fn lines_or_unknown(
        &mut self,
        element: &Element<'_>,
        path: &str,
    ) -> Result<(), XmlError> {
        if element.name == names::AUX_ITEM {
            return self.line(element);
        }
        if element.name != names::AUX_DETAILS && !holds_lines(element) {
            return self.keep_element(element, path);
        }
        let inside = self.enter(element, lines_path())?;
        for child in &element.children {
            self.lines_or_unknown(child, &inside.path)?;
        }
        Ok(())
    }

    /// Reads an element that holds plain elements of known names.
    pub(super) fn group(
        &mut self,
        element: &Element<'_>,
        path: String,
        known: &[&'static str],
    ) -> Result<Fields, XmlError> {
        let mut place = self.enter(element, path)?;
        let mut fields = Fields::default();
        for child in &element.children {
            if let Some(name) = exactly(known, child.name) {
                place.once(name)?;
                fields.set(name, self.value(child, place.below(name))?);
            } else {
                self.lines_or_unknown(child, &place.path)?;
            }
        }
        Ok(fields)
    }

    pub(super) fn value(
        &mut self,
        element: &Element<'_>,
        path: String,
    ) -> Result<String, XmlError> {
        if !element.children.is_empty() {
            return Err(XmlError::NotAValue { element: path });
        }
        self.keep_attributes(element, &path)?;
        Ok(element.text.clone())
    }

    pub(super) fn keep_attributes(
        &mut self,
        element: &Element<'_>,
        path: &str,
    ) -> Result<(), XmlError> {
        for (name, value) in &element.attributes {
            match self.kept_attribute(path, name) {
                None => self.keep(path, UnknownPart::Attribute(name.clone(), value.clone()))?,
                Some(kept) if kept == value => {}
                Some(_) => {
                    return Err(XmlError::Conflicting {
                        element: format!("{path}/@{name}"),
                    });
                }
            }
        }
        Ok(())
    }

    /// Returns the kept value of an attribute. Rows of several elements are written into one element, so the same
    /// attribute may be read twice for one path.
    fn kept_attribute(&self, path: &str, attribute: &str) -> Option<&String> {
        self.document
            .kept
            .get(path)?
            .iter()
            .find_map(|kept| match kept {
                UnknownPart::Attribute(name, value) if name == attribute => Some(value),
                UnknownPart::Attribute(..) | UnknownPart::Element(_) => None,
            })
    }

    pub(super) fn keep_element(
        &mut self,
        element: &Element<'_>,
        path: &str,
    ) -> Result<(), XmlError> {
        self.note_decisive(element);
        self.keep(path, UnknownPart::Element(element.raw.to_owned()))
    }

    fn keep(&mut self, path: &str, what: UnknownPart) -> Result<(), XmlError> {
        self.kept += 1;
        if self.kept > KEPT_MAX {
            return Err(XmlError::TooMany {
                what: "unknown elements and attributes",
            });
        }
        self.document
            .kept
            .entry(path.to_owned())
            .or_default()
            .push(what);
        Ok(())
    }

    pub(super) fn note_decisive(&mut self, element: &Element<'_>) {
        let name = in_any_case(DECISIVE_NAMES, element.name);
        if let Some(name) = name.filter(|_| !element.text.is_empty()) {
            self.elsewhere.insert((name, element.text.clone()));
        }
        for child in &element.children {
            self.note_decisive(child);
        }
    }

    pub(super) fn expect_no_conflict(&self) -> Result<(), XmlError> {
        let document = &self.document;
        let places = [
            &document.main,
            &document.invoicing_party,
            &document.payer_party,
            &document.extension,
        ];
        for (name, elsewhere) in &self.elsewhere {
            if !places.iter().any(|fields| fields.text(name) == elsewhere) {
                return Err(XmlError::Conflicting {
                    element: (*name).to_owned(),
                });
            }
        }
        Ok(())
    }
}

fn holds_lines(element: &Element<'_>) -> bool {
    element
        .children
        .iter()
        .any(|child| child.name == names::AUX_ITEM || holds_lines(child))
}

/// Path at which rows of the fee list are written.
fn lines_path() -> String {
    [names::ROOT, names::DATA, names::AUX_DETAILS].join("/")
}
