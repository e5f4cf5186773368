//! The requests of all actions, for files in which every action has its place: a new request needs no import there.

pub use super::{
    access_logs::*, alerts::*, payments::*, receipts::*, reimbursement::*, requests::*,
};
