//! The pure, deterministic state machine of Piaolian.

pub mod proof;
pub mod state;
