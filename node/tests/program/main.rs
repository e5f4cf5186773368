//! The program as an organisation runs it: real processes, real files.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

mod backup;
mod nodes;
mod rejoin;
