//! `DeliverReceipts`: an issuer, or an agency that it issued for, marks receipts as
//! delivered (交付).

use piaolian_proto::v1 as proto;

use super::{
    batch,
    errors::ReceiptError,
    facts::{Delivery, DeliveryChannel},
    record::Receipt,
    status::beijing,
    store::{change, check_issuer, read},
};
use crate::{
    act::{Act, Effects, Handler},
    malformed::Malformed,
    organisations::Role,
    rejection::Stop,
    types::{OrganisationId, ReceiptId},
};

/// Marks receipts as delivered to their holders. The first delivery counts; whatever
/// became of a receipt, its holder may still be given it.
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
    fn alters(&self) -> u32 {
        batch::count(&self.receipts)
    }

    fn concerns(&self) -> Vec<Option<ReceiptId>> {
        self.receipts.iter().copied().map(Some).collect()
    }

    fn execute(&self, act: &mut Act<'_, '_>) -> Result<Effects, Stop> {
        let roles = [Role::Issuer, Role::CollectingAgency];
        act.authorise_any(&roles, "issuer or collecting agency")?;
        batch::judge(
            act,
            &self.receipts,
            |id| *id,
            |act, id| self.deliver(act, *id),
        )
    }
}

impl DeliverReceipts {
    fn deliver(&self, act: &mut Act<'_, '_>, id: ReceiptId) -> Result<(), Stop> {
        let receipt = read(act.overlay, id)?;
        let agency = check_deliverer(act, &receipt)?;
        if let Some(delivery) = &receipt.delivery {
            return Err(ReceiptError::DeliveredBefore {
                receipt: id,
                channel: delivery.channel,
                time: beijing(delivery.time),
                height: delivery.height,
            }
            .into());
        }
        let delivery = Delivery {
            channel: self.channel,
            agency,
            height: act.block.height,
            time: act.block.time,
        };
        change(act.overlay, &receipt, |receipt| {
            receipt.delivery = Some(delivery);
        })
    }
}

/// Refuses whoever neither issued a receipt nor had it issued. Payers of a fine come to the
/// agency for a receipt that a centre issued (DOMAIN §5). Returns the agency if it acts.
fn check_deliverer(
    act: &Act<'_, '_>,
    receipt: &Receipt,
) -> Result<Option<OrganisationId>, ReceiptError> {
    let agency = receipt.agency.filter(|agency| *agency == act.actor_id());
    if agency.is_none() {
        check_issuer(act, receipt)?;
    }
    Ok(agency)
}
