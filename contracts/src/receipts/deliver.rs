//! `DeliverReceipts`: an issuer, or an agency that it issued for, marks receipts as
//! delivered (交付).

use piaolian_proto::v1 as proto;

use super::{
    batch,
    errors::ReceiptError,
    facts::{Delivery, DeliveryChannel},
    record::Receipt,
    store::{change, check_issuer, read},
};
use crate::{
    action::{ActionContext, Effects, Handler},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{OrganisationId, ReceiptId},
};

/// Marks receipts as delivered to their holders. The first delivery counts. A receipt can be delivered in any status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliverReceipts {
    receipts: Vec<ReceiptId>,
    channel: DeliveryChannel,
}

impl TryFrom<proto::DeliverReceipts> for DeliverReceipts {
    type Error = Malformed;

    fn try_from(message: proto::DeliverReceipts) -> Result<Self, Malformed> {
        Ok(Self {
            receipts: batch::parse_receipts(message.receipts)?,
            channel: DeliveryChannel::parse("channel", message.channel)?,
        })
    }
}

impl Handler for DeliverReceipts {
    fn altered_count(&self) -> u32 {
        batch::count(&self.receipts)
    }

    fn receipts(&self) -> Vec<Option<ReceiptId>> {
        self.receipts.iter().copied().map(Some).collect()
    }

    fn execute(&self, ctx: &mut ActionContext<'_, '_>) -> Result<Effects, Stop> {
        let roles = [Role::Issuer, Role::CollectingAgency];
        ctx.authorise_any(&roles, "issuer or collecting agency")?;
        batch::judge(
            ctx,
            &self.receipts,
            |id| *id,
            |ctx, id| self.deliver(ctx, *id),
        )
    }
}

impl DeliverReceipts {
    fn deliver(&self, ctx: &mut ActionContext<'_, '_>, id: ReceiptId) -> Result<(), Stop> {
        let receipt = read(ctx.overlay, id)?;
        let agency = check_deliverer(ctx, &receipt)?;
        if let Some(delivery) = &receipt.delivery {
            return Err(ReceiptError::DeliveredBefore {
                receipt: id,
                channel: delivery.channel,
                time: delivery.time.in_beijing(),
                height: delivery.height,
            }
            .into());
        }
        let delivery = Delivery {
            channel: self.channel,
            agency,
            height: ctx.block.height,
            time: ctx.block.time,
        };
        change(ctx.overlay, &receipt, |receipt| {
            receipt.delivery = Some(delivery);
        })
    }
}

/// Refuses an organisation that is neither the issuer of the receipt nor the agency on whose behalf it was issued.
/// Persons who pay a fine may get the receipt from the agency (docs/DOMAIN.md §5). Returns the agency if it is the
/// actor.
fn check_deliverer(
    ctx: &ActionContext<'_, '_>,
    receipt: &Receipt,
) -> Result<Option<OrganisationId>, ReceiptError> {
    let agency = receipt.agency.filter(|agency| *agency == ctx.actor_id());
    if agency.is_none() {
        check_issuer(ctx, receipt)?;
    }
    Ok(agency)
}
