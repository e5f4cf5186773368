//! The founding document.
//!
//! ```text
//!   hash = SHA-256("piaolian/genesis/v1" ‖ encoded Genesis)      parent of the header at height 1
//! ```

use std::collections::BTreeSet;

use piaolian_contracts::{
    Founding,
    chain::{ChainId, Hash, Validator, ValidatorSet, validators::VALIDATORS_MAX},
    governance::Governors,
    malformed::Malformed,
    organisations::Role,
    parameters::{Parameters, ProposedParameters},
    types::BlockTime,
};
use piaolian_proto::v1 as proto;
use prost::Message;

use crate::{entry::Entry, error::GenesisError};

const HASH_DOMAIN: &str = "piaolian/genesis/v1";

/// Most founding organisations. Others are admitted later.
pub const ENTRIES_MAX: usize = 256;

/// Longest encoded founding document, in bytes: 256 entries of 16 keys, with room.
pub const GENESIS_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A verified founding document: each organisation signed its entry, and together they make a network that can run.
#[derive(Clone, Debug, PartialEq)]
pub struct Genesis {
    chain_id: ChainId,
    founding_time: BlockTime,
    parameters: Parameters,
    entries: Vec<Entry>,
    validators: ValidatorSet,
    governors: Governors,
}

impl Genesis {
    /// Assembles entries, in any order. Without `governors`, the organisations with validators govern, and more than
    /// two thirds of them must agree.
    ///
    /// # Errors
    /// When they do not make a network: without finance bureau or validator, or with an organisation or a key twice.
    pub fn assemble(
        chain_id: ChainId,
        founding_time: BlockTime,
        parameters: Parameters,
        governors: Option<Governors>,
        mut entries: Vec<Entry>,
    ) -> Result<Self, GenesisError> {
        entries.sort_by_key(|entry| *entry.organisation());
        if founding_time.as_ms() == 0 {
            return Err(GenesisError::FoundingTime);
        }
        if let Some(entry) = entries.iter().find(|entry| *entry.chain_id() != chain_id) {
            let (organisation, other) = (*entry.organisation(), entry.chain_id().clone());
            return Err(GenesisError::OtherChain {
                organisation,
                other,
            });
        }
        check_together(&entries)?;
        let validators = validators(&entries)?;
        let genesis = Self {
            chain_id,
            founding_time,
            parameters,
            entries,
            governors: governors.unwrap_or_else(|| Governors::of_validators(&validators)),
            validators,
        };
        piaolian_contracts::genesis_state(&genesis.founding())?;
        Ok(genesis)
    }

    /// Verifies a document.
    ///
    /// # Errors
    /// When a field is malformed, an entry is not signed by its organisation, or the entries do not make a network.
    pub fn verify(message: proto::Genesis) -> Result<Self, GenesisError> {
        let chain_id = ChainId::parse("chain_id", &message.chain_id)?;
        let parameters = message
            .parameters
            .ok_or_else(|| Malformed::new("parameters", "must be present"))?;
        let parameters = ProposedParameters::try_from(parameters)
            .map_err(|error| error.within("parameters"))?
            .within_bounds()?;
        let governors = message
            .governors
            .ok_or_else(|| Malformed::new("governors", "must be present"))?;
        let governors =
            Governors::try_from(governors).map_err(|error| error.within("governors"))?;
        if message.entries.len() > ENTRIES_MAX {
            return Err(GenesisError::Entries(message.entries.len()));
        }
        let mut entries: Vec<Entry> = Vec::with_capacity(message.entries.len());
        for (index, entry) in message.entries.into_iter().enumerate() {
            let entry = Entry::verify(&chain_id, entry).map_err(|error| GenesisError::Entry {
                place: index + 1,
                error,
            })?;
            if entries
                .last()
                .is_some_and(|last| last.organisation() > entry.organisation())
            {
                return Err(GenesisError::OutOfOrder(*entry.organisation()));
            }
            entries.push(entry);
        }
        let founding_time = BlockTime::from_ms(message.founding_time_ms);
        Self::assemble(
            chain_id,
            founding_time,
            parameters,
            Some(governors),
            entries,
        )
    }

    /// Decodes and verifies a document.
    ///
    /// # Errors
    /// When it is too large, not canonical, or does not [`verify`](Genesis::verify).
    pub fn decode(bytes: &[u8]) -> Result<Self, GenesisError> {
        if bytes.len() > GENESIS_BYTES_MAX {
            return Err(Malformed::new("genesis", "must be at most 4 MiB").into());
        }
        let message = proto::Genesis::decode(bytes)
            .map_err(|error| Malformed::new("genesis", error.to_string()))?;
        let genesis = Self::verify(message)?;
        if genesis.encode() == bytes {
            Ok(genesis)
        } else {
            Err(GenesisError::NotCanonical)
        }
    }

    /// Returns the canonical encoding.
    pub fn encode(&self) -> Vec<u8> {
        self.to_message().encode_to_vec()
    }

    /// Returns the hash that identifies the chain: the parent hash of its first header.
    pub fn hash(&self) -> Hash {
        Hash::tagged(HASH_DOMAIN, &[&self.encode()])
    }

    /// Returns the message.
    pub fn to_message(&self) -> proto::Genesis {
        proto::Genesis {
            chain_id: self.chain_id.to_string(),
            founding_time_ms: self.founding_time.as_ms(),
            parameters: Some((&self.parameters).into()),
            entries: self
                .entries
                .iter()
                .map(|entry| entry.message().clone())
                .collect(),
            governors: Some((&self.governors).into()),
        }
    }

    /// Returns the input from which contracts make the state at height 0.
    pub fn founding(&self) -> Founding {
        Founding {
            chain_id: self.chain_id.clone(),
            parameters: self.parameters.clone(),
            organisations: self
                .entries
                .iter()
                .map(|entry| entry.admission().clone())
                .collect(),
            validators: self.validators.clone(),
            governors: self.governors.clone(),
        }
    }

    /// Returns the id of the chain.
    pub const fn chain_id(&self) -> &ChainId {
        &self.chain_id
    }

    /// Returns the founding time, which precedes all block times.
    pub const fn founding_time(&self) -> BlockTime {
        self.founding_time
    }

    /// Returns the first parameters.
    pub const fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Returns the entries of the founding organisations, ascending.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the first governors.
    pub const fn governors(&self) -> &Governors {
        &self.governors
    }

    /// Returns the validators of the first block.
    pub const fn validators(&self) -> &ValidatorSet {
        &self.validators
    }
}

fn check_together(entries: &[Entry]) -> Result<(), GenesisError> {
    if !(1..=ENTRIES_MAX).contains(&entries.len()) {
        return Err(GenesisError::Entries(entries.len()));
    }
    let (mut organisations, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for entry in entries {
        let organisation = *entry.organisation();
        if !organisations.insert(organisation) {
            return Err(GenesisError::OrganisationTwice(organisation));
        }
        for key in entry.admission().keys() {
            let public_key = *key.public_key();
            if !keys.insert(public_key) {
                return Err(GenesisError::KeyTwice {
                    organisation,
                    public_key,
                });
            }
        }
    }
    if !entries.iter().any(|entry| entry.has_role(Role::Finance)) {
        return Err(GenesisError::NoFinance);
    }
    Ok(())
}

fn validators(entries: &[Entry]) -> Result<ValidatorSet, GenesisError> {
    let mut validators = Vec::new();
    for entry in entries {
        if let Some(key) = entry.validate_key() {
            validators.push(Validator::new(*entry.organisation(), *key, entry.power())?);
        }
    }
    if !(1..=VALIDATORS_MAX).contains(&validators.len()) {
        return Err(GenesisError::Validators(validators.len()));
    }
    Ok(ValidatorSet::new(validators)?)
}
