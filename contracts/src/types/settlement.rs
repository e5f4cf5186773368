//! The amounts that were already paid when the receipt was settled.

use piaolian_proto::v1 as proto;

use super::fen::Fen;
use crate::{
    fields::field,
    malformed::{Malformed, required},
};

/// The amounts that were already paid at settlement, by channel. On a reversal receipt every amount
/// is negated.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Settlement {
    /// 统筹基金支付
    pub pooled_fund: Fen,
    /// 个人账户支付
    pub personal_account: Fen,
    /// 个人现金支付
    pub personal_cash: Fen,
    /// 其他支付
    pub other: Fen,
}

impl Settlement {
    /// Takes the value of a message's field; each part is at least 0.
    ///
    /// # Errors
    /// When a part is negative.
    pub fn parse_unsigned(
        field: &str,
        settlement: Option<proto::Settlement>,
    ) -> Result<Self, Malformed> {
        let parts = Self::from(settlement.unwrap_or_default());
        let unsigned = |name, part: Fen| {
            Fen::parse_unsigned(name, part.get()).map_err(|error| error.within(field))
        };
        unsigned("pooled_fund_fen", parts.pooled_fund)?;
        unsigned("personal_account_fen", parts.personal_account)?;
        unsigned("personal_cash_fen", parts.personal_cash)?;
        unsigned("other_fen", parts.other)?;
        Ok(parts)
    }

    /// The sum of the parts, or `None` when it does not fit.
    pub fn checked_sum(&self) -> Option<Fen> {
        Fen::checked_sum(self.parts())
    }

    /// Whether the parts are consistent with `total`: together they are the
    /// total, or all are 0.
    pub fn fits(&self, total: Fen) -> bool {
        self.is_empty() || self.checked_sum() == Some(total)
    }

    /// Whether no channel states an amount.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The settlement of a receipt that its payer paid alone.
    pub fn in_cash(total: Fen) -> Self {
        Self {
            personal_cash: total,
            ..Self::default()
        }
    }

    /// Every part negated, or `None` when one has no opposite.
    pub fn checked_neg(&self) -> Option<Self> {
        Some(Self {
            pooled_fund: self.pooled_fund.checked_neg()?,
            personal_account: self.personal_account.checked_neg()?,
            personal_cash: self.personal_cash.checked_neg()?,
            other: self.other.checked_neg()?,
        })
    }

    const fn parts(&self) -> [Fen; 4] {
        [
            self.pooled_fund,
            self.personal_account,
            self.personal_cash,
            self.other,
        ]
    }
}

field!(
    Settlement: Option<proto::Settlement>,
    |settlement| Some(settlement.into()),
    |field, settlement| required(field, settlement).map(Into::into)
);

impl From<proto::Settlement> for Settlement {
    fn from(settlement: proto::Settlement) -> Self {
        Self {
            pooled_fund: Fen::new(settlement.pooled_fund_fen),
            personal_account: Fen::new(settlement.personal_account_fen),
            personal_cash: Fen::new(settlement.personal_cash_fen),
            other: Fen::new(settlement.other_fen),
        }
    }
}

impl From<&Settlement> for proto::Settlement {
    fn from(settlement: &Settlement) -> Self {
        Self {
            pooled_fund_fen: settlement.pooled_fund.get(),
            personal_account_fen: settlement.personal_account.get(),
            personal_cash_fen: settlement.personal_cash.get(),
            other_fen: settlement.other.get(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_the_total_or_nothing() {
        let settlement = Settlement {
            pooled_fund: Fen::new(60),
            personal_cash: Fen::new(40),
            ..Settlement::default()
        };
        assert!(settlement.fits(Fen::new(100)));
        assert!(!settlement.fits(Fen::new(101)));
        assert!(Settlement::default().fits(Fen::new(100)));
        let most = Settlement {
            other: Fen::new(i64::MAX),
            ..settlement
        };
        assert!(!most.fits(Fen::new(99)));
    }
}
