//! Events of committed blocks, and subscriptions to them.

pub(crate) mod projection;
pub(crate) mod subscription;
