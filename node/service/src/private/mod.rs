//! Details of receipts, opened for whom they are meant.

pub(crate) mod details_access;
pub(crate) mod holders;
pub(crate) mod key_sharing;
pub(crate) mod pick_up;
pub(crate) mod reader_history;
