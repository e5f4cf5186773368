//! Why a founding cannot be.

use piaolian_contracts::{
    GenesisStateError,
    chain::{ChainId, KeyAlgorithm, PublicKey, UnfitKey},
    malformed::Malformed,
    organisations::KeyPurpose,
    parameters::ParameterError,
    types::OrganisationId,
};

use crate::key_pair::CannotSign;

/// Why an entry is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A field breaks its documented form.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The entry names more than its documented fields can say in one way.
    #[error("{0}: roles must be ascending")]
    RolesOutOfOrder(OrganisationId),
    /// A key that it needs is not there.
    #[error("{organisation}: must have a {purpose} key")]
    KeyMissing {
        /// The organisation.
        organisation: OrganisationId,
        /// The purpose without a key.
        purpose: KeyPurpose,
    },
    /// A validator votes with one key.
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
    /// A key that nobody should register.
    #[error("{organisation}: {public_key}: {problem}")]
    UnfitKey {
        /// The organisation.
        organisation: OrganisationId,
        /// The key.
        public_key: PublicKey,
        /// What is wrong with it.
        problem: UnfitKey,
    },
    /// A public key stands twice.
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

/// Why a founding document is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// A field breaks its documented form.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// An entry is none.
    #[error("entry {place}: {error}")]
    Entry {
        /// Its place, from 1.
        place: usize,
        /// What is wrong with it.
        error: EntryError,
    },
    /// A parameter is outside its hard bounds.
    #[error("parameters: {0}")]
    Parameters(#[from] ParameterError),
    /// An entry was signed for another chain.
    #[error("the entry of {organisation} is for the chain {other}")]
    OtherChain {
        /// Whose entry.
        organisation: OrganisationId,
        /// The chain it is for.
        other: ChainId,
    },
    /// Block times are above it, so it cannot be 0.
    #[error("the founding time must be above 0")]
    FoundingTime,
    /// No entry at all, or too many.
    #[error("{0} entries; there must be 1 to 256")]
    Entries(usize),
    /// Entries are ascending by organisation.
    #[error("entries must be ascending by organisation, each once; {0} is out of order")]
    OutOfOrder(OrganisationId),
    /// An organisation stands twice.
    #[error("{0} has more than one entry")]
    OrganisationTwice(OrganisationId),
    /// Two organisations bring the same key.
    #[error("{organisation}: {public_key} belongs to another entry too")]
    KeyTwice {
        /// The second of them.
        organisation: OrganisationId,
        /// The key.
        public_key: PublicKey,
    },
    /// Nobody could admit anybody.
    #[error("at least one organisation must be a finance bureau")]
    NoFinance,
    /// Nobody could decide a block, or too many would.
    #[error("{0} validators; there must be 1 to 128")]
    Validators(usize),
    /// The contracts refuse to found a state from it.
    #[error(transparent)]
    Found(#[from] GenesisStateError),
    /// The document is not in canonical encoding, so its hash would not be its own.
    #[error("the document is not in canonical encoding")]
    NotCanonical,
}
