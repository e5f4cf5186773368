//! The readable form: `entry.json` and `genesis.json`.
//!
//! Names are those of the messages, enumerations are words in lower case, bytes are
//! lower-case hexadecimal. Strict: an unknown or doubled name is an error, and so is
//! anything after the document. JSON is never hashed; the messages are.

use piaolian_contracts::{chain::ChainId, malformed::Malformed};
use piaolian_proto::v1 as proto;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    entry::Entry,
    error::{EntryError, GenesisError},
    genesis::Genesis,
};

mod form;

/// Most bytes of a JSON file: the founding document in hexadecimal, indented.
pub const JSON_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Why a file is none.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// Above [`JSON_BYTES_MAX`].
    #[error("the file has {0} bytes, more than are read")]
    TooLarge(usize),
    /// Not JSON, or not of this form.
    #[error("{0}")]
    Form(#[from] serde_json::Error),
    /// A field breaks its documented form.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The entry is none.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The founding document is none.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
}

/// `entry.json`: an entry with the chain that it is for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryFile {
    chain_id: String,
    entry: form::Entry,
}

impl Entry {
    /// `entry.json`, indented, with a line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        let entry = form::Entry::from(self.message());
        write(&EntryFile {
            chain_id: self.chain_id().to_string(),
            entry,
        })
    }

    /// Reads an `entry.json` and verifies it for the chain that it names.
    ///
    /// # Errors
    /// When it is not of that form or not the organisation's own entry for that chain.
    pub fn from_json(json: &str) -> Result<Self, JsonError> {
        let file: EntryFile = read(json)?;
        let chain_id = ChainId::parse("chain_id", &file.chain_id)?;
        Ok(Self::verify(&chain_id, file.entry.try_into()?)?)
    }
}

impl Genesis {
    /// `genesis.json`, indented, with a line end.
    #[must_use]
    pub fn to_json(&self) -> String {
        write(&form::Genesis::from(&self.to_message()))
    }

    /// Reads a `genesis.json`.
    ///
    /// # Errors
    /// When it is not of that form or does not [`verify`](Genesis::verify).
    pub fn from_json(json: &str) -> Result<Self, JsonError> {
        let form: form::Genesis = read(json)?;
        Ok(Self::verify(proto::Genesis::try_from(form)?)?)
    }
}

fn read<T: DeserializeOwned>(json: &str) -> Result<T, JsonError> {
    if json.len() > JSON_BYTES_MAX {
        return Err(JsonError::TooLarge(json.len()));
    }
    Ok(serde_json::from_str(json)?)
}

fn write(form: &impl Serialize) -> String {
    let mut json = serde_json::to_string_pretty(form)
        .expect("structures of texts and numbers can be written as JSON");
    json.push('\n');
    json
}
