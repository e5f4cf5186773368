//! The pure, deterministic state machine of Piaolian.

pub mod state;
