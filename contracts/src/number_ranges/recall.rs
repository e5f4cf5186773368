//! `RecallRange`: finance takes the unused tail of a range back.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    errors::NumberRangeError,
    numbering::close,
    record::Range,
    schema::{RANGES, RangeKey},
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{ReceiptCode, ReceiptNumber},
};

/// Takes back the numbers of a range from one number on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecallRange {
    code: ReceiptCode,
    first: ReceiptNumber,
    from: ReceiptNumber,
}

impl TryFrom<proto::RecallRange> for RecallRange {
    type Error = Malformed;

    fn try_from(message: proto::RecallRange) -> Result<Self, Malformed> {
        Ok(Self {
            code: ReceiptCode::parse("receipt_code", &message.receipt_code)?,
            first: ReceiptNumber::parse("first_number", message.first_number)?,
            from: ReceiptNumber::parse("from_number", message.from_number)?,
        })
    }
}

impl Handler for RecallRange {
    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Finance)?;
        let key = RangeKey::new(self.code, self.first.get());
        let range = ctx
            .overlay
            .get(RANGES, &key)?
            .ok_or(NumberRangeError::UnknownRange {
                code: self.code,
                first: self.first,
            })?;
        self.check(&range)?;
        let mut range = Arc::unwrap_or_clone(range);
        range.recall(self.from.get());
        if !range.is_open() {
            close(ctx.overlay, &range)?;
        }
        ctx.overlay.entry(RANGES, &key)?.set(range);
        Ok(Effects::none())
    }
}

impl RecallRange {
    fn check(&self, range: &Range) -> Result<(), NumberRangeError> {
        let number =
            |number| ReceiptNumber::parse("", number).expect("granted numbers are numbers");
        let Some(last) = range.last() else {
            return Err(NumberRangeError::AlreadyRecalled {
                code: self.code,
                first: self.first,
            });
        };
        if !range.contains(self.from.get()) {
            return Err(NumberRangeError::OutsideRange {
                from: self.from,
                first: self.first,
                last: number(last),
            });
        }
        if self.from.get() < range.used_below() {
            return Err(NumberRangeError::NumbersInUse {
                from: self.from,
                highest: number(range.used_below().saturating_sub(1)),
            });
        }
        Ok(())
    }
}
