//! What a node keeps for its organisation, beside the chain: keys, encrypted details, logs.
//!
//! ```text
//!   keys           an organisation's key files
//!   vault          encrypts details for their readers, and opens them with this node's keys
//!   local_db       a small database in a folder closed to others
//!     details_store  an issuer's own details
//!     attachments    encrypted details and wrapped keys of all members: kept, fetched, served, pruned
//!     holders        an index from persons to receipts, as far as this node can open details
//!   access_log     a tamper-evident log of who was shown which receipt's details
//! ```

pub mod access_log;
pub mod attachments;
pub mod details_store;
pub mod holders;
pub mod keys;
pub mod local_db;
pub mod vault;

#[cfg(test)]
mod samples;
