//! Checks the shape of each field of a receipt.

mod extension;
mod rows;

use piaolian_contracts::types::{BusinessNumber, OrganisationId};
use piaolian_proto::v1::{
    DetailsInvoicingParty, DetailsMain, DetailsPayerParty, PayerKind, ReceiptDetails,
};

use super::{
    date::{is_date, is_time},
    text::{
        broken_on_chain, is_area_code, is_check_code, is_decimal, is_known_kind, is_one, is_plain,
        is_receipt_code, is_receipt_number, is_yuan, path,
    },
    violation::{Findings, Rule},
};

/// Longest code, name, account or unit, in bytes.
const SHORT_TEXT_BYTES_MAX: usize = 256;
/// Longest remark or additional element, in bytes.
const LONG_TEXT_BYTES_MAX: usize = 4_096;
/// Shortest part of a business number that counts as the payer's identity number.
const IDENTITY_NUMBER_BYTES_MIN: usize = 6;

pub(super) fn check(details: &ReceiptDetails, findings: &mut Findings) {
    let mut shapes = Shapes { findings };
    let (Some(header), Some(main), Some(issuer), Some(payer), Some(extension)) = (
        &details.header,
        &details.main,
        &details.invoicing_party,
        &details.payer_party,
        &details.extension,
    ) else {
        return shapes.findings.add(path::MAIN, Rule::Missing);
    };
    for (name, text) in [
        ("EInvoiceID", &header.id),
        ("EInvoiceTag", &header.tag),
        ("Version", &header.version),
    ] {
        shapes.text("EInvoice/Header", name, text, SHORT_TEXT_BYTES_MAX);
    }
    shapes.main(main);
    shapes.business_number(&main.business_number, payer);
    shapes.invoicing_party(issuer);
    shapes.payer_party(payer);
    shapes.extension(extension);
    for (name, seal) in [
        ("InvoicingPartySeal", &details.invoicing_seal),
        ("SupervisorPartySeal", &details.supervisor_seal),
    ] {
        if let Some(seal) = seal {
            shapes.seal(&format!("{}/{name}", path::MAIN), seal);
        }
    }
    shapes.rows(details);
    shapes.kept(details);
}

struct Shapes<'f> {
    findings: &'f mut Findings,
}

impl Shapes<'_> {
    fn expect(&mut self, holds: bool, path: &str, name: &str, rule: Rule) {
        if !holds {
            self.findings.add(format!("{path}/{name}"), rule);
        }
    }

    fn text(&mut self, path: &str, name: &str, text: &str, bytes_max: usize) {
        self.expect(
            text.len() <= bytes_max,
            path,
            name,
            Rule::TooLong { bytes: bytes_max },
        );
        self.expect(is_plain(text), path, name, Rule::NotXml);
    }

    fn short(&mut self, path: &str, name: &str, text: &str) {
        self.text(path, name, text, SHORT_TEXT_BYTES_MAX);
    }

    fn required(&mut self, path: &str, name: &str, text: &str) {
        self.expect(!text.is_empty(), path, name, Rule::Missing);
        self.short(path, name, text);
    }

    /// Checks a text that may be absent.
    fn fits(&mut self, path: &str, name: &str, text: &str, fits: fn(&str) -> bool, rule: Rule) {
        self.expect(text.is_empty() || fits(text), path, name, rule);
    }

    fn main(&mut self, main: &DetailsMain) {
        let path = path::MAIN;
        self.required(path, "EInvoiceName", &main.name);
        self.required(path, "EInvoiceCode", &main.receipt_code);
        self.fits(
            path,
            "EInvoiceCode",
            &main.receipt_code,
            is_receipt_code,
            Rule::NotAReceiptCode,
        );
        self.fits(
            path,
            "EInvoiceCode",
            &main.receipt_code,
            is_known_kind,
            Rule::UnknownKind,
        );
        let fits = main.receipt_number.is_none_or(is_receipt_number);
        self.expect(fits, path, "EInvoiceNumber", Rule::NotAReceiptNumber);
        self.fits(
            path,
            "RandomNumber",
            &main.check_code,
            is_check_code,
            Rule::NotACheckCode,
        );
        self.fits(
            path,
            "SupervisorAreaCode",
            &main.supervisor_area_code,
            is_area_code,
            Rule::NotAnAreaCode,
        );
        self.expect(is_date(main.issue_date), path, "IssueDate", Rule::NotADate);
        self.expect(is_time(main.issue_time), path, "IssueTime", Rule::NotATime);
        self.currency(main);
        for (name, text) in [
            ("EInvoiceSpecimenCode", &main.specimen_code),
            ("PayMode", &main.pay_mode),
            ("HandlingPerson", &main.handling_person),
            ("Checker", &main.checker),
        ] {
            self.short(path, name, text);
        }
        self.text(path, "Remark", &main.remark, LONG_TEXT_BYTES_MAX);
        self.text(
            path,
            "SupervisorRemark",
            &main.supervisor_remark,
            LONG_TEXT_BYTES_MAX,
        );
    }

    /// Checks that amounts are in yuan: another currency or rate would change their meaning.
    fn currency(&mut self, main: &DetailsMain) {
        let (path, rate) = (path::MAIN, &main.exchange_rate);
        self.fits(path, "ExchangeRate", rate, is_decimal, Rule::NotADecimal);
        self.fits(path, "ExchangeRate", rate, is_one, Rule::NotParity);
        let currency = &main.currency_type;
        self.fits(path, "CurrencyType", currency, is_yuan, Rule::NotYuan);
    }

    /// Checks the business number, which goes on chain in clear and so must not reveal the payer.
    fn business_number(&mut self, number: &str, payer: &DetailsPayerParty) {
        let (path, name) = (path::MAIN, "BizCode");
        self.expect(!number.is_empty(), path, name, Rule::Missing);
        if let Some(rule) = broken_on_chain::<BusinessNumber>(number, Rule::NotABusinessNumber) {
            self.expect(false, path, name, rule);
        }
        let names_payer = payer.kind() == PayerKind::Person
            && payer.code.len() >= IDENTITY_NUMBER_BYTES_MIN
            && number
                .to_ascii_uppercase()
                .contains(&payer.code.to_ascii_uppercase());
        self.expect(!names_payer, path, name, Rule::IdentityNumber);
    }

    fn invoicing_party(&mut self, party: &DetailsInvoicingParty) {
        let path = path::INVOICING_PARTY;
        self.required(path, "InvoicingPartyCode", &party.code);
        self.fits(
            path,
            "InvoicingPartyCode",
            &party.code,
            is_credit_code,
            Rule::NotACreditCode,
        );
        self.required(path, "InvoicingPartyName", &party.name);
        self.short(path, "RecName", &party.receiving_name);
        self.short(path, "RecAcct", &party.receiving_account);
        self.short(path, "RecOpBk", &party.receiving_bank);
    }

    fn payer_party(&mut self, party: &DetailsPayerParty) {
        let path = path::PAYER_PARTY;
        let known = PayerKind::try_from(party.kind).unwrap_or_default();
        self.expect(
            known != PayerKind::Unspecified,
            path,
            "PayerPartyType",
            Rule::NotAPayerKind,
        );
        self.required(path, "PayerPartyName", &party.name);
        self.short(path, "PayerPartyCode", &party.code);
        if known == PayerKind::Unit {
            self.fits(
                path,
                "PayerPartyCode",
                &party.code,
                is_credit_code,
                Rule::NotACreditCode,
            );
        }
        self.short(path, "PayerAcct", &party.account);
        self.short(path, "PayerOpBk", &party.bank);
    }
}

fn is_credit_code(text: &str) -> bool {
    text.parse::<OrganisationId>().is_ok()
}
