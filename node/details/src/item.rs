//! Checks a receipt whose details are stored elsewhere, as far as possible.
//!
//! ```text
//!   IssueItem ──shape of each field──► channels sum to the total ──► may be signed
//!                                      fee lines, payer, names: unknown (docs/adr/0007)
//!   ReverseReceipt ──shape of each field──► may be signed
//! ```
//!
//! The rules and numbers are those of details, so that a client gets the same error in both forms. Fields are named as
//! in the message.

use piaolian_contracts::types::{BusinessNumber, Fen, OrganisationId, Reason};
use piaolian_proto::v1::{IssueItem, ReverseReceipt, Settlement};

use super::{
    amount::{AMOUNT_FEN_MAX, sum},
    channels,
    date::{is_date, is_time},
    rules::Rules,
    text::{broken_on_chain, is_known_kind, is_receipt_code, is_receipt_number},
    violation::{Findings, Refused, Rule},
};

/// The fields that an item and a prepared reversal share.
struct Form<'a> {
    /// The name of the message's field.
    at: &'static str,
    receipt_code: &'a str,
    receipt_number: Option<u64>,
    issue_date: u32,
    issue_time: u32,
    business_number: &'a str,
}

/// Checks an item. `rules` is `None` on a node that stores no details: such a node does not know the agencies for which
/// its organisation issues.
///
/// # Errors
/// When it breaks rules; names all violations found.
pub fn check(item: &IssueItem, rules: Option<&Rules>) -> Result<(), Refused> {
    let mut findings = Findings::default();
    let form = Form {
        at: "item",
        receipt_code: &item.receipt_code,
        receipt_number: item.receipt_number,
        issue_date: item.issue_date,
        issue_time: item.issue_time,
        business_number: &item.business_number,
    };
    form.check(&mut findings);
    check_agency(&item.agency, rules, &mut findings);
    let late = Some(&item.late_reason).filter(|reason| !reason.is_empty());
    if let Some(rule) = late.and_then(|late| broken_on_chain::<Reason>(late, Rule::NotAReason)) {
        findings.add("item.late_reason", rule);
    }
    check_amounts(item, &mut findings);
    findings.none_or_refused()
}

/// Checks a reversal that was prepared elsewhere. The ledger negates its amounts.
///
/// # Errors
/// When it breaks rules; names all violations found.
pub fn check_reversal(prepared: &ReverseReceipt) -> Result<(), Refused> {
    let mut findings = Findings::default();
    let form = Form {
        at: "prepared",
        receipt_code: &prepared.receipt_code,
        receipt_number: prepared.receipt_number,
        issue_date: prepared.issue_date,
        issue_time: prepared.issue_time,
        business_number: &prepared.business_number,
    };
    form.check(&mut findings);
    if let Some(rule) = broken_on_chain::<Reason>(&prepared.reason, Rule::NotAReason) {
        findings.add("prepared.reason", rule);
    }
    findings.none_or_refused()
}

impl Form<'_> {
    fn check(&self, findings: &mut Findings) {
        let mut expect = |holds: bool, field: &str, rule: Rule| {
            if !holds {
                findings.add(format!("{}.{field}", self.at), rule);
            }
        };
        let code = self.receipt_code;
        expect(!code.is_empty(), "receipt_code", Rule::Missing);
        expect(is_receipt_code(code), "receipt_code", Rule::NotAReceiptCode);
        expect(is_known_kind(code), "receipt_code", Rule::UnknownKind);
        let is_number = self.receipt_number.is_none_or(is_receipt_number);
        expect(is_number, "receipt_number", Rule::NotAReceiptNumber);
        expect(is_date(self.issue_date), "issue_date", Rule::NotADate);
        expect(is_time(self.issue_time), "issue_time", Rule::NotATime);
        let business = self.business_number;
        expect(!business.is_empty(), "business_number", Rule::Missing);
        if let Some(rule) = broken_on_chain::<BusinessNumber>(business, Rule::NotABusinessNumber) {
            expect(false, "business_number", rule);
        }
    }
}

fn check_agency(agency: &str, rules: Option<&Rules>, findings: &mut Findings) {
    if agency.is_empty() {
        return;
    }
    match agency.parse::<OrganisationId>() {
        Err(_) => findings.add("item.agency", Rule::NotACreditCode),
        Ok(agency) => {
            if rules.is_some_and(|rules| !rules.may_name(&agency)) {
                findings.add("item.agency", Rule::ForeignIssuer);
            }
        }
    }
}

fn check_amounts(item: &IssueItem, findings: &mut Findings) {
    let Settlement {
        pooled_fund_fen,
        personal_account_fen,
        personal_cash_fen,
        other_fen,
    } = item.settlement.unwrap_or_default();
    let channels = [
        pooled_fund_fen,
        personal_account_fen,
        personal_cash_fen,
        other_fen,
    ];
    let names = [
        "pooled_fund_fen",
        "personal_account_fen",
        "personal_cash_fen",
        "other_fen",
    ];
    let amounts = names
        .iter()
        .zip(channels)
        .map(|(name, fen)| (format!("item.settlement.{name}"), fen));
    for (field, fen) in amounts.chain([("item.total_fen".to_owned(), item.total_fen)]) {
        if fen < 0 {
            findings.add(field, Rule::Negative);
        } else if fen > AMOUNT_FEN_MAX {
            findings.add(field, Rule::Overflow);
        }
    }
    let total = item.total_fen;
    match sum(channels) {
        None => findings.add("item.settlement", Rule::Overflow),
        Some(_) if channels == [0; 4] => {
            if channels::is_missing(&item.receipt_code, total) {
                let total = Fen::new(total);
                findings.add("item.settlement", Rule::NoChannels { total });
            }
        }
        Some(sum) if sum != total => {
            findings.add(
                "item.settlement",
                Rule::ChannelsOffTotal {
                    channels: Fen::new(sum),
                    total: Fen::new(total),
                },
            );
        }
        Some(_) => {}
    }
}
