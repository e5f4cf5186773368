//! The rules that the scenarios meet, by number. `docs/PROTOCOL.md` lists all rules.

/// A rule of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    /// The rule's number.
    pub(super) code: u32,
    /// The rule's name.
    pub(super) name: &'static str,
}

const fn rule(code: u32, name: &'static str) -> Rule {
    Rule { code, name }
}

pub(super) const SUSPENDED: Rule = rule(1100, "organisation suspended");
pub(super) const NUMBER_NOT_GRANTED: Rule = rule(1210, "number not granted");
pub(super) const NUMBER_USED: Rule = rule(1212, "number used");
pub(super) const BOOKED: Rule = rule(1406, "booked");
pub(super) const REVERSED: Rule = rule(1407, "reversed");
pub(super) const RESERVED: Rule = rule(1416, "reserved");
pub(super) const NOT_AUTHORISED: Rule = rule(1510, "not authorised");
pub(super) const TOTAL_DIFFERS: Rule = rule(1600, "total differs");
pub(super) const LOCKED_BY_ANOTHER: Rule = rule(1601, "locked by another");
pub(super) const LOCKED_FOR_ANOTHER_CLAIM: Rule = rule(1602, "locked for another claim");
pub(super) const UNKNOWN_NOTICE: Rule = rule(1700, "unknown notice");
pub(super) const PAID_ALREADY: Rule = rule(1709, "paid already");
pub(super) const WRONG_AREA: Rule = rule(1710, "wrong area");
pub(super) const AMOUNT_DIFFERS: Rule = rule(1711, "amount differs");
pub(super) const LATE_FEE_OWED: Rule = rule(1712, "late fee owed");
pub(super) const STATEMENT_INCOMPLETE: Rule = rule(1725, "statement incomplete");

/// Number of the API error that the details are not encrypted for this organisation.
pub(super) const NOT_ENCRYPTED_FOR_US: u32 = 9556;
