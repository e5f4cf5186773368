//! Entries of the state under a header that is certified already.

use piaolian_contracts::{
    chain::Hash,
    malformed::{Malformed, required},
    proof::{ProofError, StateProof, hashing::value_hash},
    storage::{Key, Record, Records},
};
use piaolian_proto::v1::StateEntry;

/// Why an entry shows nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A part is absent, or the record is none.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The proof does not lead to the header's state root.
    #[error("the proof of {name} does not hold: {error}")]
    Proof {
        /// What the entry is.
        name: &'static str,
        /// What is wrong with its proof.
        error: ProofError,
    },
    /// The state holds another record there, or none.
    #[error("the ledger holds another {0}")]
    OtherValue(&'static str),
}

/// The record at `key`, which the state under `root` holds. `name` is what an error calls it.
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
