//! Steps that all scenarios share.

pub(super) mod agreement;
pub(super) mod commands;
pub(super) mod founding;
pub(super) mod joining;
