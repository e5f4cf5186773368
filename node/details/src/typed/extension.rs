//! Converts `<MainExt>`: reversal link, medical fields, additional elements.

use piaolian_proto::v1::{DetailsExtension, DetailsField, ReceiptId};

use super::field::{Reader, fields};
use crate::{
    amount::{fen_of_yuan, yuan_of_fen},
    date::{parse_date, write_date},
    text::{parse_receipt_number, path, write_receipt_number},
    violation::{Findings, Rule},
    xml::{Document, Fields},
};

pub(super) fn extension(document: &Document, findings: &mut Findings) -> DetailsExtension {
    let mut ext = Reader {
        fields: &document.extension,
        path: path::MAIN_EXT,
        findings,
    };
    let date = |ext: &mut Reader<'_>, name| ext.optional(name, Rule::NotADate, parse_date);
    let fen = |ext: &mut Reader<'_>, name| ext.optional(name, Rule::NotAnAmount, fen_of_yuan);
    let more = document.more.iter();
    let more = more.map(|(name, value)| DetailsField {
        name: name.clone(),
        value: value.clone(),
    });
    DetailsExtension {
        pay_code: ext.text("PayCode"),
        related: related(&mut ext),
        patient_number: ext.text("patientNumber"),
        hospitalization_number: ext.text("hospitalizationNumber"),
        case_number: ext.text("caseNumber"),
        medical_date: date(&mut ext, "medicalDate"),
        in_hospital_date: date(&mut ext, "inHospitalDate"),
        out_hospital_date: date(&mut ext, "outHospitalDate"),
        department_name: ext.text("departmentName"),
        organisation_type: ext.text("orgType"),
        medical_insurance_type: ext.text("medicalInsuranceType"),
        medical_insurance_id: ext.text("medicalInsuranceID"),
        gender: ext.text("gender"),
        fund_pay_fen: fen(&mut ext, "fundPayAmount"),
        account_pay_fen: fen(&mut ext, "accountPayAmount"),
        own_pay_fen: fen(&mut ext, "ownPayAmount"),
        other_pay_fen: fen(&mut ext, "otherPayAmount"),
        selfpayment_amount_fen: fen(&mut ext, "selfpaymentAmount"),
        selfpayment_cost_fen: fen(&mut ext, "selfpaymentCost"),
        prepay_fen: fen(&mut ext, "prepayAmount"),
        recharge_fen: fen(&mut ext, "rechargeAmount"),
        refund_fen: fen(&mut ext, "refundAmount"),
        more: more.collect(),
    }
}

/// Reads a related receipt, which needs both code and number.
fn related(ext: &mut Reader<'_>) -> Option<ReceiptId> {
    let code = ext.text("RelatedInvoiceCode");
    let has_number = !ext.text("RelatedInvoiceNumber").is_empty();
    if code.is_empty() == has_number {
        ext.refuse("RelatedInvoiceCode", Rule::HalfRelated);
        return None;
    }
    let rule = Rule::NotAReceiptNumber;
    let number = ext.optional("RelatedInvoiceNumber", rule, parse_receipt_number)?;
    Some(ReceiptId { code, number })
}

pub(super) fn extension_fields(extension: &DetailsExtension) -> Fields {
    let mut fields = fields(texts(extension));
    if let Some(related) = &extension.related {
        fields.set("RelatedInvoiceCode", related.code.clone());
        fields.set("RelatedInvoiceNumber", write_receipt_number(related.number));
    }
    for (name, date) in dates(extension) {
        fields.set(name, date.map(write_date).unwrap_or_default());
    }
    for (name, fen) in amounts(extension) {
        fields.set(name, fen.map(yuan_of_fen).unwrap_or_default());
    }
    fields
}

/// Returns the texts of an extension by element name.
pub(in super::super) fn texts(extension: &DetailsExtension) -> [(&'static str, &String); 9] {
    [
        ("PayCode", &extension.pay_code),
        ("patientNumber", &extension.patient_number),
        ("hospitalizationNumber", &extension.hospitalization_number),
        ("caseNumber", &extension.case_number),
        ("departmentName", &extension.department_name),
        ("orgType", &extension.organisation_type),
        ("medicalInsuranceType", &extension.medical_insurance_type),
        ("medicalInsuranceID", &extension.medical_insurance_id),
        ("gender", &extension.gender),
    ]
}

/// Returns the dates of an extension by element name.
pub(in super::super) fn dates(extension: &DetailsExtension) -> [(&'static str, Option<u32>); 3] {
    [
        ("medicalDate", extension.medical_date),
        ("inHospitalDate", extension.in_hospital_date),
        ("outHospitalDate", extension.out_hospital_date),
    ]
}

/// Returns the amounts of an extension by element name, the four channels first.
pub(in super::super) fn amounts(extension: &DetailsExtension) -> [(&'static str, Option<i64>); 9] {
    [
        ("fundPayAmount", extension.fund_pay_fen),
        ("accountPayAmount", extension.account_pay_fen),
        ("ownPayAmount", extension.own_pay_fen),
        ("otherPayAmount", extension.other_pay_fen),
        ("selfpaymentAmount", extension.selfpayment_amount_fen),
        ("selfpaymentCost", extension.selfpayment_cost_fen),
        ("prepayAmount", extension.prepay_fen),
        ("rechargeAmount", extension.recharge_fen),
        ("refundAmount", extension.refund_fen),
    ]
}
