//! A receipt's XML: texts by element name, not interpreted.

use std::collections::BTreeMap;

use crate::date::write_date;

/// Texts of one group of elements by element name. An empty text counts as absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(BTreeMap<&'static str, String>);

impl Fields {
    /// Returns the text of `name`; empty when absent.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Sets the text of `name`; an empty one removes it.
    pub fn set(&mut self, name: &'static str, text: impl Into<String>) {
        let text = text.into();
        if text.is_empty() {
            self.0.remove(name);
        } else {
            self.0.insert(name, text);
        }
    }

    /// Tells whether no text is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A part of a file that the format does not know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UnknownPart {
    /// An attribute, as (name, value).
    Attribute(String, String),
    /// An element, unchanged.
    Element(String),
}

/// A receipt's XML.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// `<Header>`
    pub header: Fields,
    /// The plain elements of `<Main>`.
    pub main: Fields,
    /// `<InvoicingParty>`
    pub invoicing_party: Fields,
    /// `<PayerParty>`
    pub payer_party: Fields,
    /// The known elements of `<MainExt>`.
    pub extension: Fields,
    /// The other plain elements of `<MainExt>`; empty ones are dropped.
    pub more: BTreeMap<String, String>,
    /// `<InvoicingPartySeal>`
    pub invoicing_seal: Option<Fields>,
    /// `<SupervisorPartySeal>`
    pub supervisor_seal: Option<Fields>,
    /// `<Item>` rows in the order of the file.
    pub items: Vec<Fields>,
    /// `<AuxItem>` rows in the order of the file.
    pub lines: Vec<Fields>,
    /// `<EInvoiceSignature>` elements, unchanged.
    pub signatures: Vec<String>,
    /// Unknown parts by the path of their parent, in the order of the file.
    pub kept: BTreeMap<String, Vec<UnknownPart>>,
}

impl Document {
    /// Sets another issue date: decimal `yyyymmdd`, Beijing. The ledger accepts receipts only near their date, so a
    /// sample needs the current one.
    pub fn set_issue_date(&mut self, date: u32) {
        self.main.set("IssueDate", write_date(date));
    }
}
