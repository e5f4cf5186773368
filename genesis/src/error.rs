//! Errors of the founding.

use piaolian_contracts::{
    GenesisStateError,
    chain::{ChainId, KeyAlgorithm, PublicKey, UnfitKey},
    malformed::Malformed,
    organisations::KeyPurpose,
    parameters::ParameterError,
    types::OrganisationId,
};

use crate::key_pair::CannotSign;

/// Reasons why an entry is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A field is malformed.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The entry has fields in an order that is not canonical.
    #[error("{0}: roles must be ascending")]
    RolesOutOfOrder(OrganisationId),
    /// A required key is missing.
    #[error("{organisation}: must have a {purpose} key")]
    KeyMissing {
        /// The organisation.
        organisation: OrganisationId,
        /// The purpose without a key.
        purpose: KeyPurpose,
    },
    /// A validator has several validate keys or none.
    #[error("{0}: a validator must have exactly one validate key")]
    ValidateKeys(OrganisationId),
    /// The voting power is out of bounds.
    #[error("{organisation}: power {power} is above 4,294,967,296")]
    Power {
        /// The organisation.
        organisation: OrganisationId,
        /// Its power.
        power: u64,
    },
    /// The algorithm does not serve the purpose.
    #[error("{organisation}: a {purpose} key cannot use {algorithm}")]
    WrongAlgorithm {
        /// The organisation.
        organisation: OrganisationId,
        /// The purpose of the key.
        purpose: KeyPurpose,
        /// Its algorithm.
        algorithm: KeyAlgorithm,
    },
    /// A key is weak.
    #[error("{organisation}: {public_key}: {problem}")]
    UnfitKey {
        /// The organisation.
        organisation: OrganisationId,
        /// The key.
        public_key: PublicKey,
        /// The problem.
        problem: UnfitKey,
    },
    /// A public key occurs twice.
    #[error("{organisation}: {public_key} stands more than once")]
    KeyTwice {
        /// The organisation.
        organisation: OrganisationId,
        /// The key.
        public_key: PublicKey,
    },
    /// A proof of possession does not hold.
    #[error("{organisation}: the proof of possession of {public_key} does not hold")]
    NotPossessed {
        /// The organisation.
        organisation: OrganisationId,
        /// The key.
        public_key: PublicKey,
    },
    /// The organisation did not sign this entry for this chain.
    #[error("{0}: the entry's signature by its first admin key does not hold for this chain")]
    NotSigned(OrganisationId),
    /// A key pair without a signature was given as the admin key.
    #[error(transparent)]
    CannotSign(#[from] CannotSign),
}

/// Reasons why a founding document is not valid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// A field is malformed.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// An entry is not valid.
    #[error("entry {place}: {error}")]
    Entry {
        /// Its place, from 1.
        place: usize,
        /// The problem.
        error: EntryError,
    },
    /// A parameter is outside its hard bounds.
    #[error("parameters: {0}")]
    Parameters(#[from] ParameterError),
    /// An entry was signed for another chain.
    #[error("the entry of {organisation} is for the chain {other}")]
    OtherChain {
        /// The organisation of the entry.
        organisation: OrganisationId,
        /// The chain of the entry.
        other: ChainId,
    },
    /// The founding time is 0.
    #[error("the founding time must be above 0")]
    FoundingTime,
    /// There are no entries, or too many.
    #[error("{0} entries; there must be 1 to 256")]
    Entries(usize),
    /// The entries are not in ascending order.
    #[error("entries must be ascending by organisation, each once; {0} is out of order")]
    OutOfOrder(OrganisationId),
    /// An organisation has two entries.
    #[error("{0} has more than one entry")]
    OrganisationTwice(OrganisationId),
    /// Two organisations have the same key.
    #[error("{organisation}: {public_key} belongs to another entry too")]
    KeyTwice {
        /// The second of them.
        organisation: OrganisationId,
        /// The key.
        public_key: PublicKey,
    },
    /// There is no finance bureau, which admits organisations.
    #[error("at least one organisation must be a finance bureau")]
    NoFinance,
    /// There are no validators, or too many.
    #[error("{0} validators; there must be 1 to 128")]
    Validators(usize),
    /// The contracts reject the founding.
    #[error(transparent)]
    Found(#[from] GenesisStateError),
    /// The document is not canonically encoded, so its hash would differ.
    #[error("the document is not in canonical encoding")]
    NotCanonical,
}
