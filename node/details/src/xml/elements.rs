//! Reads a file into a bounded tree of elements.
//!
//! ```text
//!   bytes ──UTF-8, size──► events ──depth, count, lengths──► Element
//! ```
//!
//! A document type is rejected, and with it every entity but the five of XML itself: nothing outside the file is read.

use quick_xml::{
    Reader,
    events::{BytesRef, BytesStart, Event},
};

use super::{
    CodePoint, XmlError,
    bounds::{
        ATTRIBUTES_MAX, DEPTH_MAX, ELEMENTS_MAX, FILE_BYTES_MAX, NAME_BYTES_MAX, TEXT_BYTES_MAX,
    },
};

/// An element with its content.
#[derive(Debug)]
pub(super) struct Element<'a> {
    /// The name without its namespace prefix.
    pub(super) name: &'a str,
    /// The attributes as written, with prefixes.
    pub(super) attributes: Vec<(String, String)>,
    /// Character data of the element itself, trimmed.
    pub(super) text: String,
    pub(super) children: Vec<Element<'a>>,
    /// The element as the file has it.
    pub(super) raw: &'a str,
}

/// Reads the root element of a file.
///
/// # Errors
/// When the file is above a bound, is not well-formed UTF-8 XML, or has a document type.
pub(super) fn parse(file: &[u8]) -> Result<Element<'_>, XmlError> {
    if file.len() > FILE_BYTES_MAX {
        return Err(XmlError::FileTooLarge { bytes: file.len() });
    }
    let text = std::str::from_utf8(file).map_err(|error| XmlError::NotUtf8 {
        position: error.valid_up_to(),
    })?;
    Builder::new(text.strip_prefix('\u{feff}').unwrap_or(text)).build()
}

struct Open<'a> {
    element: Element<'a>,
    start: usize,
}

struct Builder<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    open: Vec<Open<'a>>,
    root: Option<Element<'a>>,
    elements: usize,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().enable_all_checks(true);
        Self {
            text,
            reader,
            open: Vec::new(),
            root: None,
            elements: 0,
        }
    }

    fn build(mut self) -> Result<Element<'a>, XmlError> {
        loop {
            let start = self.position();
            match self
                .reader
                .read_event()
                .map_err(|error| self.malformed(&error))?
            {
                Event::Start(tag) => self.open(&tag, start)?,
                Event::Empty(tag) => {
                    self.open(&tag, start)?;
                    self.close()?;
                }
                Event::End(_) => self.close()?,
                Event::Text(text) => {
                    let text = text
                        .xml10_content()
                        .map_err(|error| self.malformed(&error))?;
                    self.text(&text)?;
                }
                Event::CData(text) => {
                    let text = text
                        .xml10_content()
                        .map_err(|error| self.malformed(&error))?;
                    self.text(&text)?;
                }
                Event::GeneralRef(reference) => self.reference(&reference)?,
                Event::Decl(declaration) => {
                    if let Some(encoding) = declaration.encoding() {
                        let encoding = encoding.map_err(|error| self.malformed(&error))?;
                        expect_utf8(&encoding)?;
                    }
                }
                Event::DocType(_) => return Err(XmlError::DocumentType),
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        if let Some(open) = self.open.last() {
            return Err(XmlError::NotWellFormed {
                position: self.text.len(),
                reason: format!("<{}> is not closed", open.element.name),
            });
        }
        self.root.ok_or(XmlError::NoRoot)
    }

    /// Bytes read so far.
    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(self.text.len())
    }

    fn malformed(&self, error: &dyn std::fmt::Display) -> XmlError {
        XmlError::NotWellFormed {
            position: self.position(),
            reason: error.to_string(),
        }
    }

    fn open(&mut self, tag: &BytesStart<'a>, start: usize) -> Result<(), XmlError> {
        self.elements += 1;
        if self.elements > ELEMENTS_MAX {
            return Err(XmlError::TooManyElements);
        }
        if self.open.len() >= DEPTH_MAX {
            return Err(XmlError::TooDeep);
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(XmlError::SecondRoot);
        }
        // The type of the tag does not borrow from the input, so the name is sliced from the text instead.
        let name_start = start + 1;
        let name_end = name_start + tag.name().as_ref().len();
        let name = self.text.get(name_start..name_end).unwrap_or_default();
        let element = Element {
            name: local_name(name)?,
            attributes: self.attributes(tag)?,
            text: String::new(),
            children: Vec::new(),
            raw: "",
        };
        self.open.push(Open { element, start });
        Ok(())
    }

    fn attributes(&self, tag: &BytesStart<'_>) -> Result<Vec<(String, String)>, XmlError> {
        let mut found = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| self.malformed(&error))?;
            let name = std::str::from_utf8(attribute.key.as_ref())
                .map_err(|error| self.malformed(&error))?;
            local_name(name)?;
            let value = attribute
                .unescape_value()
                .map_err(|error| self.malformed(&error))?;
            expect_characters(&value)?;
            if value.len() > TEXT_BYTES_MAX {
                return Err(XmlError::TextTooLong {
                    name: name.to_owned(),
                });
            }
            if found.len() >= ATTRIBUTES_MAX {
                return Err(XmlError::TooManyAttributes {
                    name: name.to_owned(),
                });
            }
            found.push((name.to_owned(), value.into_owned()));
        }
        Ok(found)
    }

    fn text(&mut self, text: &str) -> Result<(), XmlError> {
        expect_characters(text)?;
        let Some(open) = self.open.last_mut() else {
            return if text.trim().is_empty() {
                Ok(())
            } else {
                Err(XmlError::TextOutsideRoot)
            };
        };
        if open.element.text.len() + text.len() > TEXT_BYTES_MAX {
            return Err(XmlError::TextTooLong {
                name: open.element.name.to_owned(),
            });
        }
        open.element.text.push_str(text);
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), XmlError> {
        let character = reference
            .resolve_char_ref()
            .map_err(|error| self.malformed(&error))?;
        if let Some(character) = character {
            return self.text(character.encode_utf8(&mut [0; 4]));
        }
        let name = reference.decode().map_err(|error| self.malformed(&error))?;
        match quick_xml::escape::resolve_xml_entity(&name) {
            Some(text) => self.text(text),
            None => Err(XmlError::UnknownEntity {
                name: name.chars().take(NAME_BYTES_MAX).collect(),
            }),
        }
    }

    fn close(&mut self) -> Result<(), XmlError> {
        let end = self.position();
        let Some(Open { mut element, start }) = self.open.pop() else {
            return Err(XmlError::NotWellFormed {
                position: end,
                reason: "a stray end tag".into(),
            });
        };
        element.raw = self.text.get(start..end).unwrap_or_default();
        trim(&mut element.text);
        match self.open.last_mut() {
            Some(parent) => parent.element.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }
}

/// Trims in place: most texts need no trimming.
fn trim(text: &mut String) {
    text.truncate(text.trim_end().len());
    text.drain(..text.len() - text.trim_start().len());
}

/// Returns the name without its prefix.
fn local_name(name: &str) -> Result<&str, XmlError> {
    let refused = || XmlError::BadName {
        name: name.chars().take(NAME_BYTES_MAX).collect(),
    };
    let local = name.rsplit(':').next().unwrap_or_default();
    let first_fits = local.starts_with(|c: char| c.is_alphabetic() || c == '_');
    let rest_fits = name
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'));
    if name.len() > NAME_BYTES_MAX || !first_fits || !rest_fits {
        return Err(refused());
    }
    Ok(local)
}

/// Rejects control characters except tab and line ends, escaped ones too (XML 1.0 §2.2).
fn expect_characters(text: &str) -> Result<(), XmlError> {
    let refused = |c: char| {
        (c.is_control() && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    match text.chars().find(|c| refused(*c)) {
        Some(character) => Err(XmlError::BadCharacter {
            character: CodePoint(character.into()),
        }),
        None => Ok(()),
    }
}

fn expect_utf8(encoding: &[u8]) -> Result<(), XmlError> {
    if encoding.eq_ignore_ascii_case(b"utf-8") || encoding.eq_ignore_ascii_case(b"utf8") {
        return Ok(());
    }
    Err(XmlError::Encoding {
        encoding: String::from_utf8_lossy(encoding).chars().take(32).collect(),
    })
}
