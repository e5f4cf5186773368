//! The `piaolian` node: the program that puts the components together.

pub mod app;
pub mod backup;
pub mod cli;
pub mod config;
