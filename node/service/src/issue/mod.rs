//! Issuance: receipts and notices with their details.

pub(crate) mod import;
pub(crate) mod notices;
pub(crate) mod receipts;
pub(crate) mod recipients;
pub(crate) mod reversal;
