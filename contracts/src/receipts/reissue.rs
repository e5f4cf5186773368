//! `ReissueReceipt`: an issuer reverses a receipt and issues a smaller one in its place (冲红重开).
//!
//! ```text
//!   original ◄─reverses── red receipt, the original's amounts negated
//!      │ ▲
//!      │ └─replaces── new receipt ◄── bookings: see `carry`
//!      └─replaced by─────┘
//! ```

use piaolian_proto::v1 as proto;

use super::{
    carry,
    errors::ReceiptError,
    issue::IssueItem,
    new_receipt::{Content, create},
    record::Receipt,
    reissues::{REISSUES_MAX, replaced},
    reverse::{ReverseReceipt, check_kind},
    status::{ReceiptStep, check_step},
    store::{change, read, read_own},
};
use crate::{
    action::{ActionContext, Effects, Handler, ItemVerdict, SupervisedFacts},
    chain::Hash,
    malformed::{Malformed, required},
    organisations::Role,
    rejection::Stop,
    types::ReceiptId,
};

/// Reissues a receipt, for example after a partial refund (退费). The bookings of the original go to the new receipt, as
/// far as it lets their payers claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReissueReceipt {
    reversal: ReverseReceipt,
    replacement: IssueItem,
}

impl ReissueReceipt {
    /// The red receipt over the original.
    pub const fn reversal(&self) -> &ReverseReceipt {
        &self.reversal
    }

    /// The new receipt.
    pub const fn replacement(&self) -> &IssueItem {
        &self.replacement
    }
}

impl TryFrom<proto::ReissueReceipt> for ReissueReceipt {
    type Error = Malformed;

    fn try_from(message: proto::ReissueReceipt) -> Result<Self, Malformed> {
        let reversal = ReverseReceipt::try_from(required("reversal", message.reversal)?);
        let replacement = IssueItem::try_from(required("replacement", message.replacement)?);
        Ok(Self {
            reversal: reversal.map_err(|error| error.within("reversal"))?,
            replacement: replacement.map_err(|error| error.within("replacement"))?,
        })
    }
}

impl Handler for ReissueReceipt {
    fn issue_count(&self) -> u32 {
        2
    }

    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        vec![Some(*self.reversal.original())]
    }

    fn attachments(&self) -> Vec<Option<Hash>> {
        vec![
            self.reversal.attachment_hash(),
            self.replacement.form().attachment_hash,
        ]
    }

    fn supervised_facts(&self) -> SupervisedFacts<'_> {
        SupervisedFacts::Reissue {
            original: *self.reversal.original(),
            named: [self.reversal.named_id(), self.replacement.named_id()],
        }
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        ctx.authorise(Role::Issuer)?;
        let original = read_own(ctx, *self.reversal.original())?;
        check_step(ctx, &original, ReceiptStep::Reissue)?;
        check_count(ctx, &original)?;
        self.check_replacement(&original)?;
        let (red, red_hash) = self.reversal.create(ctx, &original)?;
        let content = Content {
            replaces: Some(original.id),
            ..self.replacement.content()
        };
        let form = self.replacement.form();
        let (new, new_hash) = create(ctx, ctx.actor_id(), 1, form, &content)?;
        replace(ctx, &original, red, new)?;
        Ok(Effects {
            items: [red, new, original.id].map(ItemVerdict::accepted).into(),
            issued: vec![red_hash, new_hash],
        })
    }
}

impl ReissueReceipt {
    /// Checks that the new receipt may stand in the place of the original.
    fn check_replacement(&self, original: &Receipt) -> Result<(), ReceiptError> {
        let (receipt, total) = (original.id, self.replacement.total());
        check_kind(original, self.replacement.form().code)?;
        if !total.is_positive() || total > original.total {
            return Err(ReceiptError::ReplacementTotal {
                receipt,
                total: original.total,
                replacement: total,
            });
        }
        if self.replacement.agency() != original.agency {
            return Err(ReceiptError::AnotherAgency {
                receipt,
                agency: original.agency.unwrap_or(original.issuer),
            });
        }
        Ok(())
    }
}

/// Checks that the original does not come after too many reissues.
fn check_count(ctx: &mut ActionContext<'_, '_>, original: &Receipt) -> Result<(), Stop> {
    if replaced(ctx.overlay, original)?.len() < REISSUES_MAX {
        return Ok(());
    }
    Err(ReceiptError::TooManyReissues {
        receipt: original.id,
        reissues_max: REISSUES_MAX,
    }
    .into())
}

/// Moves the bookings to the new receipt, and ends the original.
fn replace(
    ctx: &mut ActionContext<'_, '_>,
    original: &Receipt,
    red: ReceiptId,
    new: ReceiptId,
) -> Result<(), Stop> {
    let issued = read(ctx.overlay, new)?;
    let mut carried = (*issued).clone();
    let rules = ctx.block.parameters.fund_rules();
    carry::carry(original, &mut carried, rules);
    change(ctx.overlay, original, |original| {
        carry::end(original, red, new);
    })?;
    change(ctx.overlay, &issued, |receipt| *receipt = carried)
}
