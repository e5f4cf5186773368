//! The settlement channels that are taken off before a fund may reimburse.

use piaolian_proto::v1 as proto;

use super::{errors::ParameterError, record::Part};
use crate::{
    malformed::Malformed,
    types::{Fen, FundKind, Settlement},
};

/// The settlement channels whose amounts a kind of fund may not pay again.
#[allow(
    clippy::struct_excessive_bools,
    reason = "one switch for each channel, as in the message"
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
}

impl FundRule {
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

/// The first rules of a chain. For every kind of fund they take off the parts that the person did not pay: the pooled
/// fund's part (docs/DOMAIN.md §3), and 其他支付, which on a medical receipt is what serious-illness, medical-aid,
/// civil-servant and other funds paid at settlement. The parts that the person paid, from the personal account or in
/// cash, may be reimbursed.
impl Default for FundRules {
    fn default() -> Self {
        let rule = |fund_kind| FundRule {
            fund_kind,
            less_pooled_fund: true,
            less_personal_account: false,
            less_personal_cash: false,
            less_other: true,
        };
        Self(FundKind::ALL.map(rule).to_vec())
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
        rules.iter().copied().map(FundRule::try_from).collect()
    }

    fn within_bounds(proposed: &Vec<FundRule>) -> Result<Self, ParameterError> {
        Self::new(proposed.clone())
    }

    fn message(&self) -> Self::Message {
        self.0.iter().map(Into::into).collect()
    }
}

impl TryFrom<proto::FundRule> for FundRule {
    type Error = Malformed;

    fn try_from(rule: proto::FundRule) -> Result<Self, Malformed> {
        Ok(Self {
            fund_kind: FundKind::parse("fund_rules.fund_kind", rule.fund_kind)?,
            less_pooled_fund: rule.less_pooled_fund,
            less_personal_account: rule.less_personal_account,
            less_personal_cash: rule.less_personal_cash,
            less_other: rule.less_other,
        })
    }
}

impl From<&FundRule> for proto::FundRule {
    fn from(rule: &FundRule) -> Self {
        Self {
            fund_kind: rule.fund_kind.number(),
            less_pooled_fund: rule.less_pooled_fund,
            less_personal_account: rule.less_personal_account,
            less_personal_cash: rule.less_personal_cash,
            less_other: rule.less_other,
        }
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
            fund_kind: FundKind::Employer,
            less_pooled_fund: false,
            less_personal_account: false,
            less_personal_cash: false,
            less_other: false,
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
}
