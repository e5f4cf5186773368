//! Events of committed blocks, and subscriptions to them.

pub(crate) mod projection;
mod subscription;

pub use self::subscription::{Events, Subscription};
