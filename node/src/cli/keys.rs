//! `piaolian key`: an organisation's keys, and the last signed state of its validator.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use piaolian_base::layout;
use piaolian_consensus::double_sign::LastSignState;
use piaolian_contracts::{
    organisations::{KeyId, KeyPurpose},
    types::OrganisationId,
};
use piaolian_custody::keys::{self, HeldKey, KeyRing};
use piaolian_proto::v1::{AddKey, GetOrganisationRequest, transaction_body::Action};
use serde_json::{Value as Json, json};

use super::{
    Failure,
    connection::NodeArguments,
    files,
    offline::Offline,
    output::{Output, note},
    verb::{Verb, wait_for},
};

#[derive(Debug, Args)]
struct Generate {
    /// The node's folder of keys; made when it is new.
    #[arg(long, value_name = "FOLDER")]
    keys: PathBuf,
    /// The admin key's folder, to be kept offline.
    #[arg(long, value_name = "FOLDER")]
    admin_keys: PathBuf,
    /// Purposes of the node's keys, in order of number; the admin key is made besides.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "sign,validate,peer,encrypt"
    )]
    purposes: Vec<PurposeArgument>,
}

#[derive(Debug, Args)]
struct Folder {
    /// A node's folder of keys, or the admin key's.
    folder: PathBuf,
}

#[derive(Debug, Args)]
struct Add {
    /// Purpose of the key.
    #[arg(long)]
    purpose: PurposeArgument,
    /// A folder for its file, made when it is new. Move the file among the node's keys once it is registered; an admin
    /// key stays offline.
    #[arg(long, value_name = "FOLDER")]
    into: PathBuf,
    /// Its number: one above the organisation's last. The node is asked unless given.
    #[arg(long)]
    key_id: Option<u32>,
    /// The last height at which it may act; 0: no end.
    #[arg(long, default_value_t = 0)]
    last_height: u64,
    #[command(flatten)]
    offline: Offline,
}

/// Purpose of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PurposeArgument {
    /// Administrators' actions; kept offline.
    Admin,
    /// Business transactions.
    Sign,
    /// Votes and proposals.
    Validate,
    /// The node's identity among its peers.
    Peer,
    /// Encryption of receipt details.
    Encrypt,
    /// Finance's supervising seal.
    Supervise,
}

impl From<PurposeArgument> for KeyPurpose {
    fn from(purpose: PurposeArgument) -> Self {
        match purpose {
            PurposeArgument::Admin => Self::Admin,
            PurposeArgument::Sign => Self::Sign,
            PurposeArgument::Validate => Self::Validate,
            PurposeArgument::Peer => Self::Peer,
            PurposeArgument::Encrypt => Self::Encrypt,
            PurposeArgument::Supervise => Self::Supervise,
        }
    }
}

pub(super) fn verbs() -> [Verb; 4] {
    [
        Verb::of(
            "key generate",
            "Makes an organisation's first keys: the admin key, number 1, in its own folder, and the node's, numbered \
             from 2.",
            &["piaolian key generate --keys keys --admin-keys admin"],
            generate,
        ),
        Verb::of(
            "key show",
            "Shows the public halves of the keys in a folder, of earlier encryption keys too.",
            &["piaolian key show keys"],
            |Folder { folder }: Folder, output| show(read_all(&folder)?.iter(), output),
        ),
        Verb::of(
            "key init-signer",
            "Declares that the validator's key in a folder has never signed, and creates its last signed state. For a \
             new key alone: a key that has signed may sign against itself without it, and that is seen as an attack.",
            &["piaolian key init-signer keys"],
            |Folder { folder }: Folder, output| {
                let path = init_signer(&folder)?;
                output.say(&json!({ "file": path }), &path.display().to_string())
            },
        ),
        Verb::of(
            "key add",
            "Makes a key and registers it with the ledger.",
            &["piaolian key add --purpose sign --into new-keys --as 12320900E875065319"],
            |arguments, output| wait_for(add(arguments, output)),
        ),
    ]
}

fn generate(arguments: Generate, output: &Output) -> Result<(), Failure> {
    let Generate {
        keys,
        admin_keys,
        purposes,
    } = arguments;
    let purposes: Vec<KeyPurpose> = purposes.into_iter().map(Into::into).collect();
    let made =
        keys::generate(&keys, &admin_keys, &purposes).map_err(|error| Failure::usage(&error))?;
    show(made.iter(), output)
}

async fn add(arguments: Add, output: &Output) -> Result<(), Failure> {
    let Add {
        purpose,
        into,
        key_id,
        last_height,
        offline,
    } = arguments;
    let organisation = offline.signer.organisation;
    let key_id = match key_id {
        Some(key_id) => key_id,
        None => next_key_id(&offline.node, &organisation).await?,
    };
    let key = new_key(purpose.into(), key_id, &into)?;
    let mut registration = key
        .pair()
        .registration(&offline.signer.chain_id()?, &organisation);
    registration.last_height = last_height;
    let add = AddKey {
        key: Some(registration),
    };
    offline.run(Action::AddKey(add), output).await
}

/// Asks the node for the number of an organisation's next key.
async fn next_key_id(node: &NodeArguments, organisation: &OrganisationId) -> Result<u32, Failure> {
    let request = GetOrganisationRequest {
        organisation: organisation.to_string(),
    };
    let mut organisations = node.connect().await?.organisations();
    let answer = organisations.get_organisation(request).await?.into_inner();
    let keys = answer.organisation.unwrap_or_default().keys;
    let last = keys.iter().map(|key| key.key_id).max();
    Ok(last.unwrap_or_default().saturating_add(1))
}

fn new_key(purpose: KeyPurpose, key_id: u32, into: &Path) -> Result<HeldKey, Failure> {
    let key_id = KeyId::parse("key_id", key_id).map_err(|error| Failure::usage(&error))?;
    let key = HeldKey::generate(purpose, key_id).map_err(|error| Failure::trouble(&error))?;
    files::make_folder(into)?;
    let path = keys::write(into, &key).map_err(|error| Failure::usage(&error))?;
    note(&format!("key {key_id} is in {}", path.display()));
    Ok(key)
}

/// Begins the last signed state of a key that has never signed.
pub(super) fn init_signer(folder: &Path) -> Result<PathBuf, Failure> {
    let path = folder.join(layout::LAST_SIGNED_STATE);
    if path.exists() {
        return Err(Failure::Usage(format!(
            "{} exists already: never replace it, because the key may have signed",
            path.display()
        )));
    }
    LastSignState::create(&path).map_err(|error| Failure::usage(&error))?;
    Ok(path)
}

fn read_all(folder: &Path) -> Result<Vec<HeldKey>, Failure> {
    let usage = |error: keys::KeyError| Failure::usage(&error);
    if folder.join(keys::file_name(KeyPurpose::Admin)).exists() {
        return Ok(vec![keys::read(folder, KeyPurpose::Admin).map_err(usage)?]);
    }
    let ring = KeyRing::open(folder).map_err(usage)?;
    let purposes = PurposeArgument::value_variants()
        .iter()
        .map(|purpose| (*purpose).into());
    let held = purposes.filter(|purpose| ring.get(*purpose).is_some());
    let held = held.map(|purpose| keys::read(folder, purpose));
    let mut held: Vec<_> = held.collect::<Result<_, _>>().map_err(usage)?;
    held.extend(keys::read_next_validate(folder).map_err(usage)?);
    held.extend(keys::read_earlier_encryption_keys(folder).map_err(usage)?);
    Ok(held)
}

fn show<'a>(keys: impl Iterator<Item = &'a HeldKey>, output: &Output) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let mut lines = Vec::new();
    for key in keys {
        let (number, purpose, public) = (key.key_id(), key.purpose(), key.pair().public_key());
        rows.push(json!({
            "keyId": number.get(),
            "purpose": purpose.to_string(),
            "publicKey": hex::encode(public.as_bytes()),
        }));
        lines.push(format!("{number}  {purpose:9}  {public}"));
    }
    output.say(&Json::Array(rows), &lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn an_earlier_encryption_key_is_shown_with_its_number() {
        let folder = tempfile::tempdir().unwrap();
        let (node, admin) = (folder.path().join("keys"), folder.path().join("admin"));
        let purposes = [KeyPurpose::Sign, KeyPurpose::Encrypt];
        let made = keys::generate(&node, &admin, &purposes).unwrap();
        let earlier = made.last().unwrap().key_id();
        fs::rename(
            node.join(keys::file_name(KeyPurpose::Encrypt)),
            node.join(keys::earlier_encryption_key_name(earlier)),
        )
        .unwrap();
        let shown = read_all(&node).unwrap();
        let shown: Vec<_> = shown
            .iter()
            .map(|key| (key.key_id().get(), key.purpose()))
            .collect();
        assert_eq!(shown, [(2, KeyPurpose::Sign), (3, KeyPurpose::Encrypt)]);
    }
}
