//! Writes a [`Document`] as XML.

use std::{collections::BTreeMap, fmt::Write};

use quick_xml::escape::escape;

use super::{
    Document, Fields, UnknownPart,
    layout::{
        AUX_ITEM_NAMES, HEADER_NAMES, INVOICING_PARTY_NAMES, ITEM_NAMES, MAIN_EXT_NAMES,
        MAIN_NAMES, PAYER_PARTY_NAMES, SEAL_NAMES, names,
    },
};

/// Writes a receipt's XML. Reading it gives the same document.
pub fn write(document: &Document) -> String {
    let mut pen = Pen {
        out: String::new(),
        path: Vec::new(),
        kept: &document.kept,
    };
    pen.out
        .push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    pen.group(names::ROOT, |pen| {
        pen.fields(names::HEADER, HEADER_NAMES, &document.header);
        pen.group(names::DATA, |pen| {
            pen.group(names::MAIN, |pen| main(pen, document));
            pen.group(names::DETAILS, |pen| {
                rows(pen, names::ITEM, ITEM_NAMES, &document.items);
            });
            pen.group(names::AUX_DETAILS, |pen| {
                rows(pen, names::AUX_ITEM, AUX_ITEM_NAMES, &document.lines);
            });
        });
        for signature in &document.signatures {
            pen.raw(signature);
        }
    });
    pen.out
}

fn main(pen: &mut Pen<'_>, document: &Document) {
    pen.values(MAIN_NAMES, &document.main);
    pen.fields(
        names::INVOICING_PARTY,
        INVOICING_PARTY_NAMES,
        &document.invoicing_party,
    );
    pen.fields(names::PAYER_PARTY, PAYER_PARTY_NAMES, &document.payer_party);
    pen.group(names::MAIN_EXT, |pen| {
        pen.values(MAIN_EXT_NAMES, &document.extension);
        for (name, text) in &document.more {
            pen.value(name, text);
        }
    });
    if let Some(seal) = &document.invoicing_seal {
        pen.fields(names::INVOICING_SEAL, SEAL_NAMES, seal);
    }
    if let Some(seal) = &document.supervisor_seal {
        pen.fields(names::SUPERVISOR_SEAL, SEAL_NAMES, seal);
    }
}

fn rows(pen: &mut Pen<'_>, name: &str, known: &[&'static str], rows: &[Fields]) {
    for (index, fields) in rows.iter().enumerate() {
        pen.row(name, index + 1, |pen| pen.values(known, fields));
    }
}

struct Pen<'a> {
    out: String,
    path: Vec<String>,
    kept: &'a BTreeMap<String, Vec<UnknownPart>>,
}

impl Pen<'_> {
    fn group(&mut self, name: &str, inside: impl FnOnce(&mut Self)) {
        self.element(name, name.to_owned(), inside);
    }

    fn row(&mut self, name: &str, row: usize, inside: impl FnOnce(&mut Self)) {
        self.element(name, format!("{name}[{row}]"), inside);
    }

    fn fields(&mut self, name: &str, known: &[&'static str], fields: &Fields) {
        self.group(name, |pen| pen.values(known, fields));
    }

    fn values(&mut self, known: &[&'static str], fields: &Fields) {
        for name in known {
            self.value(name, fields.text(name));
        }
    }

    fn element(&mut self, name: &str, step: String, inside: impl FnOnce(&mut Self)) {
        self.indent();
        self.path.push(step);
        let path = self.path.join("/");
        self.start(name, &path);
        self.out.push_str(">\n");
        inside(self);
        for kept in self.kept.get(&path).into_iter().flatten() {
            if let UnknownPart::Element(raw) = kept {
                self.raw(raw);
            }
        }
        self.path.pop();
        self.indent();
        self.end(name);
    }

    /// Writes a plain element, unless it is empty and has no unknown parts.
    fn value(&mut self, name: &str, text: &str) {
        let path = format!("{}/{name}", self.path.join("/"));
        if text.is_empty() && !self.kept.contains_key(&path) {
            return;
        }
        self.indent();
        self.start(name, &path);
        self.out.push('>');
        self.text(text);
        self.end(name);
    }

    fn start(&mut self, name: &str, path: &str) {
        self.out.push('<');
        self.out.push_str(name);
        for kept in self.kept.get(path).into_iter().flatten() {
            if let UnknownPart::Attribute(name, value) = kept {
                self.out.push(' ');
                self.out.push_str(name);
                self.out.push_str("=\"");
                self.text(value);
                self.out.push('"');
            }
        }
    }

    fn end(&mut self, name: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "</{name}>");
    }

    fn raw(&mut self, element: &str) {
        self.indent();
        self.out.push_str(element);
        self.out.push('\n');
    }

    /// Writes text or an attribute's value, with references for line ends and tabs where a reader would change them.
    fn text(&mut self, text: &str) {
        let escaped = escape(text);
        for character in escaped.chars() {
            match character {
                '\r' => self.out.push_str("&#13;"),
                '\n' => self.out.push_str("&#10;"),
                '\t' => self.out.push_str("&#9;"),
                other => self.out.push(other),
            }
        }
    }

    fn indent(&mut self) {
        for _ in 0..self.path.len() {
            self.out.push_str("  ");
        }
    }
}
