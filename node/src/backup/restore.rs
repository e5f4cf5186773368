//! Restores a backup.
//!
//! ```text
//!   manifest ──► files: those and no others ──► copied, each compared
//!            ──► founding document, configuration, store: the chain, the node and the tip it names
//!            ──► into place
//! ```

use std::{collections::BTreeMap, fs, path::Path};

use piaolian_base::layout::{self, DETAILS, STORE};
use piaolian_custody::details_store as details;
use piaolian_genesis::Genesis;
use piaolian_ledger::Store;

use super::{
    BackupError, CONFIG, DATA, FileRow, GENESIS, KEYS, MANIFEST, Manifest,
    files::{self, Target, entries},
    take::identity,
};
use crate::config::Config;

/// Where a restored node keeps things, relative to its configuration.
const PLACES: [(&str, &str); 3] = [("genesis", GENESIS), ("data", DATA), ("keys", KEYS)];

/// Comment that is added to a configuration that named other paths.
const MOVED: &str = "# Restored from a backup: genesis, data and keys are beside this file.\n";

/// Restores `backup` into `folder`, which is new or empty.
///
/// # Errors
/// When the backup is damaged or does not fit, or the folder is not empty or cannot be
/// written; it is left as it was.
pub fn restore(backup: &Path, folder: &Path) -> Result<Manifest, BackupError> {
    let manifest = Manifest::read(backup)?;
    expect_listed(backup, &manifest)?;
    let target = Target::begin(folder)?;
    copy(backup, &target, &manifest)?;
    settle_config(&target, &manifest)?;
    expect_chain(&target, &manifest)?;
    target.finish(CONFIG)?;
    Ok(manifest)
}

/// Checks that the backup has exactly the files of the manifest, with the lengths that it names.
fn expect_listed(backup: &Path, manifest: &Manifest) -> Result<(), BackupError> {
    let rows = manifest.files.iter();
    let mut listed: BTreeMap<&str, u64> = rows.map(|f| (f.path.as_str(), f.bytes)).collect();
    let mut found = Vec::new();
    for (name, is_file) in entries(backup)? {
        if name == MANIFEST {
            continue;
        }
        let is_folder = !is_file && [STORE, DETAILS, KEYS].contains(&name.as_str());
        if is_folder && backup.join(&name).is_dir() {
            let within = entries(&backup.join(&name))?.into_iter();
            found.extend(within.map(|(file, is_file)| (format!("{name}/{file}"), is_file)));
        } else {
            found.push((name, is_file));
        }
    }
    for (name, is_file) in found {
        let Some(bytes) = listed.remove(name.as_str()).filter(|_| is_file) else {
            return Err(BackupError::damaged(&name, "the manifest has no such file"));
        };
        let path = backup.join(&name);
        let metadata = fs::symlink_metadata(&path).map_err(files::trouble(&path))?;
        if metadata.len() != bytes {
            let problem = format!("{} bytes instead of {bytes}", metadata.len());
            return Err(BackupError::damaged(&name, problem));
        }
    }
    match listed.keys().next() {
        Some(missing) => Err(BackupError::damaged(missing, "missing")),
        None => Ok(()),
    }
}

fn copy(backup: &Path, target: &Target, manifest: &Manifest) -> Result<(), BackupError> {
    target.make_folder(&format!("{DATA}/{STORE}"))?;
    if manifest.has_details() {
        target.make_folder(&format!("{DATA}/{DETAILS}"))?;
    }
    target.make_folder(KEYS)?; // even if it stays empty, so that it is closed to others
    for FileRow {
        path,
        bytes,
        sha256,
    } in &manifest.files
    {
        let to = target.path(&place(path));
        // One byte more than the manifest says is enough to show that the file is longer.
        let copied = files::copy(&backup.join(path), &to, bytes.saturating_add(1))?;
        if copied != (*bytes, sha256.clone()) {
            let problem = "its SHA-256 is not the manifest's";
            return Err(BackupError::damaged(path, problem));
        }
    }
    Ok(())
}

/// Returns the path in a node's folder to which a file of a backup belongs.
fn place(path: &str) -> String {
    match path.split_once('/') {
        Some((STORE | DETAILS, _)) => format!("{DATA}/{path}"),
        None if layout::is_access_log(path) => format!("{DATA}/{path}"),
        Some(_) | None => path.to_owned(),
    }
}

/// Checks that the configuration is this node's, and rewrites its paths if they named other places.
fn settle_config(target: &Target, manifest: &Manifest) -> Result<(), BackupError> {
    let path = target.path(CONFIG);
    let text = fs::read_to_string(&path).map_err(files::trouble(&path))?;
    let damaged = |problem: &dyn ToString| BackupError::damaged(CONFIG, problem.to_string());
    let mut table: toml::Table = text.parse().map_err(|error| damaged(&error))?;
    let is_there = |(field, place): &(&str, &str)| {
        let value = table.get(*field).and_then(toml::Value::as_str);
        value == Some(*place)
    };
    if !PLACES.iter().all(is_there) {
        for (field, place) in PLACES {
            table.insert(field.to_owned(), place.into());
        }
        let text = toml::to_string(&table).map_err(|error| damaged(&error))?;
        fs::remove_file(&path).map_err(files::trouble(&path))?;
        target.write(CONFIG, format!("{MOVED}{text}").as_bytes())?;
    }
    let config = Config::load(&path)?;
    let (found, named) = (config.organisation.to_string(), &manifest.organisation);
    if found == *named {
        Ok(())
    } else {
        Err(BackupError::Foreign(format!(
            "its configuration is of {found}, its manifest of {named}"
        )))
    }
}

/// Checks that the founding document and the store belong to the chain that the manifest names, and that the store is
/// at its tip. Opening the store checks its state against that tip's root.
fn expect_chain(target: &Target, manifest: &Manifest) -> Result<(), BackupError> {
    let genesis = Genesis::read(&target.path(GENESIS))?;
    let store = Store::open(&target.path(DATA).join(STORE), &identity(&genesis));
    let store = store.map_err(|error| BackupError::damaged(STORE, error))?;
    let (tip, identity) = (store.tip(), store.identity());
    let height = tip.height.get();
    for (what, found, named) in [
        ("chain", identity.chain_id.to_string(), &manifest.chain_id),
        (
            "genesis hash",
            identity.genesis_hash.to_string(),
            &manifest.genesis_hash,
        ),
        ("height", height.to_string(), &manifest.height.to_string()),
        (
            "block hash",
            tip.block_hash.to_string(),
            &manifest.block_hash,
        ),
        (
            "state root",
            tip.state_root.to_string(),
            &manifest.state_root,
        ),
    ] {
        if found != *named {
            return Err(BackupError::Foreign(format!(
                "its store has the {what} {found}, its manifest names {named}"
            )));
        }
    }
    if manifest.has_details() {
        let opened = details::open_files(&target.path(DATA).join(DETAILS));
        opened.map_err(|error| BackupError::damaged(DETAILS, error))?;
    }
    Ok(())
}
