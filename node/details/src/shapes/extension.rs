//! Checks the shapes of `<MainExt>` and of the seals.

use piaolian_proto::v1::{DetailsExtension, DetailsField, DetailsSeal};

use super::{LONG_TEXT_BYTES_MAX, Shapes};
use crate::{
    date::is_date,
    text::{is_element_name, is_receipt_code, is_receipt_number, path},
    typed::{dates, texts},
    violation::Rule,
    xml::{self, bounds},
};

impl Shapes<'_> {
    pub(super) fn extension(&mut self, extension: &DetailsExtension) {
        let path = path::MAIN_EXT;
        if let Some(related) = &extension.related {
            let fits = is_receipt_code(&related.code);
            self.expect(fits, path, "RelatedInvoiceCode", Rule::NotAReceiptCode);
            let fits = is_receipt_number(related.number);
            self.expect(fits, path, "RelatedInvoiceNumber", Rule::NotAReceiptNumber);
        }
        for (name, text) in texts(extension) {
            self.short(path, name, text);
        }
        for (name, date) in dates(extension) {
            self.expect(date.is_none_or(is_date), path, name, Rule::NotADate);
        }
        self.more(&extension.more);
    }

    fn more(&mut self, more: &[DetailsField]) {
        let path = path::MAIN_EXT;
        if more.len() > bounds::EXTENSIONS_MAX {
            return self.findings.add(
                path,
                Rule::TooManyRows {
                    rows: bounds::EXTENSIONS_MAX,
                },
            );
        }
        if !more.is_sorted_by(|left, right| left.name < right.name) {
            self.findings.add(path, Rule::NotAnExtension);
        }
        for DetailsField { name, value } in more {
            let free = is_element_name(name, bounds::NAME_BYTES_MAX) && !xml::is_taken(name);
            self.expect(free && !value.is_empty(), path, name, Rule::NotAnExtension);
            self.text(path, name, value, LONG_TEXT_BYTES_MAX);
        }
    }

    pub(super) fn seal(&mut self, path: &str, seal: &DetailsSeal) {
        self.short(path, "SealId", &seal.id);
        self.short(path, "SealName", &seal.name);
        self.text(path, "SealHash", &seal.hash, LONG_TEXT_BYTES_MAX);
    }
}
