//! Payments: notices, payments at banks, and the daily reconciliation (docs/DOMAIN.md §5).

mod closing;
pub mod model;
mod notices;
mod reports;
mod statements;
mod ten_thousand;
