//! Specification of the verifier, on an executed chain.

#![allow(
    clippy::inconsistent_digit_grouping,
    clippy::zero_prefixed_literal,
    clippy::needless_raw_string_hashes,
    clippy::print_stdout,
    unreachable_pub,
    reason = "amounts read as yuan and fen, 100_00 is a hundred yuan; a test exports nothing"
)]
#![allow(clippy::unwrap_used, reason = "tests")]

mod absence;
mod another_language;
mod chain;
mod details;
mod events;
mod evidence;
mod fines;
mod golden;
mod handovers;
mod light;
mod mutation;
mod seals;
mod story;
mod words;
