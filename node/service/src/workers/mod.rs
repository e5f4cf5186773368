//! Work that a node does by itself.

pub mod indexing;
pub mod key_retirement;
pub mod log_anchor;
pub mod sealing;
