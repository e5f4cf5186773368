//! The rules of the parameters: 1900 and 1901.

use crate::{rejection::rejections, types::FundKind};

rejections! {
    /// The reason why parameters were rejected.
    pub enum ParameterError {
        /// Emitted by `SetParameters` and `Propose`.
        1900 OutOfBounds { parameter: &'static str, value: u64, min: u64, max: u64 }
            "{0} would be {1}, but must be {2} to {3}"
            "{0} 的值 {1} 超出范围 {2} 至 {3}"
        /// Emitted by `SetParameters` and `Propose`.
        1901 FundRulesOutOfOrder { fund_kind: FundKind }
            "the rule of {0} is out of order or given twice"
            "“{0}”的规则顺序有误或重复"
    }
}

impl ParameterError {
    /// Requires `value` to be `min` to `max`.
    ///
    /// # Errors
    /// When it lies outside.
    pub(crate) fn check(
        parameter: &'static str,
        value: u64,
        min: u64,
        max: u64,
    ) -> Result<(), Self> {
        if (min..=max).contains(&value) {
            return Ok(());
        }
        Err(Self::OutOfBounds {
            parameter,
            value,
            min,
            max,
        })
    }
}
