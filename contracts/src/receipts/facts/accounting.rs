//! The entry of a booking in the payer's books (财会〔2020〕6 号, 电子凭证会计数据标准).

use crate::{
    fields::field,
    malformed::Malformed,
    types::{AccountingEntity, AccountingPeriod, BeijingDate, VoucherType},
};

/// The entry of a booking in the payer's books, as far as the payer states it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AccountingFacts {
    /// 凭证类型
    pub voucher_type: Option<VoucherType>,
    /// 凭证日期
    pub voucher_date: Option<BeijingDate>,
    /// 会计期间
    pub period: Option<AccountingPeriod>,
    /// 核算主体（账套）
    pub entity: Option<AccountingEntity>,
}

impl AccountingFacts {
    /// Takes the values of a message's fields; an empty text and 0 state nothing.
    ///
    /// # Errors
    /// When one is malformed.
    pub fn parse(
        voucher_type: String,
        voucher_date: u32,
        period: u32,
        entity: String,
    ) -> Result<Self, Malformed> {
        let voucher_type = Some(voucher_type).filter(|text| !text.is_empty());
        let entity = Some(entity).filter(|text| !text.is_empty());
        let date = Some(voucher_date).filter(|date| *date > 0);
        let period = Some(period).filter(|period| *period > 0);
        Ok(Self {
            voucher_type: voucher_type
                .map(|text| VoucherType::parse("voucher_type", text))
                .transpose()?,
            voucher_date: date
                .map(|date| BeijingDate::parse("voucher_date", date))
                .transpose()?,
            period: period
                .map(|period| AccountingPeriod::parse("accounting_period", period))
                .transpose()?,
            entity: entity
                .map(|text| AccountingEntity::parse("accounting_entity", text))
                .transpose()?,
        })
    }
}

// The four fields of a booking's message; an empty text and 0 state nothing.
field!(
    AccountingFacts: (String, u32, u32, String),
    |facts| {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        (
            text(facts.voucher_type.as_ref().map(VoucherType::as_str)),
            facts.voucher_date.map(BeijingDate::get).unwrap_or_default(),
            facts.period.map(AccountingPeriod::get).unwrap_or_default(),
            text(facts.entity.as_ref().map(AccountingEntity::as_str)),
        )
    },
    |_, (voucher_type, voucher_date, period, entity)| {
        Self::parse(voucher_type, voucher_date, period, entity)
    }
);
