//! Data that a node stores for its organisation, beside the chain: keys, encrypted details, logs.
//!
//! ```text
//!   keys           key files of an organisation
//!   vault          encrypts details for their readers, and decrypts them with this node's keys
//!   follower       hands each committed block to its consumers once
//!   local_db       small database in a private folder
//!     details_store  an issuer's own details
//!     attachments    encrypted details and wrapped keys of all members: stored, fetched, served, pruned
//!     holders        holder index: from persons to receipts, as far as this node can decrypt details
//!   access_log     tamper-evident log of the details that were shown, and to whom
//! ```

pub mod access_log;
pub mod attachments;
pub mod details_store;
mod follower;
pub mod holders;
pub mod keys;
pub mod local_db;
pub mod vault;

#[cfg(test)]
mod samples;
