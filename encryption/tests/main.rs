//! Specification of the encryption of receipt details.

// A test binary exports nothing.
#![allow(clippy::unwrap_used, clippy::print_stdout, unreachable_pub)]

mod golden;
mod index;
mod opening;
mod people;
mod refusals;
