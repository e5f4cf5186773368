//! The delivery of a receipt to its holder (交付).

use piaolian_proto::v1 as proto;

use crate::{
    chain::Height,
    fields::as_message,
    numbered::numbered,
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

as_message! {
    Delivery: proto::Delivery {
        channel, height, agency;
        time: time_ms,
    }
}
