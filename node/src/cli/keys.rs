//! `piaolian keys`: an organisation's keys, and the signer's mark.

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueEnum};
use piaolian_base::layout;
use piaolian_consensus::double_sign::LastSignState;
use piaolian_contracts::organisations::KeyPurpose;
use piaolian_custody::keys::{self, HeldKey, KeyRing};
use serde_json::{Value as Json, json};

use super::{Failure, output::Output};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make an organisation's first keys: the admin key, number 1, in its own folder,
    /// and the node's, numbered from 2.
    Generate {
        /// The node's folder of keys; made when it is new.
        #[arg(long)]
        keys: PathBuf,
        /// The admin key's folder, to be kept offline.
        #[arg(long)]
        admin_keys: PathBuf,
        /// What the node's keys are for, in order of number; the admin key is made besides.
        #[arg(long, value_delimiter = ',', default_value = "sign,validate,peer,seal")]
        purposes: Vec<PurposeArgument>,
    },
    /// Show the public halves of the keys in a folder.
    Show {
        /// A node's folder of keys, or the admin key's.
        folder: PathBuf,
    },
    /// Say that the validator's key in a folder has never signed: begin its mark.
    ///
    /// For a new key alone. A key that has signed may sign against itself without
    /// its mark, and that is seen as an attack.
    Mark {
        /// The node's folder of keys.
        folder: PathBuf,
    },
}

/// What a key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PurposeArgument {
    /// Administrators' acts; kept offline.
    Admin,
    /// Business transactions.
    Sign,
    /// Votes and proposals.
    Validate,
    /// The node's identity among its peers.
    Peer,
    /// Encryption of receipt details.
    Seal,
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
            PurposeArgument::Seal => Self::Seal,
            PurposeArgument::Supervise => Self::Supervise,
        }
    }
}

pub(super) fn run(command: Command, output: &Output) -> Result<(), Failure> {
    match command {
        Command::Generate {
            keys,
            admin_keys,
            purposes,
        } => {
            let purposes: Vec<KeyPurpose> = purposes.into_iter().map(Into::into).collect();
            let made = keys::generate(&keys, &admin_keys, &purposes)
                .map_err(|error| Failure::usage(&error))?;
            show(made.iter(), output)
        }
        Command::Show { folder } => show(read_all(&folder)?.iter(), output),
        Command::Mark { folder } => {
            let path = begin_mark(&folder)?;
            output.say(&json!({ "mark": path }), &path.display().to_string())
        }
    }
}

/// Begins the mark of a key that has never signed.
pub(super) fn begin_mark(folder: &Path) -> Result<PathBuf, Failure> {
    let path = folder.join(layout::SIGNER_MARK);
    if path.exists() {
        return Err(Failure::Usage(format!(
            "{} exists: the key has signed",
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
    Ok(held)
}

fn show<'a>(keys: impl Iterator<Item = &'a HeldKey>, output: &Output) -> Result<(), Failure> {
    let mut rows = Vec::new();
    let mut lines = Vec::new();
    for key in keys {
        let (number, purpose, public) = (key.key_id(), key.purpose(), key.pair().public_key());
        rows.push(json!({
            "key_id": number.get(),
            "purpose": purpose.to_string(),
            "public_key": hex::encode(public.as_bytes()),
        }));
        lines.push(format!("{number}  {purpose:9}  {public}"));
    }
    output.say(&Json::Array(rows), &lines.join("\n"))
}
