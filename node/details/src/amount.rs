//! Amounts: yuan with at most two decimals outside, integer fen inside.
//!
//! ```text
//!   "15263.14"  ⇄  1 526 314 fen      never through a float
//! ```

use piaolian_contracts::types::Fen;

/// Digits before the decimal point: the national settlement list writes amounts as 16,2.
const YUAN_DIGITS_MAX: usize = 14;

/// Greatest amount that can be written, in fen.
pub const AMOUNT_FEN_MAX: i64 = 9_999_999_999_999_999;

/// Parses an amount in yuan into fen: an optional minus sign, 1 to 14 digits without leading zeros, and at most two
/// decimals. `None` for anything else, such as digit groups or an exponent.
pub fn fen_of_yuan(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (yuan, decimals) = match digits.split_once('.') {
        Some((yuan, decimals)) if (1..=2).contains(&decimals.len()) => (yuan, decimals),
        Some(_) => return None,
        None => (digits, ""),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let superfluous_zero = yuan.len() > 1 && yuan.starts_with('0');
    if yuan.is_empty() || yuan.len() > YUAN_DIGITS_MAX || superfluous_zero {
        return None;
    }
    if !all_digits(yuan) || !all_digits(decimals) {
        return None;
    }
    let fen: i64 = format!("{yuan}{decimals:0<2}").parse().ok()?;
    Some(if negative { -fen } else { fen })
}

/// Formats an amount in yuan with two decimals.
pub fn yuan_of_fen(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}

/// Returns the sum of amounts in fen; `None` when it overflows.
pub fn sum(amounts: impl IntoIterator<Item = i64>) -> Option<i64> {
    Fen::checked_sum(amounts.into_iter().map(Fen::new)).map(Fen::get)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn yuan_are_read_exactly() {
        for (text, fen) in [
            ("0", 0),
            ("0.00", 0),
            ("0.01", 1),
            ("0.1", 10),
            ("15263.14", 1_526_314),
            ("-2.50", -250),
            ("99999999999999.99", 9_999_999_999_999_999),
        ] {
            assert_eq!(fen_of_yuan(text), Some(fen), "{text}");
        }
    }

    #[test]
    fn only_plain_yuan_is_read() {
        for text in [
            "",
            "-",
            ".",
            ".5",
            "5.",
            "1.234",
            "1.230",
            "1,000.00",
            "1e3",
            "+1",
            " 1",
            "1 ",
            "007",
            "--1",
            "1.-1",
            "１",
            "0x10",
            "NaN",
            "100000000000000",
            "1.2.3",
        ] {
            assert_eq!(fen_of_yuan(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_amount_survives_being_written(fen in -9_999_999_999_999_999..=9_999_999_999_999_999_i64) {
            prop_assert_eq!(fen_of_yuan(&yuan_of_fen(fen)), Some(fen));
        }
    }
}
