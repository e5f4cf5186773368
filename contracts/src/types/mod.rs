//! The words of the domain as types that are valid by construction.
//!
//! ```text
//!   proto message ──TryFrom──► typed value ──From──► proto message
//!                    │
//!                    └─ Malformed { field, problem }
//! ```

mod block_time;
mod date;
mod fen;
mod fund_kind;
mod identity_number;
mod organisation_id;
mod receipt_id;
mod role;
mod settlement;
mod text;

pub use block_time::BlockTime;
pub use date::{AccountingPeriod, BeijingDate, BeijingTime};
pub use fen::Fen;
pub use fund_kind::FundKind;
pub use organisation_id::OrganisationId;
pub use receipt_id::{ReceiptCode, ReceiptId, ReceiptKind, ReceiptNumber};
pub use role::Role;
pub use settlement::Settlement;
pub use text::{
    AccountingEntity, ArchiveNumber, AuditNumber, BankReference, BusinessNumber, ClaimNumber,
    DecisionNumber, Division, Operator, OrganisationName, PaperCode, PaperNumber, PaymentCode,
    PlanCode, PolicyCode, Reason, Region, StatedNotice, VoucherNumber, VoucherType,
};
