//! Converts `<Item>` and `<AuxItem>` rows.

use piaolian_proto::v1::{DetailsItem, DetailsLine};

use super::field::{Reader, fields};
use crate::{amount::yuan_of_fen, violation::Findings, xml::Fields};

/// Reads rows, each with the path of its place.
pub(super) fn read<T>(
    rows: &[Fields],
    path: fn(usize) -> String,
    findings: &mut Findings,
    row: fn(&mut Reader<'_>) -> T,
) -> Vec<T> {
    let numbered = rows.iter().enumerate();
    numbered
        .map(|(index, fields)| {
            row(&mut Reader {
                fields,
                path: &path(index),
                findings,
            })
        })
        .collect()
}

pub(super) fn item(item: &mut Reader<'_>) -> DetailsItem {
    DetailsItem {
        code: item.text("ItemCode"),
        name: item.text("ItemName"),
        unit: item.text("ItemUnit"),
        quantity: item.text("ItemQuantity"),
        standard: item.text("ItemStd"),
        amount_fen: item.amount("ItemAmount"),
        remark: item.text("ItemRemark"),
    }
}

pub(super) fn item_fields(item: &DetailsItem) -> Fields {
    let mut fields = fields([
        ("ItemCode", &item.code),
        ("ItemName", &item.name),
        ("ItemUnit", &item.unit),
        ("ItemQuantity", &item.quantity),
        ("ItemStd", &item.standard),
        ("ItemRemark", &item.remark),
    ]);
    fields.set("ItemAmount", yuan_of_fen(item.amount_fen));
    fields
}

pub(super) fn line(line: &mut Reader<'_>) -> DetailsLine {
    DetailsLine {
        related_code: line.text("AuxItemRelatedCode"),
        related_name: line.text("AuxItemRelatedName"),
        code: line.text("AuxItemCode"),
        name: line.text("AuxItemName"),
        quantity: line.text("AuxItemQuantity"),
        unit: line.text("AuxItemUnit"),
        standard: line.text("AuxItemStd"),
        amount_fen: line.amount("AuxItemAmount"),
        remark: line.text("AuxItemRemark"),
    }
}

pub(super) fn line_fields(line: &DetailsLine) -> Fields {
    let mut fields = fields([
        ("AuxItemRelatedCode", &line.related_code),
        ("AuxItemRelatedName", &line.related_name),
        ("AuxItemCode", &line.code),
        ("AuxItemName", &line.name),
        ("AuxItemQuantity", &line.quantity),
        ("AuxItemUnit", &line.unit),
        ("AuxItemStd", &line.standard),
        ("AuxItemRemark", &line.remark),
    ]);
    fields.set("AuxItemAmount", yuan_of_fen(line.amount_fen));
    fields
}
