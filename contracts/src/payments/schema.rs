//! The tables of payments.

use super::{
    day::{Allocation, Mismatch, ReconciliationDay, RegionClosing, Statement},
    entry::BankEntry,
    record::{Mandate, Notice},
    table_keys::{
        AllocationKey, BankPayment, MandateKey, MismatchKey, NoticeListKey, PaymentSerial,
        RegionDay, SerialKey, StatementKey,
    },
};
use crate::{
    state::Table,
    storage::Records,
    types::{DecisionNumber, PaymentCode, Region},
};

/// Notices by decision number.
pub const NOTICES: Records<DecisionNumber, Notice> = Records::new(Table::Notices);

/// The notice that a payment code is linked to.
pub const PAYMENT_CODES: Records<PaymentCode, DecisionNumber> = Records::new(Table::PaymentCodes);

/// The notices of an agency, by date of creation.
pub const NOTICE_LISTS: Records<NoticeListKey, DecisionNumber> = Records::new(Table::NoticeLists);

/// The last serial of payment codes.
pub const PAYMENT_SERIALS: Records<SerialKey, PaymentSerial> = Records::new(Table::PaymentSerials);

/// Mandates.
pub const MANDATES: Records<MandateKey, Mandate> = Records::new(Table::Mandates);

/// Payments at banks, as reported and as stated.
pub const BANK_ENTRIES: Records<BankPayment, BankEntry> = Records::new(Table::BankEntries);

/// Banks' statements.
pub const STATEMENTS: Records<StatementKey, Statement> = Records::new(Table::Statements);

/// Reconciliation by region, day and bank.
pub const RECONCILIATION_DAYS: Records<RegionDay, ReconciliationDay> =
    Records::new(Table::ReconciliationDays);

/// The last closed day of each region.
pub const REGION_CLOSINGS: Records<Region, RegionClosing> = Records::new(Table::RegionClosings);

/// Allocations by region, day, agency and bank.
pub const ALLOCATIONS: Records<AllocationKey, Allocation> = Records::new(Table::Allocations);

/// The entries that days count as not matched.
pub const MISMATCHES: Records<MismatchKey, Mismatch> = Records::new(Table::Mismatches);
