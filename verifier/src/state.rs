//! Checks entries of the state under a certified header.

use piaolian_contracts::{
    chain::Hash,
    malformed::{Malformed, required},
    state_tree::{ProofError, StateProof, hashing::value_hash},
    storage::{Key, Record, Records},
};
use piaolian_proto::v1::StateEntry;

/// Reasons why an entry is not proven.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A part is absent, or the record is malformed.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The proof does not lead to the header's state root.
    #[error("the proof of {name} does not hold: {error}")]
    Proof {
        /// The name of the entry.
        name: &'static str,
        /// The flaw of its proof.
        error: ProofError,
    },
    /// The state has another record at the key, or none.
    #[error("the ledger holds another {0}")]
    OtherValue(&'static str),
}

/// Returns the record at `key` of the state with this `root`. Errors call the entry `name`.
pub(crate) fn entry<K: Key, V: Record>(
    root: &Hash,
    (records, key): (Records<K, V>, &K),
    name: &'static str,
    entry: Option<&StateEntry>,
) -> Result<V, EntryError> {
    let entry = required(name, entry)?;
    let proof = required("proof", entry.proof.clone()).map_err(|error| error.within(name))?;
    let proven = StateProof::try_from(proof)
        .and_then(|proof| proof.verify(root, &records.state_key(key)))
        .map_err(|error| EntryError::Proof { name, error })?;
    if proven != Some(Hash::from(value_hash(&entry.value))) {
        return Err(EntryError::OtherValue(name));
    }
    Ok(V::decode(&entry.value)?)
}
