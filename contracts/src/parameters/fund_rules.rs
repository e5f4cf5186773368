//! The governed table of the kinds of fund: who may pay each, which receipts, and how much of them.

use piaolian_proto::v1 as proto;

use super::{errors::ParameterError, record::Part};
use crate::{
    fields::{Field, as_message, field},
    malformed::Malformed,
    types::{Fen, FundKind, ReceiptKind, Role, Settlement},
};

/// The rule of a kind of fund: who may reimburse from it, and which receipts, and how much of them.
#[allow(
    clippy::struct_excessive_bools,
    reason = "one switch for each channel and exclusion, as in the message"
)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FundRule {
    /// The kind of fund.
    pub fund_kind: FundKind,
    /// 统筹基金支付 is taken off.
    pub less_pooled_fund: bool,
    /// 个人账户支付 is taken off.
    pub less_personal_account: bool,
    /// 个人现金支付 is taken off.
    pub less_personal_cash: bool,
    /// 其他支付 is taken off.
    pub less_other: bool,
    /// The role that may pay it.
    pub role: Role,
    /// It pays by a claim alone, with the holder's live authorisation.
    pub claim_needed: bool,
    /// One payer of the kind excludes all others (重复参保).
    pub excludes_other_payers: bool,
    /// It pays nothing of a receipt of which the pooled fund paid a part at settlement.
    pub excluded_by_pooled_fund: bool,
    /// The receipts that it may pay.
    pub categories: Categories,
}

/// Categories (分类) of receipts, digits 3 and 4 of the code; none named means all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Categories(u128);

impl Categories {
    /// Every category.
    pub const ALL: Self = Self(0);

    /// 医疗
    pub const MEDICAL: Self = Self(1 << 6);

    /// Takes the values of a message's field.
    ///
    /// # Errors
    /// When one is not two digits, or they do not ascend.
    pub fn parse(field: &str, categories: &[String]) -> Result<Self, Malformed> {
        let mut named = 0_u128;
        for category in categories {
            let number = match category.as_bytes() {
                &[tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
                    let tens = u32::from(tens & 0x0f).saturating_mul(10);
                    tens.saturating_add(u32::from(ones & 0x0f))
                }
                _ => return Err(Malformed::new(field, "must be 2 digits each")),
            };
            let place = 1_u128 << number;
            if named >= place {
                return Err(Malformed::new(field, "must ascend, each once"));
            }
            named |= place;
        }
        Ok(Self(named))
    }

    /// Whether receipts of this kind are of one of them.
    pub fn include(self, kind: ReceiptKind) -> bool {
        self.0 == 0 || self.0 & (1 << kind.category()) != 0
    }

    fn message(self) -> Vec<String> {
        let named = (0..100).filter(|number| self.0 & (1_u128 << number) != 0);
        named.map(|number| format!("{number:02}")).collect()
    }
}

impl FundRule {
    /// The rule that a kind of fund has to begin with (docs/DOMAIN.md §6). The parts that the person did not pay are
    /// taken off: the pooled fund's part (docs/DOMAIN.md §3), and 其他支付, which on a medical receipt is what
    /// serious-illness, medical-aid, civil-servant and other funds paid at settlement. The parts that the person paid,
    /// from the personal account or in cash, may be reimbursed.
    pub const fn first(fund_kind: FundKind) -> Self {
        let statutory = fund_kind.is_statutory();
        Self {
            fund_kind,
            less_pooled_fund: true,
            less_personal_account: false,
            less_personal_cash: false,
            less_other: true,
            role: match fund_kind {
                FundKind::BasicMedical
                | FundKind::SeriousIllness
                | FundKind::MedicalAid
                | FundKind::LargeAmount
                | FundKind::CivilServants
                | FundKind::Maternity
                | FundKind::WorkInjury => Role::MedicalInsurer,
                FundKind::Commercial => Role::CommercialInsurer,
                FundKind::Employer | FundKind::Other => Role::ReimbursingUnit,
            },
            claim_needed: statutory,
            excludes_other_payers: statutory,
            excluded_by_pooled_fund: matches!(fund_kind, FundKind::BasicMedical),
            categories: if statutory {
                Categories::MEDICAL
            } else {
                Categories::ALL
            },
        }
    }

    /// Whether it is refused all receipts of which the pooled fund paid a part, and this is one.
    pub fn is_settled(&self, settlement: &Settlement) -> bool {
        self.excluded_by_pooled_fund && settlement.pooled_fund.is_positive()
    }

    /// The amount that funds of this kind may reimburse of a receipt, before bookings: the total
    /// less the channels taken off.
    pub fn claimable(&self, total: Fen, settlement: &Settlement) -> Fen {
        let off = [
            (self.less_pooled_fund, settlement.pooled_fund),
            (self.less_personal_account, settlement.personal_account),
            (self.less_personal_cash, settlement.personal_cash),
            (self.less_other, settlement.other),
        ];
        let off = off
            .into_iter()
            .filter_map(|(less, part)| less.then_some(part));
        // The parts of an issued receipt sum to its total or are all 0, so this neither overflows nor falls below 0.
        Fen::checked_sum(off)
            .and_then(|off| total.checked_sub(off))
            .filter(|claimable| claimable.is_positive())
            .unwrap_or(Fen::ZERO)
    }
}

/// At most one rule for each kind of fund, in order of the kind. A kind without
/// a rule cannot be booked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FundRules(Vec<FundRule>);

impl FundRules {
    /// Rules in order of the kind.
    ///
    /// # Errors
    /// When they are out of order or a kind occurs twice.
    pub fn new(rules: Vec<FundRule>) -> Result<Self, ParameterError> {
        for pair in rules.windows(2) {
            if let [first, second] = pair
                && first.fund_kind >= second.fund_kind
            {
                return Err(ParameterError::FundRulesOutOfOrder {
                    fund_kind: second.fund_kind,
                });
            }
        }
        Ok(Self(rules))
    }

    /// The rule of `fund_kind`.
    pub fn of(&self, fund_kind: FundKind) -> Option<&FundRule> {
        self.0.iter().find(|rule| rule.fund_kind == fund_kind)
    }

    /// The rules, in order of the kind.
    pub fn as_slice(&self) -> &[FundRule] {
        &self.0
    }
}

/// The first rules of a chain: [`FundRule::first`] for each kind.
impl Default for FundRules {
    fn default() -> Self {
        Self(FundKind::ALL.map(FundRule::first).to_vec())
    }
}

impl Part for FundRules {
    type Message = Vec<proto::FundRule>;
    type Proposed = Vec<FundRule>;

    fn parse(field: &str, rules: &Self::Message) -> Result<Vec<FundRule>, Malformed> {
        if rules.len() > FundKind::ALL.len() {
            return Err(Malformed::new(
                field,
                "must be at most one for each kind of fund",
            ));
        }
        let rules: Vec<FundRule> = Field::from_message(field, rules.clone())?;
        for rule in &rules {
            check_role(field, rule)?;
        }
        Ok(rules)
    }

    fn within_bounds(proposed: &Vec<FundRule>) -> Result<Self, ParameterError> {
        Self::new(proposed.clone())
    }

    fn message(&self) -> Self::Message {
        self.0.iter().map(Into::into).collect()
    }
}

/// Refuses a role that does not pay from the fund. No vote can hand a statutory fund to another payer than a medical
/// insurer, nor another fund to a medical insurer.
fn check_role(field: &str, rule: &FundRule) -> Result<(), Malformed> {
    let is_medical = matches!(rule.role, Role::MedicalInsurer);
    if Role::PAYERS.contains(&rule.role) && rule.fund_kind.is_statutory() == is_medical {
        return Ok(());
    }
    Err(Malformed::new(
        format!("{field}.role"),
        "must be a role that reimburses: a medical insurer for statutory funds alone",
    ))
}

field!(Categories: Vec<String>, |categories| categories.message(), |field, named| {
    Self::parse(field, &named)
});

as_message! {
    FundRule: proto::FundRule {
        fund_kind, less_pooled_fund, less_personal_account, less_personal_cash, less_other, role,
        claim_needed, excludes_other_payers, excluded_by_pooled_fund, categories,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTLEMENT: Settlement = Settlement {
        pooled_fund: Fen::new(1),
        personal_account: Fen::new(20),
        personal_cash: Fen::new(300),
        other: Fen::new(4_000),
    };

    #[test]
    fn each_channel_is_taken_off_by_its_own_switch() {
        let nothing_off = FundRule {
            less_pooled_fund: false,
            less_other: false,
            ..FundRule::first(FundKind::Employer)
        };
        let total = SETTLEMENT.checked_sum().unwrap();
        let claimable = |rule: FundRule| rule.claimable(total, &SETTLEMENT).get();
        assert_eq!(claimable(nothing_off), 4_321);
        assert_eq!(
            claimable(FundRule {
                less_pooled_fund: true,
                ..nothing_off
            }),
            4_320
        );
        assert_eq!(
            claimable(FundRule {
                less_personal_account: true,
                ..nothing_off
            }),
            4_301
        );
        assert_eq!(
            claimable(FundRule {
                less_personal_cash: true,
                ..nothing_off
            }),
            4_021
        );
        assert_eq!(
            claimable(FundRule {
                less_other: true,
                ..nothing_off
            }),
            321
        );
    }

    #[test]
    fn what_others_paid_at_settlement_is_off_to_begin_with() {
        let rules = FundRules::default();
        for kind in FundKind::ALL {
            let rule = rules.of(kind).unwrap();
            assert_eq!(rule.claimable(Fen::new(4_321), &SETTLEMENT), Fen::new(320));
            assert_eq!(
                rule.claimable(Fen::new(500), &Settlement::default()),
                Fen::new(500)
            );
        }
        assert!(FundRules::new(rules.as_slice().to_vec()).is_ok());
    }

    #[test]
    fn rules_stand_in_order_and_once() {
        let mut rules = FundRules::default().as_slice().to_vec();
        rules.swap(0, 1);
        assert!(FundRules::new(rules.clone()).is_err());
        rules[1] = rules[0];
        assert!(FundRules::new(rules).is_err());
        assert!(FundRules::new(vec![]).is_ok());
    }

    #[test]
    fn statutory_funds_are_the_medical_insurers_alone() {
        for kind in FundKind::ALL {
            for role in Role::ALL {
                let statutory = kind.is_statutory();
                let allowed = match role {
                    Role::MedicalInsurer => statutory,
                    Role::CommercialInsurer | Role::ReimbursingUnit => !statutory,
                    _ => false,
                };
                let first = FundRule::first(kind);
                let checked = check_role("", &FundRule { role, ..first });
                assert_eq!(checked.is_ok(), allowed, "{kind} {role}");
            }
            let rule = FundRule::first(kind);
            assert_eq!(FundRule::try_from(proto::FundRule::from(&rule)), Ok(rule));
        }
    }

    #[test]
    fn categories_are_two_digits_and_ascend() {
        let parse = |named: &[&str]| {
            let named: Vec<String> = named.iter().map(|name| (*name).to_owned()).collect();
            Categories::parse("", &named)
        };
        let kind = |kind| ReceiptKind::parse("", kind).unwrap();
        assert_eq!(parse(&[]), Ok(Categories::ALL));
        assert_eq!(parse(&["06"]), Ok(Categories::MEDICAL));
        let some = parse(&["00", "06", "99"]).unwrap();
        assert_eq!(some.message(), ["00", "06", "99"]);
        assert!(some.include(kind("0601")) && some.include(kind("9901")));
        assert!(!some.include(kind("0401")) && Categories::ALL.include(kind("0401")));
        for wrong in [&["6"][..], &["06", "06"], &["07", "06"], &["0a"], &["006"]] {
            assert!(parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
