//! Openings by which money was paid twice, each with the figures of the audit that found it.

mod payers;
