//! A receipt in its holder's hands (交付).

use std::fmt;

use piaolian_proto::v1 as proto;

use crate::{
    chain::Height,
    malformed::Malformed,
    receipts::codec::parse_agency,
    types::{BlockTime, OrganisationId},
};

/// The way by which a receipt reached its holder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(i32)]
pub enum DeliveryChannel {
    /// 短信
    TextMessage = 1,
    /// 电子邮件
    Mail = 2,
    /// 移动应用、小程序
    Application = 3,
    /// 窗口、自助机
    Counter = 4,
    /// 网上取票
    PickUp = 5,
}

impl DeliveryChannel {
    /// The number in messages.
    #[must_use]
    pub const fn number(self) -> i32 {
        self as i32
    }

    /// Takes the value of a message's field.
    ///
    /// # Errors
    /// When the number names no channel.
    pub fn parse(field: &str, number: i32) -> Result<Self, Malformed> {
        match proto::DeliveryChannel::try_from(number) {
            Ok(proto::DeliveryChannel::TextMessage) => Ok(Self::TextMessage),
            Ok(proto::DeliveryChannel::Mail) => Ok(Self::Mail),
            Ok(proto::DeliveryChannel::Application) => Ok(Self::Application),
            Ok(proto::DeliveryChannel::Counter) => Ok(Self::Counter),
            Ok(proto::DeliveryChannel::PickUp) => Ok(Self::PickUp),
            Ok(proto::DeliveryChannel::Unspecified) | Err(_) => {
                Err(Malformed::new(field, "must name a channel"))
            }
        }
    }
}

impl fmt::Display for DeliveryChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TextMessage => "text message",
            Self::Mail => "mail",
            Self::Application => "application",
            Self::Counter => "counter",
            Self::PickUp => "pick-up",
        })
    }
}

/// The first delivery of a receipt, as its issuer or the agency marked it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// The way.
    pub channel: DeliveryChannel,
    /// The agency on whose behalf it was issued, when that delivered it; `None` is the
    /// issuer.
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
