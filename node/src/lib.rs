//! The `piaolian` node: the program that puts the parts together.

pub mod app;
pub mod backup;
pub mod cli;
pub mod config;
