//! Tests of the rules. The name of each test is a sentence of the specification, and each test runs on whole blocks.

#![allow(
    clippy::inconsistent_digit_grouping,
    clippy::zero_prefixed_literal,
    unreachable_pub,
    reason = "amounts read as yuan and fen, 100_00 is a hundred yuan; a test exports nothing"
)]
#![allow(
    clippy::unwrap_used,
    clippy::semicolon_if_nothing_returned,
    clippy::type_complexity,
    reason = "tests"
)]

mod world;

mod access_logs;
mod admission;
mod alerts;
mod attachments;
mod claim_decisions;
mod claim_endings;
mod claim_filing;
mod claim_model;
mod claim_payouts;
mod claims;
mod decoding;
mod disclosure;
mod documented_rules;
mod domains;
mod execution;
mod founding;
mod frauds;
mod golden;
mod governance;
mod idempotency;
mod invariants;
mod keys;
mod lists;
mod money;
mod number_ranges;
mod organisations;
mod payments;
mod policies;
mod properties;
mod proposals;
mod protocol;
mod receipt_lifecycle;
mod receipts;
mod record_sizes;
mod recovery;
mod reimbursement;
mod rights;
mod rulebook;
mod table_keys;
mod totals;
mod upgrades;
mod verification;
