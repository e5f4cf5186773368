//! Shapes of the texts in a receipt, and their paths.

use std::str::FromStr;

use piaolian_contracts::{
    malformed::{Breach, Malformed},
    types::{ReceiptCode, ReceiptNumber},
};

use super::rule::Rule;

/// Paths of elements, for error messages.
pub(super) mod path {
    pub(in super::super) const MAIN: &str = "EInvoice/EInvoiceData/Main";
    pub(in super::super) const INVOICING_PARTY: &str = "EInvoice/EInvoiceData/Main/InvoicingParty";
    pub(in super::super) const PAYER_PARTY: &str = "EInvoice/EInvoiceData/Main/PayerParty";
    pub(in super::super) const MAIN_EXT: &str = "EInvoice/EInvoiceData/Main/MainExt";
    pub(in super::super) const DETAILS: &str = "EInvoice/EInvoiceData/Details";
    pub(in super::super) const AUX_DETAILS: &str = "EInvoice/EInvoiceData/AuxDetails";

    /// Returns the path of the item at `index`, which is 0-based; the path is 1-based.
    pub(in super::super) fn item(index: usize) -> String {
        format!("{DETAILS}/Item[{}]", index + 1)
    }

    /// Returns the path of the detail line at `index`, likewise.
    pub(in super::super) fn line(index: usize) -> String {
        format!("{AUX_DETAILS}/AuxItem[{}]", index + 1)
    }
}

/// Longest quantity or exchange rate, in bytes.
const DECIMAL_BYTES_MAX: usize = 32;
const AREA_CODE_DIGITS_MAX: usize = 12;
const CHECK_CODE_BYTES: usize = 6;

/// The categories of the national catalogue, each with its kinds (docs/DOMAIN.md §2). An empty list accepts any kind:
/// the catalogue leaves them to the province.
const CATEGORIES: [(&str, &[&str]); 10] = [
    ("01", &[]),
    ("02", &[]),
    ("03", &[]),
    ("04", &[]),
    ("05", &[]),
    ("06", &["01", "02"]), // outpatient, inpatient
    ("07", &[]),
    ("08", &[]),
    ("09", &[]),
    ("99", &[]),
];
/// The currency of every receipt.
const CURRENCY: &str = "CNY";

/// Parses a receipt number of exactly 10 digits.
pub(super) fn parse_receipt_number(text: &str) -> Option<u64> {
    if text.len() == ReceiptNumber::BYTES && is_digits(text) {
        text.parse().ok()
    } else {
        None
    }
}

pub(super) fn is_receipt_number(number: u64) -> bool {
    ReceiptNumber::parse("receipt_number", number).is_ok()
}

/// Formats a receipt number as 10 digits.
pub(super) fn write_receipt_number(number: u64) -> String {
    format!("{number:010}")
}

/// Tells whether a text is a receipt code: 8 digits for region, category, kind and year.
pub(super) fn is_receipt_code(text: &str) -> bool {
    text.parse::<ReceiptCode>().is_ok() && kinds_of(text).is_some()
}

/// Tells whether the category of a receipt code has its kind.
pub(super) fn is_known_kind(receipt_code: &str) -> bool {
    let kind = receipt_code.get(4..6).unwrap_or_default();
    kinds_of(receipt_code).is_some_and(|kinds| kinds.is_empty() || kinds.contains(&kind))
}

/// Returns the kinds of a receipt code's category; `None` for an unknown category.
fn kinds_of(receipt_code: &str) -> Option<&'static [&'static str]> {
    let category = receipt_code.get(2..4)?;
    let found = CATEGORIES.iter().find(|(known, _)| *known == category);
    found.map(|(_, kinds)| *kinds)
}

pub(super) fn is_yuan(currency: &str) -> bool {
    currency == CURRENCY
}

/// Tells whether a text is exactly one, with any number of decimals: `1`, `1.0`, `1.00`.
pub(super) fn is_one(decimal: &str) -> bool {
    let (whole, decimals) = decimal.split_once('.').unwrap_or((decimal, "0"));
    is_decimal(decimal) && whole == "1" && decimals.bytes().all(|byte| byte == b'0')
}

pub(super) fn is_check_code(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
    text.len() == CHECK_CODE_BYTES && text.bytes().all(fits)
}

/// Returns the rule that a text on chain breaks: the one of its `form`, or the ban on identity numbers.
pub(super) fn broken_on_chain<T: FromStr<Err = Malformed>>(text: &str, form: Rule) -> Option<Rule> {
    let malformed = text.parse::<T>().err()?;
    Some(match malformed.breach() {
        Breach::Form => form,
        Breach::IdentityNumber => Rule::IdentityNumber,
    })
}

pub(super) fn is_area_code(text: &str) -> bool {
    (1..=AREA_CODE_DIGITS_MAX).contains(&text.len()) && is_digits(text)
}

/// Tells whether a text is a plain decimal number: `2`, `-0.5`, `1.000`.
pub(super) fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let some_digits = |text: &str| !text.is_empty() && is_digits(text);
    text.len() <= DECIMAL_BYTES_MAX && some_digits(whole) && some_digits(decimals)
}

/// Tells whether a text is one that the reader can return: trimmed, without control characters except line ends and
/// tabs.
pub(super) fn is_plain(text: &str) -> bool {
    let fits = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    text.trim().len() == text.len() && text.chars().all(fits)
}

/// Tells whether an additional element of the extension may have this name.
pub(super) fn is_element_name(text: &str, bytes_max: usize) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.len() <= bytes_max
        && text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(fits)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipt_codes_have_eight_digits_and_a_known_category() {
        for code in ["00010120", "11010125", "37060124", "35990126"] {
            assert!(is_receipt_code(code), "{code}");
        }
        for code in [
            "",
            "3706012",
            "370601245",
            "37100124",
            "3700012４",
            "37x60124",
        ] {
            assert!(!is_receipt_code(code), "{code}");
        }
    }

    #[test]
    fn a_kind_belongs_to_a_category_that_lists_kinds() {
        for code in ["37060124", "37060224", "11010125", "35990126", "99049926"] {
            assert!(is_known_kind(code), "{code}");
        }
        for code in ["37060024", "37060324", "37069924", "37100124", ""] {
            assert!(!is_known_kind(code), "{code}");
        }
    }

    #[test]
    fn one_is_written_with_any_number_of_zeros() {
        for text in ["1", "1.0", "1.00", "1.0000"] {
            assert!(is_one(text), "{text}");
        }
        for text in ["", "0", "1.", "1.01", "01", "-1", "7.1", "1e0"] {
            assert!(!is_one(text), "{text}");
        }
    }

    #[test]
    fn receipt_numbers_have_exactly_ten_digits() {
        assert_eq!(parse_receipt_number("0000000001"), Some(1));
        assert_eq!(parse_receipt_number("9999999999"), Some(9_999_999_999));
        for number in ["1", "00000000001", "000000000x", "+000000001", ""] {
            assert_eq!(parse_receipt_number(number), None, "{number}");
        }
    }

    #[test]
    fn check_codes_have_six_digits_or_small_letters() {
        for code in ["656aa9", "qfmejx", "0bf601"] {
            assert!(is_check_code(code), "{code}");
        }
        for code in ["", "656aa", "656aa99", "656AA9", "65 aa9"] {
            assert!(!is_check_code(code), "{code}");
        }
    }

    #[test]
    fn decimals_are_plain() {
        for text in ["0", "2", "-1", "0.125", "1.000"] {
            assert!(is_decimal(text), "{text}");
        }
        for text in [
            "",
            "-",
            ".",
            "1.",
            ".1",
            "1e2",
            "1,0",
            "--1",
            &"1".repeat(33),
        ] {
            assert!(!is_decimal(text), "{text}");
        }
    }
}
