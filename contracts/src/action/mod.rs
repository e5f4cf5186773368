//! Executing one action: its context, its handler, its effects.
//!
//! ```text
//!   ParentState ──────────────┐
//!   Overlay (block's writes) ─┼─► ActionContext ─► Handler::execute ─► Effects
//!   CurrentBlock ─────────────┘
//!
//!   Handler::supervised_facts ─► SupervisedFacts ─► supervision, after the verdict
//!
//!   execute: authorise → read → check → write → emit
//! ```

mod context;
mod effects;
mod handler;
mod parent_state;
mod supervised_facts;

pub(crate) use context::{ActionContext, Created, CurrentBlock, LateIssue};
pub(crate) use effects::{Effects, ItemVerdict};
pub(crate) use handler::Handler;
pub(crate) use parent_state::ParentState;
pub(crate) use supervised_facts::{ConfirmedPayout, ConfirmedReturn, Presented, SupervisedFacts};
