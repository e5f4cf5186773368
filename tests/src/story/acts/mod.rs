//! The story's acts, in order.
//!
//! ```text
//!   founding ─► issuing ─► reimbursement ─► second payment ─► reversal
//!            ─► forgery ─► suspension ─► outage ─► ending
//! ```

pub(super) mod ending;
pub(super) mod forgery;
pub(super) mod founding;
pub(super) mod issuing;
pub(super) mod outage;
pub(super) mod reimbursement;
pub(super) mod reversal;
pub(super) mod second_payment;
pub(super) mod suspension;
