//! Specification of the encryption of receipt details.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    unreachable_pub,
    reason = "a test exports nothing"
)]

mod golden;
mod index;
mod opening;
mod people;
mod refusals;
