//! Typed access to the records of the tables.
//!
//! ```text
//!   Records<K, V>            a declared table: key type, record type
//!     ├─ get(state, key)     decode from one version of the state
//!     └─ Overlay             a block's writes on top of it
//!          read once, decoded once ─► savepoint / roll back ─► encoded once, sorted
//! ```

mod entry;
mod key;
mod overlay;
mod records;

pub use entry::Entry;
pub use key::{Key, KeyBytes};
pub use overlay::{Overlay, Savepoint};
pub use records::{Record, Records};

pub(crate) use overlay::predecessor;
pub(crate) use records::{corrupt, missing_genesis_record, stored_as};
