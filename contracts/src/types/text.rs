//! Texts with bounds: numbers of claims, vouchers and businesses; names, persons
//! and reasons.
//!
//! ```text
//!   bytes within bounds ─► characters of its form ─► no citizen's identity number ─► text
//! ```
//!
//! All of them go on chain, where nothing can be removed. So every text is also checked for identity numbers; that
//! check has its own rule.

use std::{fmt, str::FromStr};

use super::identity_number::holds_identity_number;
use crate::malformed::Malformed;

/// Declares a text type: its bounds in bytes, its characters, and its form in words.
macro_rules! text {
    ($(#[$meta:meta])* $name:ident, $min:literal..=$max:literal, $accepts:expr, $form:literal) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(String);

        impl $name {
            /// Shortest, in bytes.
            pub const BYTES_MIN: usize = $min;
            /// Longest, in bytes.
            pub const BYTES_MAX: usize = $max;

            /// Parses the value of a message's field.
            ///
            /// # Errors
            /// When its length or a character is out of bounds, or it holds a
            /// citizen's identity number.
            pub fn parse(field: &str, text: String) -> Result<Self, Malformed> {
                let accepts: fn(char) -> bool = $accepts;
                if !($min..=$max).contains(&text.len()) || !text.chars().all(accepts) {
                    return Err(Malformed::new(field, concat!("must be ", $form)));
                }
                if holds_identity_number(&text) {
                    return Err(Malformed::identity_number(field));
                }
                Ok(Self(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        crate::fields::field!($name: String, ToString::to_string, Self::parse);

        impl FromStr for $name {
            type Err = Malformed;

            fn from_str(text: &str) -> Result<Self, Malformed> {
                Self::parse("", text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

fn in_number(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '/' | '-')
}

fn in_login(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '@' | '-')
}

fn in_prose(character: char) -> bool {
    !character.is_control()
}

text!(
    /// The issuer's own number of a business (业务流水号).
    BusinessNumber, 1..=64, in_number, "1 to 64 characters of [A-Za-z0-9._/-]"
);
text!(
    /// A payer's own number of a claim.
    ClaimNumber, 1..=64, in_number, "1 to 64 characters of [A-Za-z0-9._/-]"
);
text!(
    /// The number of an accounting voucher (记账凭证号).
    VoucherNumber, 1..=64, in_number, "1 to 64 characters of [A-Za-z0-9._/-]"
);
text!(
    /// The type of an accounting voucher (凭证类型), in the payer's words.
    VoucherType, 1..=32, in_prose, "1 to 32 bytes without control characters"
);
text!(
    /// The entity whose books hold a voucher (核算主体、账套): the payer's own code or name of it.
    AccountingEntity, 1..=64, in_prose, "1 to 64 bytes without control characters"
);
text!(
    /// Finance's number of a use audit (核销).
    AuditNumber, 1..=64, in_number, "1 to 64 characters of [A-Za-z0-9._/-]"
);
text!(
    /// The number of an archive entry (档号).
    ArchiveNumber, 1..=64, in_number, "1 to 64 characters of [A-Za-z0-9._/-]"
);
text!(
    /// An insurer's own code of a reimbursement policy (报销政策).
    PolicyCode, 1..=24, in_number, "1 to 24 characters of [A-Za-z0-9._/-]"
);
text!(
    /// An insurer's own code of a plan (险种), whose sums of a year several policies share.
    PlanCode, 1..=24, in_number, "1 to 24 characters of [A-Za-z0-9._/-]"
);
text!(
    /// The code of a paper receipt.
    PaperCode, 1..=20, |character| character.is_ascii_alphanumeric(), "1 to 20 characters of [A-Za-z0-9]"
);
text!(
    /// The number of a paper receipt.
    PaperNumber, 1..=20, |character| character.is_ascii_alphanumeric(), "1 to 20 characters of [A-Za-z0-9]"
);
text!(
    /// A person inside an organisation (经办, 复核): a login or staff number, never a name.
    Operator, 1..=64, in_login, "a login or staff number, 1 to 64 characters of [A-Za-z0-9._@-]"
);
text!(
    /// The reason why something was done.
    Reason, 1..=512, in_prose, "1 to 512 bytes without control characters"
);
text!(
    /// The number of a penalty decision (处罚决定书号). The person who pays shows only this number.
    DecisionNumber, 15..=20, |character| character.is_ascii_alphanumeric(),
    "15 to 20 characters of [A-Za-z0-9]"
);
text!(
    /// The payment code of a notice (缴款码).
    PaymentCode, 16..=20, |character| character.is_ascii_digit(), "16 to 20 digits"
);
text!(
    /// A bank's own number of a payment (流水号).
    BankReference, 1..=32, in_number, "1 to 32 characters of [A-Za-z0-9._/-]"
);
text!(
    /// The purpose of a payment as a bank's statement has it: a decision number or a payment code.
    StatedNotice, 1..=32, in_number, "1 to 32 characters of [A-Za-z0-9._/-]"
);
text!(
    /// The legal name of an organisation.
    OrganisationName, 1..=256, in_prose, "1 to 256 bytes without control characters"
);
text!(
    /// An administrative division code (GB/T 2260).
    Region, 6..=6, |character| character.is_ascii_digit(), "6 digits"
);

text!(
    /// The beginning of an administrative division code: a province, a city or a county.
    Division, 2..=6, |character| character.is_ascii_digit(), "2, 4 or 6 digits"
);

impl Division {
    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When it is not 2, 4 or 6 digits.
    pub fn parse_level(field: &str, division: String) -> Result<Self, Malformed> {
        match division.len() {
            2 | 4 | 6 => Self::parse(field, division),
            _ => Err(Malformed::new(field, "must be 2, 4 or 6 digits")),
        }
    }

    /// Whether a region is this division or within it.
    pub fn holds(&self, region: &Region) -> bool {
        region.as_str().starts_with(self.as_str())
    }
}

impl Region {
    /// The province: the first two digits.
    pub fn province(&self) -> &str {
        self.0.get(..2).expect("a region has 6 digits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_plain_and_bounded() {
        assert!("V-2026/11_21.7".parse::<VoucherNumber>().is_ok());
        assert!("7".repeat(64).parse::<ClaimNumber>().is_ok());
        for bad in ["", "a b", "票1", &"7".repeat(65)] {
            assert!(bad.parse::<BusinessNumber>().is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_of_payments_have_their_forms() {
        for good in ["350100202600017", "FZ350100202600017aBc"] {
            assert!(good.parse::<DecisionNumber>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "35010020260001",
            "350100-20260001-7",
            "350100202600017350100",
        ] {
            assert!(bad.parse::<DecisionNumber>().is_err(), "{bad}");
        }
        assert!("35010026300000000001".parse::<PaymentCode>().is_ok());
        assert!("350100263000000000A1".parse::<PaymentCode>().is_err());
        assert!("2026/11-21.7_B".parse::<BankReference>().is_ok());
        assert!("7".repeat(33).parse::<BankReference>().is_err());
        assert!("7".repeat(33).parse::<StatedNotice>().is_err());
    }

    #[test]
    fn a_person_is_a_login_or_a_staff_number() {
        for login in ["yb-021", "finance-1", "li.wei@example.cn", "A_7"] {
            assert!(login.parse::<Operator>().is_ok(), "{login}");
        }
        for other in ["", "张三", "Li Wei", "a/b", "a\u{7}", &"7".repeat(65)] {
            assert!(other.parse::<Operator>().is_err(), "{other}");
        }
    }

    #[test]
    fn no_text_holds_an_identity_number() {
        let number = "990100199003070019";
        let refused = |error: Option<Malformed>| {
            assert_eq!(error, Some(Malformed::identity_number("")));
        };
        refused(number.parse::<BusinessNumber>().err());
        refused(number.parse::<ClaimNumber>().err());
        refused(number.parse::<VoucherNumber>().err());
        refused(number.parse::<DecisionNumber>().err());
        refused(number.parse::<PaymentCode>().err());
        refused(number.parse::<BankReference>().err());
        refused(number.parse::<StatedNotice>().err());
        refused(number.parse::<PolicyCode>().err());
        refused(number.parse::<PlanCode>().err());
        refused(number.parse::<Operator>().err());
        refused(format!("{number} 已退费").parse::<Reason>().err());
        refused(format!("{number} 诊所").parse::<OrganisationName>().err());
    }

    #[test]
    fn prose_is_bounded_in_bytes_and_holds_no_control_characters() {
        assert!("票据重复".parse::<Reason>().is_ok());
        assert!("票".repeat(171).parse::<Reason>().is_err());
        assert!("line\nbreak".parse::<Reason>().is_err());
        assert!("".parse::<Reason>().is_err());
        assert!("350100".parse::<Region>().is_ok());
        assert!("35010".parse::<Region>().is_err());
        assert_eq!("350100".parse::<Region>().unwrap().province(), "35");
    }
}
