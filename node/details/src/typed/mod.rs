//! Converts between a [`Document`] of texts and the [`ReceiptDetails`] message.
//!
//! ```text
//!   Document ──from_document──► ReceiptDetails      texts become amounts, dates, numbers
//!            ◄──to_document────                     and back; nothing is lost
//! ```
//!
//! [`rules`](super::rules) checks whether the values make a receipt.

mod extension;
mod field;
mod head;
mod rows;

use piaolian_proto::v1::{DetailsField, DetailsKept, ReceiptDetails, details_kept::What};

pub(super) use extension::{amounts, dates, texts};

use super::{
    text::path,
    violation::Findings,
    xml::{Document, UnknownPart},
};

/// Converts a document into a message without salt. Wrong fields are added to `findings` and left at their default.
pub(super) fn from_document(document: &Document, findings: &mut Findings) -> ReceiptDetails {
    ReceiptDetails {
        salt: Vec::new().into(),
        header: Some(head::header(&document.header)),
        main: Some(head::main(&document.main, findings)),
        invoicing_party: Some(head::invoicing_party(&document.invoicing_party)),
        payer_party: Some(head::payer_party(&document.payer_party, findings)),
        extension: Some(extension::extension(document, findings)),
        invoicing_seal: document.invoicing_seal.as_ref().map(head::seal),
        supervisor_seal: document.supervisor_seal.as_ref().map(head::seal),
        items: rows::read(&document.items, path::item, findings, rows::item),
        lines: rows::read(&document.lines, path::line, findings, rows::line),
        signatures: document.signatures.clone(),
        kept: kept(document),
    }
}

/// Converts a message into a document. [`from_document`] gives the same message, without its salt.
pub(super) fn to_document(details: &ReceiptDetails) -> Document {
    let mut document = Document {
        invoicing_seal: details.invoicing_seal.as_ref().map(head::seal_fields),
        supervisor_seal: details.supervisor_seal.as_ref().map(head::seal_fields),
        items: details.items.iter().map(rows::item_fields).collect(),
        lines: details.lines.iter().map(rows::line_fields).collect(),
        signatures: details.signatures.clone(),
        ..Document::default()
    };
    if let Some(header) = &details.header {
        document.header = head::header_fields(header);
    }
    if let Some(main) = &details.main {
        document.main = head::main_fields(main);
    }
    if let Some(party) = &details.invoicing_party {
        document.invoicing_party = head::invoicing_party_fields(party);
    }
    if let Some(party) = &details.payer_party {
        document.payer_party = head::payer_party_fields(party);
    }
    if let Some(extension) = &details.extension {
        document.extension = extension::extension_fields(extension);
        let more = extension.more.iter();
        document.more = more
            .map(|field| (field.name.clone(), field.value.clone()))
            .collect();
    }
    for DetailsKept { path, what } in &details.kept {
        let kept = match what.clone() {
            Some(What::Element(raw)) => UnknownPart::Element(raw),
            Some(What::Attribute(DetailsField { name, value })) => {
                UnknownPart::Attribute(name, value)
            }
            None => continue,
        };
        document.kept.entry(path.clone()).or_default().push(kept);
    }
    document
}

fn kept(document: &Document) -> Vec<DetailsKept> {
    let all = document
        .kept
        .iter()
        .flat_map(|(path, kept)| kept.iter().map(move |k| (path, k)));
    all.map(|(path, kept)| {
        let what = match kept.clone() {
            UnknownPart::Element(raw) => What::Element(raw),
            UnknownPart::Attribute(name, value) => What::Attribute(DetailsField { name, value }),
        };
        DetailsKept {
            path: path.clone(),
            what: Some(what),
        }
    })
    .collect()
}
