//! What every story has: a beginning, organisations that join, an end.

pub(super) mod agreement;
pub(super) mod founding;
pub(super) mod joining;
pub(super) mod trying;
