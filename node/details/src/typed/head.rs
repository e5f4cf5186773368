//! Converts `<Header>`, `<Main>`, the parties and the seals.

use piaolian_proto::v1::{
    DetailsHeader, DetailsInvoicingParty, DetailsMain, DetailsPayerParty, DetailsSeal, PayerKind,
};

use super::field::{Reader, fields};
use crate::{
    amount::yuan_of_fen,
    date::{parse_date, parse_time, write_date, write_time},
    text::{parse_receipt_number, path, write_receipt_number},
    violation::{Findings, Rule},
    xml::Fields,
};

pub(super) fn header(fields: &Fields) -> DetailsHeader {
    DetailsHeader {
        id: fields.text("EInvoiceID").to_owned(),
        tag: fields.text("EInvoiceTag").to_owned(),
        version: fields.text("Version").to_owned(),
    }
}

pub(super) fn header_fields(header: &DetailsHeader) -> Fields {
    fields([
        ("EInvoiceID", &header.id),
        ("EInvoiceTag", &header.tag),
        ("Version", &header.version),
    ])
}

pub(super) fn main(fields: &Fields, findings: &mut Findings) -> DetailsMain {
    let mut main = Reader {
        fields,
        path: path::MAIN,
        findings,
    };
    DetailsMain {
        name: main.text("EInvoiceName"),
        receipt_code: main.text("EInvoiceCode"),
        receipt_number: main.optional(
            "EInvoiceNumber",
            Rule::NotAReceiptNumber,
            parse_receipt_number,
        ),
        check_code: main.text("RandomNumber"),
        specimen_code: main.text("EInvoiceSpecimenCode"),
        supervisor_area_code: main.text("SupervisorAreaCode"),
        total_fen: main.amount("TotalAmount"),
        issue_date: main.required("IssueDate", Rule::NotADate, parse_date),
        issue_time: main.required("IssueTime", Rule::NotATime, parse_time),
        pay_mode: main.text("PayMode"),
        business_number: main.text("BizCode"),
        currency_type: main.text("CurrencyType"),
        exchange_rate: main.text("ExchangeRate"),
        remark: main.text("Remark"),
        handling_person: main.text("HandlingPerson"),
        checker: main.text("Checker"),
        supervisor_remark: main.text("SupervisorRemark"),
    }
}

pub(super) fn main_fields(main: &DetailsMain) -> Fields {
    let mut fields = fields([
        ("EInvoiceName", &main.name),
        ("EInvoiceCode", &main.receipt_code),
        ("RandomNumber", &main.check_code),
        ("EInvoiceSpecimenCode", &main.specimen_code),
        ("SupervisorAreaCode", &main.supervisor_area_code),
        ("PayMode", &main.pay_mode),
        ("BizCode", &main.business_number),
        ("CurrencyType", &main.currency_type),
        ("ExchangeRate", &main.exchange_rate),
        ("Remark", &main.remark),
        ("HandlingPerson", &main.handling_person),
        ("Checker", &main.checker),
        ("SupervisorRemark", &main.supervisor_remark),
    ]);
    let number = main.receipt_number.map(write_receipt_number);
    fields.set("EInvoiceNumber", number.unwrap_or_default());
    fields.set("TotalAmount", yuan_of_fen(main.total_fen));
    fields.set("IssueDate", write_date(main.issue_date));
    fields.set("IssueTime", write_time(main.issue_time));
    fields
}

pub(super) fn invoicing_party(fields: &Fields) -> DetailsInvoicingParty {
    let text = |name| fields.text(name).to_owned();
    DetailsInvoicingParty {
        code: text("InvoicingPartyCode"),
        name: text("InvoicingPartyName"),
        receiving_name: text("RecName"),
        receiving_account: text("RecAcct"),
        receiving_bank: text("RecOpBk"),
    }
}

pub(super) fn invoicing_party_fields(party: &DetailsInvoicingParty) -> Fields {
    fields([
        ("InvoicingPartyCode", &party.code),
        ("InvoicingPartyName", &party.name),
        ("RecName", &party.receiving_name),
        ("RecAcct", &party.receiving_account),
        ("RecOpBk", &party.receiving_bank),
    ])
}

pub(super) fn payer_party(fields: &Fields, findings: &mut Findings) -> DetailsPayerParty {
    let mut party = Reader {
        fields,
        path: path::PAYER_PARTY,
        findings,
    };
    let kind = party.required("PayerPartyType", Rule::NotAPayerKind, |text| match text {
        "1" => Some(PayerKind::Person),
        "2" => Some(PayerKind::Unit),
        _ => None,
    });
    DetailsPayerParty {
        kind: kind.into(),
        code: party.text("PayerPartyCode"),
        name: party.text("PayerPartyName"),
        account: party.text("PayerAcct"),
        bank: party.text("PayerOpBk"),
    }
}

pub(super) fn payer_party_fields(party: &DetailsPayerParty) -> Fields {
    let mut fields = fields([
        ("PayerPartyCode", &party.code),
        ("PayerPartyName", &party.name),
        ("PayerAcct", &party.account),
        ("PayerOpBk", &party.bank),
    ]);
    let kind = match party.kind() {
        PayerKind::Person => "1",
        PayerKind::Unit => "2",
        PayerKind::Unspecified => "",
    };
    fields.set("PayerPartyType", kind);
    fields
}

pub(super) fn seal(fields: &Fields) -> DetailsSeal {
    DetailsSeal {
        id: fields.text("SealId").to_owned(),
        name: fields.text("SealName").to_owned(),
        hash: fields.text("SealHash").to_owned(),
    }
}

pub(super) fn seal_fields(seal: &DetailsSeal) -> Fields {
    fields([
        ("SealId", &seal.id),
        ("SealName", &seal.name),
        ("SealHash", &seal.hash),
    ])
}
