//! Reads of the committed ledger.

pub(crate) mod archive;
pub(crate) mod chain;
pub(crate) mod claims;
pub(crate) mod disclosure;
pub(crate) mod governance;
pub(crate) mod history;
pub(crate) mod notices;
pub(crate) mod number_ranges;
pub(crate) mod organisations;
pub(crate) mod policies;
pub(crate) mod proof;
pub(crate) mod receipt_list;
pub(crate) mod receipts;
pub(crate) mod reconciliation;
pub(crate) mod supervision;
pub(crate) mod verification;
