//! Backup of a stopped node.

use std::path::{Path, PathBuf};

use piaolian_base::{
    clock,
    layout::{self, DETAILS, STORE},
};
use piaolian_contracts::chain::header::FIRST_PROTOCOL_VERSION;
use piaolian_custody::{details_store as details, keys::KeyRing, local_db::LocalDb};
use piaolian_genesis::Genesis;
use piaolian_ledger::{ChainIdentity, Store, StoreError};

use super::{
    BackupError, CONFIG, FileRow, GENESIS, KEYS, MANIFEST, Manifest,
    files::{self, Target, is_of_database, row},
    manifest::is_key_file,
};
use crate::config::Config;

/// Copies a stopped node's files into `target`, a folder that is new or empty. `node` is the node's folder or its
/// configuration file. Keys are copied only if `with_keys` is set. The last signed state is never copied.
///
/// # Errors
/// When the node runs, a file of it cannot be read, or the target is not empty or cannot
/// be written; the target is left unchanged.
pub fn take(node: &Path, target: &Path, with_keys: bool) -> Result<Manifest, BackupError> {
    let config_file = config_file(node);
    let config = Config::load(&config_file)?;
    let genesis = Genesis::read(&config.genesis)?;
    // Both stores stay open, and therefore locked, until everything is copied. No node can run meanwhile, so the access
    // log does not change either.
    let store = open_store(&config, &genesis)?;
    let details = open_details(&config)?;
    if with_keys {
        KeyRing::open(&config.keys)?;
    }

    let target = Target::begin(target)?;
    let mut copying = Copying {
        target: &target,
        rows: Vec::new(),
    };
    copying.file(&config_file, CONFIG.to_owned())?;
    copying.file(&config.genesis, GENESIS.to_owned())?;
    store.stop_background_work();
    copying.folder(&config.data.join(STORE), STORE, is_of_database)?;
    if let Some(details) = &details {
        details.stop_background_work();
        copying.folder(&config.data.join(DETAILS), DETAILS, is_of_database)?;
    }
    for (name, is_file) in files::entries(&config.data)? {
        if is_file && layout::is_access_log(&name) {
            copying.file(&config.data.join(&name), name)?; // even if broken: it is evidence
        }
    }
    if with_keys {
        copying.folder(&config.keys, KEYS, is_key_file)?;
    }
    let manifest = describe(&config, &store, copying.rows)?;
    let text = serde_json::to_vec_pretty(&manifest).expect("a manifest is plain data");
    target.write(MANIFEST, &text)?;
    target.finish(MANIFEST)?;
    Ok(manifest)
}

fn config_file(node: &Path) -> PathBuf {
    if node.is_dir() {
        node.join(CONFIG)
    } else {
        node.to_owned()
    }
}

pub(super) fn identity(genesis: &Genesis) -> ChainIdentity {
    ChainIdentity {
        chain_id: genesis.chain_id().clone(),
        genesis_hash: genesis.hash(),
    }
}

fn open_store(config: &Config, genesis: &Genesis) -> Result<Store, BackupError> {
    let path = config.data.join(STORE);
    if !path.join("CURRENT").exists() {
        return Err(BackupError::NoStore(path)); // opening would make an empty one
    }
    match Store::open(&path, &identity(genesis)) {
        Err(StoreError::InUse(path)) => Err(BackupError::Running(path)),
        opened => Ok(opened?),
    }
}

/// Opens an issuer's details, whether or not the node is configured to issue now.
fn open_details(config: &Config) -> Result<Option<LocalDb>, BackupError> {
    let path = config.data.join(DETAILS);
    if path.join("CURRENT").exists() {
        Ok(Some(details::open_files(&path)?))
    } else {
        Ok(None)
    }
}

fn describe(config: &Config, store: &Store, files: Vec<FileRow>) -> Result<Manifest, BackupError> {
    let (tip, identity) = (store.tip(), store.identity());
    let header = store.header(tip.height)?;
    Ok(Manifest {
        format: Manifest::format(),
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        protocol_version: header.map_or(FIRST_PROTOCOL_VERSION, |header| header.protocol_version),
        made_ms: clock::now().as_ms(),
        organisation: config.organisation.to_string(),
        chain_id: identity.chain_id.to_string(),
        genesis_hash: identity.genesis_hash.to_string(),
        height: tip.height.get(),
        block_hash: tip.block_hash.to_string(),
        block_time_ms: tip.time.as_ms(),
        state_root: tip.state_root.to_string(),
        files,
    })
}

struct Copying<'a> {
    target: &'a Target,
    rows: Vec<FileRow>,
}

impl Copying<'_> {
    fn file(&mut self, from: &Path, name: String) -> Result<(), BackupError> {
        let copied = files::copy(from, &self.target.path(&name), u64::MAX)?;
        self.rows.push(row(name, copied));
        Ok(())
    }

    /// Copies those files of a folder that are wanted.
    fn folder(
        &mut self,
        from: &Path,
        name: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<(), BackupError> {
        self.target.make_folder(name)?;
        for (file, is_file) in files::entries(from)? {
            if is_file && wanted(&file) {
                self.file(&from.join(&file), format!("{name}/{file}"))?;
            }
        }
        Ok(())
    }
}
