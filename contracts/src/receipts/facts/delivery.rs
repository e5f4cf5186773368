//! The delivery of a receipt to its holder (交付).

use piaolian_proto::v1 as proto;

use crate::{
    chain::Height,
    malformed::Malformed,
    numbered::numbered,
    receipts::codec::parse_agency,
    types::{BlockTime, OrganisationId},
};

numbered! {
    /// The channel by which a receipt reached its holder.
    pub enum DeliveryChannel(i32) of proto DeliveryChannel, "must name a channel" {
        /// 短信
        TextMessage: "text message",
        /// 电子邮件
        Mail: "mail",
        /// 移动应用、小程序
        Application: "application",
        /// 窗口、自助机
        Counter: "counter",
        /// 网上取票
        PickUp: "pick-up",
    }
}

/// The first delivery of a receipt, as its issuer or the agency marked it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// The channel.
    pub channel: DeliveryChannel,
    /// The agency on whose behalf it was issued, if the agency delivered it; `None`: the issuer did.
    pub agency: Option<OrganisationId>,
    /// The block …
    pub height: Height,
    /// … and its time.
    pub time: BlockTime,
}

impl From<&Delivery> for proto::Delivery {
    fn from(delivery: &Delivery) -> Self {
        Self {
            channel: delivery.channel.number(),
            height: delivery.height.get(),
            time_ms: delivery.time.as_ms(),
            agency: delivery
                .agency
                .map(|agency| agency.to_string())
                .unwrap_or_default(),
        }
    }
}

impl TryFrom<proto::Delivery> for Delivery {
    type Error = Malformed;

    fn try_from(delivery: proto::Delivery) -> Result<Self, Malformed> {
        Ok(Self {
            channel: DeliveryChannel::parse("delivery.channel", delivery.channel)?,
            agency: parse_agency(&delivery.agency).map_err(|error| error.within("delivery"))?,
            height: Height::new(delivery.height),
            time: BlockTime::from_ms(delivery.time_ms),
        })
    }
}
