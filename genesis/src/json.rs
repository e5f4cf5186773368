//! The readable documents: `entry.json` and `genesis.json`.
//!
//! Names are those of the messages, enumerations are lower-case words, bytes are lower-case hexadecimal. The form is
//! strict: an unknown or repeated name is an error, and so is anything after the document. Hashes are of the messages,
//! never of JSON.

use piaolian_contracts::{chain::ChainId, malformed::Malformed};
use piaolian_proto::v1 as proto;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    entry::Entry,
    error::{EntryError, GenesisError},
    genesis::Genesis,
};

mod form;

/// Longest JSON file, in bytes: the founding document in hexadecimal, indented.
pub const JSON_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Reasons why a file is rejected.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// The file is above [`JSON_BYTES_MAX`].
    #[error("the file has {0} bytes, more than are read")]
    TooLarge(usize),
    /// The file is not JSON, or not of this form.
    #[error("{0}")]
    Form(#[from] serde_json::Error),
    /// A field is malformed.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// The entry is not valid.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The founding document is not valid.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
}

/// `entry.json`: an entry with its chain.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryFile {
    chain_id: String,
    entry: form::Entry,
}

impl Entry {
    /// Returns `entry.json`, indented, with a line end.
    pub fn to_json(&self) -> String {
        let entry = form::Entry::from(self.message());
        write(&EntryFile {
            chain_id: self.chain_id().to_string(),
            entry,
        })
    }

    /// Reads an `entry.json` and verifies it for its chain.
    ///
    /// # Errors
    /// When it is malformed, or the organisation did not sign it for that chain.
    pub fn from_json(json: &str) -> Result<Self, JsonError> {
        let file: EntryFile = read(json)?;
        let chain_id = ChainId::parse("chain_id", &file.chain_id)?;
        Ok(Self::verify(&chain_id, file.entry.try_into()?)?)
    }
}

impl Genesis {
    /// Returns `genesis.json`, indented, with a line end.
    pub fn to_json(&self) -> String {
        write(&form::Genesis::from(&self.to_message()))
    }

    /// Reads a `genesis.json`.
    ///
    /// # Errors
    /// When it is malformed or does not [`verify`](Genesis::verify).
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
