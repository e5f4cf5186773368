//! Money that moves outside the ledger, and what the ledger makes of it: the findings of an audit, with its figures.

mod reissue;
mod returns;
