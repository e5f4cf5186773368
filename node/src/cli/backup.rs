//! `piaolian backup` and `piaolian restore`: a stopped node's files.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::{Failure, output::Output};
use crate::backup::{self, BackupError, Manifest};

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// The node's folder, or its configuration file where that has another name.
    node: PathBuf,
    /// Where the backup goes: a folder that is new or empty.
    target: PathBuf,
    /// Copy the node's keys too, in clear: encrypt the backup. Never the signer's mark.
    #[arg(long)]
    with_keys: bool,
}

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup.
    backup: PathBuf,
    /// The node's folder: one that is new or empty.
    node: PathBuf,
}

pub(super) fn take(arguments: &Backup, output: &Output) -> Result<(), Failure> {
    let Backup {
        node,
        target,
        with_keys,
    } = arguments;
    let manifest = backup::take(node, target, *with_keys).map_err(failure)?;
    show(target, &manifest, output)
}

pub(super) fn restore(arguments: &Restore, output: &Output) -> Result<(), Failure> {
    let Restore { backup, node } = arguments;
    let manifest = backup::restore(backup, node).map_err(failure)?;
    show(node, &manifest, output)
}

fn failure(error: BackupError) -> Failure {
    if error.is_trouble() {
        Failure::trouble(&error)
    } else {
        Failure::usage(&error)
    }
}

/// What is in it now, without the list of files.
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
        "chain_id": chain_id,
        "genesis_hash": genesis_hash,
        "height": height,
        "block_hash": block_hash,
        "state_root": state_root,
        "files": files,
        "bytes": bytes,
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
