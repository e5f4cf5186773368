//! Citizens' identity numbers (公民身份号码, GB 11643), which no text may carry on chain.
//!
//! ```text
//!   region (6) ‖ date of birth (8, yyyymmdd) ‖ order (3) ‖ check digit (0–9 or X)
//!   check digit = "10X98765432"[Σ weight · digit mod 11]
//! ```
//!
//! The check guards against mistakes, not against evasion. A number that is split, or that lies within a longer run of
//! digits, passes, so that long serial numbers pass too. The 15-digit numbers from before 1999 have no check digit and
//! cannot be distinguished from other numbers.

/// Digits before the check digit.
const DIGITS: usize = 17;

/// Whether `text` contains an identity number as one run of digits.
pub(super) fn holds_identity_number(text: &str) -> bool {
    let not_a_digit = |byte: &u8| !byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let mut rest = bytes;
    while let Some(start) = rest.iter().position(u8::is_ascii_digit) {
        rest = rest.get(start..).unwrap_or_default();
        let length = rest.iter().position(not_a_digit).unwrap_or(rest.len());
        let (run, after) = rest.split_at(length);
        if run_is_identity_number(run, after.first().copied()) {
            return true;
        }
        rest = after;
    }
    false
}

/// Whether a run of digits, with the X that may follow it, is an identity number.
fn run_is_identity_number(run: &[u8], next: Option<u8>) -> bool {
    let check = match (run.get(DIGITS..), next) {
        (Some([check]), _) => *check,
        (Some([]), Some(b'X' | b'x')) => b'X',
        _ => return false,
    };
    let digits = run.iter().take(DIGITS).copied();
    is_a_date(run) && check_digit(digits) == check
}

/// Whether the date of birth is a possible date.
fn is_a_date(run: &[u8]) -> bool {
    let [_, _, _, _, _, _, date @ ..] = run else {
        return false;
    };
    let [
        century_1,
        century_2,
        _,
        _,
        month_1,
        month_2,
        day_1,
        day_2,
        ..,
    ] = date
    else {
        return false;
    };
    matches!([*century_1, *century_2], [b'1', b'9'] | [b'2', b'0'])
        && (*b"01"..=*b"12").contains(&[*month_1, *month_2])
        && (*b"01"..=*b"31").contains(&[*day_1, *day_2])
}

/// The check digit of 17 digits (ISO 7064, MOD 11-2).
fn check_digit(digits: impl Iterator<Item = u8>) -> u8 {
    const WEIGHTS: [u32; DIGITS] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECKS: [u8; 11] = *b"10X98765432";
    let weighted = digits
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit.saturating_sub(b'0')).saturating_mul(weight));
    let remainder = weighted.fold(0, u32::saturating_add) % 11;
    usize::try_from(remainder)
        .ok()
        .and_then(|place| CHECKS.get(place).copied())
        .expect("a remainder by 11 is below 11")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_number_is_found_wherever_it_stands() {
        // The example of GB 11643, and one of a region that does not exist.
        for text in [
            "11010519491231002X",
            "11010519491231002x",
            "C-11010519491231002X/2",
            "2026 no. 990100199003070019",
            "重复报销：990100199003070019，已退回",
            "350100 20261121 990100199003070019",
        ] {
            assert!(holds_identity_number(text), "{text}");
        }
    }

    #[test]
    fn other_numbers_are_none() {
        for text in [
            "",
            "11010519491231002",
            "110105194912310021",
            // Another digit, so another check digit.
            "990100199003070029",
            // No date of birth.
            "990100189003070017",
            "990100199013070012",
            "990100199003370010",
            // Within a longer run of digits.
            "1990100199003070019",
            "9901001990030700190",
            // Apart.
            "990100-19900307-0019",
            "11010519491231002-X",
            // A receipt's code and number, a credit code, a payment code.
            "350601260000000001",
            "91350100M000100Y43",
            "35010026300000000001",
        ] {
            assert!(!holds_identity_number(text), "{text}");
        }
    }

    #[test]
    fn every_single_wrong_digit_is_told_from_the_right_one() {
        let right = "990100199003070019";
        for place in 0..right.len() {
            for digit in b'0'..=b'9' {
                let mut text = right.as_bytes().to_vec();
                text[place] = digit;
                let text = String::from_utf8(text).unwrap();
                assert_eq!(holds_identity_number(&text), text == right, "{text}");
            }
        }
    }
}
