//! Checks the shapes of items, detail lines and unknown parts of the XML.

use piaolian_proto::v1::{
    DetailsItem, DetailsKept, DetailsLine, ReceiptDetails, details_kept::What,
};

use super::{LONG_TEXT_BYTES_MAX, Shapes};
use crate::{
    text::{is_decimal, is_element_name, path},
    violation::Rule,
    xml::{self, bounds},
};

impl Shapes<'_> {
    pub(super) fn rows(&mut self, details: &ReceiptDetails) {
        if details.items.len() > bounds::ITEMS_MAX {
            return self.findings.add(
                path::DETAILS,
                Rule::TooManyRows {
                    rows: bounds::ITEMS_MAX,
                },
            );
        }
        if details.lines.len() > bounds::LINES_MAX {
            return self.findings.add(
                path::AUX_DETAILS,
                Rule::TooManyRows {
                    rows: bounds::LINES_MAX,
                },
            );
        }
        for (index, item) in details.items.iter().enumerate() {
            self.item(&path::item(index), item);
        }
        for (index, line) in details.lines.iter().enumerate() {
            self.line(&path::line(index), line);
        }
    }

    fn item(&mut self, path: &str, item: &DetailsItem) {
        self.required(path, "ItemCode", &item.code);
        self.required(path, "ItemName", &item.name);
        self.short(path, "ItemUnit", &item.unit);
        self.fits(
            path,
            "ItemQuantity",
            &item.quantity,
            is_decimal,
            Rule::NotADecimal,
        );
        self.short(path, "ItemStd", &item.standard);
        self.text(path, "ItemRemark", &item.remark, LONG_TEXT_BYTES_MAX);
    }

    fn line(&mut self, path: &str, line: &DetailsLine) {
        self.required(path, "AuxItemRelatedCode", &line.related_code);
        self.short(path, "AuxItemRelatedName", &line.related_name);
        self.short(path, "AuxItemCode", &line.code);
        self.required(path, "AuxItemName", &line.name);
        self.fits(
            path,
            "AuxItemQuantity",
            &line.quantity,
            is_decimal,
            Rule::NotADecimal,
        );
        self.short(path, "AuxItemUnit", &line.unit);
        self.short(path, "AuxItemStd", &line.standard);
        self.text(path, "AuxItemRemark", &line.remark, LONG_TEXT_BYTES_MAX);
    }

    /// Checks unknown parts of a message. Those of a file were checked when it was read.
    pub(super) fn kept(&mut self, details: &ReceiptDetails) {
        if details.signatures.len() > bounds::SIGNATURES_MAX {
            self.findings.add(
                "EInvoice",
                Rule::TooManyRows {
                    rows: bounds::SIGNATURES_MAX,
                },
            );
        }
        if details.kept.len() > bounds::KEPT_MAX {
            return self.findings.add(
                "EInvoice",
                Rule::TooManyRows {
                    rows: bounds::KEPT_MAX,
                },
            );
        }
        for signature in &details.signatures {
            let fits = xml::is_one_element(signature);
            self.expect(fits, "EInvoice", "EInvoiceSignature", Rule::NotXml);
        }
        for DetailsKept { path, what } in &details.kept {
            let fits = match what {
                Some(What::Element(raw)) => xml::is_one_element(raw),
                Some(What::Attribute(field)) => {
                    field.value.len() <= bounds::TEXT_BYTES_MAX
                        && field.name.split(':').count() <= 2
                        && field
                            .name
                            .split(':')
                            .all(|part| is_element_name(part, bounds::NAME_BYTES_MAX))
                }
                None => false,
            };
            if !fits {
                self.findings.add(path.clone(), Rule::NotXml);
            }
        }
    }
}
