//! `GrantRange`: finance grants a range of numbers to an issuer.

use std::sync::Arc;

use piaolian_proto::v1 as proto;

use super::{
    errors::NumberRangeError,
    record::Range,
    schema::{ISSUER_RANGES, IssuerCode, OPEN_RANGES_MAX, RANGES, RangeKey},
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    organisations::{Role, member},
    rejection::Stop,
    storage::Key,
    types::{OrganisationId, ReceiptCode, ReceiptNumber},
};

/// Most records of entirely recalled ranges that one grant may replace.
const RECALLED_REPLACED_MAX: usize = 64;

/// Grants an issuer the numbers from first to last, inclusive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRange {
    issuer: OrganisationId,
    code: ReceiptCode,
    first: ReceiptNumber,
    last: ReceiptNumber,
}

impl TryFrom<proto::GrantRange> for GrantRange {
    type Error = Malformed;

    fn try_from(message: proto::GrantRange) -> Result<Self, Malformed> {
        let grant = Self {
            issuer: OrganisationId::parse("issuer", &message.issuer)?,
            code: ReceiptCode::parse("receipt_code", &message.receipt_code)?,
            first: ReceiptNumber::parse("first_number", message.first_number)?,
            last: ReceiptNumber::parse("last_number", message.last_number)?,
        };
        if grant.first > grant.last {
            return Err(Malformed::new(
                "last_number",
                "must be at least first_number",
            ));
        }
        Ok(grant)
    }
}

impl Handler for GrantRange {
    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Finance)?;
        self.check_issuer(ctx)?;
        self.clear_way(ctx)?;
        let issuer = IssuerCode {
            issuer: self.issuer,
            code: self.code,
        };
        let open = ctx.overlay.get(ISSUER_RANGES, &issuer)?;
        let mut open = open.map(Arc::unwrap_or_clone).unwrap_or_default();
        if open.0.len() >= OPEN_RANGES_MAX {
            return Err(NumberRangeError::TooManyOpenRanges {
                issuer: self.issuer,
                code: self.code,
                ranges_max: OPEN_RANGES_MAX,
            }
            .into());
        }
        let first = self.first.get();
        open.0
            .insert(open.0.partition_point(|other| *other < first), first);
        ctx.overlay.entry(ISSUER_RANGES, &issuer)?.set(open);
        let key = RangeKey::new(self.code, first);
        let range = Range::granted(
            ctx.actor_id(),
            self.issuer,
            self.code,
            self.first,
            self.last,
        );
        ctx.overlay.entry(RANGES, &key)?.set(range);
        Ok(Effects::none())
    }
}

impl GrantRange {
    fn check_issuer(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        let organisation = self.issuer;
        let issuer = member(ctx.overlay, organisation)?;
        if issuer.has_role(Role::Issuer) {
            Ok(())
        } else {
            Err(NumberRangeError::NotAnIssuer { organisation }.into())
        }
    }

    /// Refuses an overlap, and removes the records of entirely recalled ranges that began within the new one. So no
    /// such record ever lies inside a range, and the nearest record at or below a number tells whose number it is.
    fn clear_way(&self, ctx: &mut ActionContext<'_, '_>) -> Result<(), Stop> {
        let mut at = RangeKey::new(self.code, self.last.get());
        for _ in 0..=RECALLED_REPLACED_MAX {
            let below = ctx.overlay.floor(RANGES, &at.bytes())?;
            let Some(range) = below.filter(|range| *range.code() == self.code) else {
                return Ok(());
            };
            if range.last().is_some_and(|last| last >= self.first.get()) {
                return Err(self.overlap(&range).into());
            }
            if range.first() < self.first.get() {
                return Ok(());
            }
            let recalled = RangeKey::new(self.code, range.first());
            ctx.overlay.entry(RANGES, &recalled)?.remove()?;
            let Some(next) = range.first().checked_sub(1) else {
                return Ok(());
            };
            at.first = next;
        }
        Err(NumberRangeError::TooManyRecalled {
            code: self.code,
            ranges_max: RECALLED_REPLACED_MAX,
        }
        .into())
    }

    fn overlap(&self, range: &Range) -> NumberRangeError {
        let number =
            |number| ReceiptNumber::parse("", number).expect("granted numbers are numbers");
        NumberRangeError::Overlap {
            code: self.code,
            first: number(range.first()),
            last: number(range.end().saturating_sub(1)),
            issuer: *range.issuer(),
        }
    }
}
