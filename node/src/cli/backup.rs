//! `piaolian node backup` and `piaolian node restore`: a stopped node's files.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::{Failure, output::Output, verb::Verb};
use crate::backup::{self, BackupError, Manifest};

#[derive(Debug, Args)]
struct Backup {
    /// The node's folder, or its configuration file where that has another name.
    node: PathBuf,
    /// The folder for the backup: new or empty.
    target: PathBuf,
    /// Copy the node's keys too, in clear: encrypt the backup. Never the last signed state.
    #[arg(long)]
    with_keys: bool,
}

#[derive(Debug, Args)]
struct Restore {
    /// The backup.
    backup: PathBuf,
    /// The node's folder: one that is new or empty.
    node: PathBuf,
}

pub(super) fn verbs() -> [Verb; 2] {
    [
        Verb::of(
            "node backup",
            "Copies a stopped node's files: its store, an issuer's details, the access log, its configuration. Never \
             the last signed state, the engine's log, tokens or an admin key.",
            &["piaolian node backup hospital backups/2026-11-30"],
            take,
        ),
        Verb::of(
            "node restore",
            "Restores a backup into a new folder, when it is exactly as it was taken.",
            &["piaolian node restore backups/2026-11-30 hospital"],
            restore,
        ),
    ]
}

fn take(arguments: Backup, output: &Output) -> Result<(), Failure> {
    let Backup {
        node,
        target,
        with_keys,
    } = arguments;
    let manifest = backup::take(&node, &target, with_keys).map_err(failure)?;
    show(&target, &manifest, output)
}

fn restore(Restore { backup, node }: Restore, output: &Output) -> Result<(), Failure> {
    let manifest = backup::restore(&backup, &node).map_err(failure)?;
    show(&node, &manifest, output)
}

fn failure(error: BackupError) -> Failure {
    if error.is_trouble() {
        Failure::trouble(&error)
    } else {
        Failure::usage(&error)
    }
}

/// Shows what the manifest says, without the list of files.
fn show(folder: &Path, manifest: &Manifest, output: &Output) -> Result<(), Failure> {
    let Manifest {
        organisation,
        chain_id,
        genesis_hash,
        height,
        block_hash,
        state_root,
        ..
    } = manifest;
    let (details, keys) = (manifest.has_details(), manifest.has_keys());
    let (files, bytes) = (manifest.files.len(), manifest.bytes());
    let data = json!({
        "folder": folder,
        "organisation": organisation,
        "chainId": chain_id,
        "genesisHash": genesis_hash,
        "height": height.to_string(),
        "blockHash": block_hash,
        "stateRoot": state_root,
        "files": files,
        "bytes": bytes.to_string(),
        "details": details,
        "keys": keys,
    });
    let with = |is_there: bool| if is_there { "with" } else { "without" };
    let text = format!(
        "{}: {chain_id} at height {height}, block {block_hash}\n{files} files, {bytes} bytes, \
         {} receipt details, {} keys",
        folder.display(),
        with(details),
        with(keys),
    );
    output.say(&data, &text)
}
