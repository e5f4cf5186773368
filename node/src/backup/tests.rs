//! Backups of a node that never ran: its chain is founded, and its details kept by hand.

mod damaged;

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use piaolian_base::clock;
use piaolian_consensus::double_sign::LastSignState;
use piaolian_contracts::{
    disclosure::LogNumber,
    genesis_state,
    organisations::{KeyId, KeyPurpose, Role},
};
use piaolian_custody::{
    access_log::{Access, AccessLog, Ground, LogHeader},
    details_store as details,
    keys::{self, HeldKey},
};
use piaolian_genesis::{Entry, Genesis, KeyPair, Presentation};
use piaolian_ledger::{ChainIdentity, Store};
use tempfile::TempDir;

use super::*;
use crate::config::Config;

const HOSPITAL: &str = "12320900E875065319";

/// Folders of a test: the node's, and what it makes.
struct Place(TempDir);

impl Place {
    /// With the folder of a stopped issuer that validates.
    fn new() -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        let node = place.path("node");
        let purposes = [
            KeyPurpose::Sign,
            KeyPurpose::Validate,
            KeyPurpose::Peer,
            KeyPurpose::Encrypt,
            KeyPurpose::Supervise,
        ];
        let held = keys::generate(&node.join("keys"), &node.join("admin"), &purposes).unwrap();
        LastSignState::create(&node.join("keys/signer.mark")).unwrap();
        next_validate_key(&node);
        keys::holder_tag_key(&node.join("keys")).unwrap();
        let genesis = genesis(&held);
        fs::write(node.join("genesis.json"), genesis.to_json()).unwrap();
        fs::write(node.join("piaolian.toml"), config("")).unwrap();
        fs::write(node.join("tokens.toml"), "").unwrap();
        let data = node.join("data");
        fs::create_dir(&data).unwrap();
        let identity = ChainIdentity {
            chain_id: genesis.chain_id().clone(),
            genesis_hash: genesis.hash(),
        };
        let state = genesis_state(&genesis.founding()).unwrap();
        let time = genesis.founding_time();
        Store::create(&data.join("store"), &identity, time, state).unwrap();
        details::open_files(&data.join("details")).unwrap();
        let log = AccessLog::open(&data.join("access.log"), &header()).unwrap();
        log.record(&access(), 1).unwrap();
        fs::write(data.join("consensus.wal"), "votes").unwrap();
        fs::write(data.join("silent.wal"), "votes").unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn back_up(&self) -> Manifest {
        take(&self.path("node"), &self.path("backup"), true).unwrap()
    }

    /// Restoring fails, and leaves nothing behind.
    fn refused(&self) -> String {
        let error = restore(&self.path("backup"), &self.path("restored")).unwrap_err();
        assert!(!error.is_trouble(), "{error}");
        assert!(!self.path("restored").exists());
        error.to_string()
    }

    /// Changes the manifest.
    fn retell(&self, change: impl FnOnce(&mut Manifest)) {
        let path = self.path("backup/manifest.json");
        let mut manifest: Manifest = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut manifest);
        fs::write(path, serde_json::to_vec(&manifest).unwrap()).unwrap();
    }
}

fn header() -> LogHeader {
    LogHeader {
        chain: "piaolian-backup".parse().unwrap(),
        organisation: HOSPITAL.parse().unwrap(),
        log: LogNumber::FIRST,
    }
}

fn access() -> Access {
    Access {
        receipt: "99060126-0000000001".to_owned(),
        details_commitment: "00".repeat(32),
        client: "his".to_owned(),
        operator: String::new(),
        ground: Ground::Issuer,
        for_holder: None,
    }
}

/// A second validate key, as while the first is rotated.
fn next_validate_key(node: &Path) {
    let next = HeldKey::generate(KeyPurpose::Validate, KeyId::parse("key_id", 7).unwrap());
    let made = node.join("made");
    fs::create_dir(&made).unwrap();
    let path = keys::write(&made, &next.unwrap()).unwrap();
    fs::rename(path, node.join("keys").join(keys::NEXT_VALIDATE_FILE)).unwrap();
}

fn config(more: &str) -> String {
    format!(
        "organisation = \"{HOSPITAL}\" # a hospital\ngenesis = \"genesis.json\"\n\
         data = \"data\"\nkeys = \"keys\"\n[network]\n\
         listen = \"/ip4/127.0.0.1/tcp/26600\"\n{more}"
    )
}

fn genesis(held: &[HeldKey]) -> Genesis {
    let chain_id = "piaolian-backup".parse().unwrap();
    let presentation = Presentation {
        organisation: HOSPITAL.parse().unwrap(),
        name: "A Hospital".to_owned(),
        roles: vec![Role::Finance, Role::Issuer],
        region: "990100".to_owned(),
        endpoints: Vec::new(),
        power: 1,
    };
    let pairs: Vec<&KeyPair> = held.iter().map(HeldKey::pair).collect();
    let entry = Entry::sign(&chain_id, &presentation, &pairs).unwrap();
    let parameters = piaolian_contracts::parameters::Parameters::default();
    Genesis::assemble(chain_id, clock::now(), parameters, None, vec![entry]).unwrap()
}

/// Every file under a folder, by its path there.
fn all_files(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(within) = folders.pop() {
        for entry in fs::read_dir(&within).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap();
                found.insert(name.display().to_string());
            }
        }
    }
    found
}

/// Changes one bit in the middle of a file.
fn flip(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn what_is_restored_is_the_chain_the_details_the_configuration_and_the_keys() {
    let place = Place::new();
    let manifest = place.back_up();
    assert_eq!((manifest.height, manifest.protocol_version), (0, 1));
    assert_eq!(manifest.organisation, HOSPITAL);
    assert!(manifest.has_details() && manifest.has_keys());
    let restored = restore(&place.path("backup"), &place.path("restored")).unwrap();
    assert_eq!(restored, manifest);

    let node = place.path("restored");
    let config = Config::load(&node.join("piaolian.toml")).unwrap();
    assert_eq!(config.data, node.join("data"));
    let genesis = fs::read_to_string(&config.genesis).unwrap();
    let genesis = Genesis::from_json(&genesis).unwrap();
    assert_eq!(genesis.hash().to_string(), manifest.genesis_hash);
    let identity = ChainIdentity {
        chain_id: genesis.chain_id().clone(),
        genesis_hash: genesis.hash(),
    };
    let store = Store::open(&config.data.join("store"), &identity).unwrap();
    assert_eq!(store.tip().state_root.to_string(), manifest.state_root);
    details::open_files(&config.data.join("details")).unwrap();
    let ring = keys::KeyRing::open(&config.keys).unwrap();
    assert_eq!(ring.validate_keys().count(), 2);
    let tags = |node: &Path| keys::holder_tag_key(&node.join("keys")).unwrap();
    let kept = tags(&place.path("node"));
    assert_eq!(*kept.reveal(), *tags(&node).reveal());
    // Word for word, comments too.
    let text = fs::read_to_string(node.join("piaolian.toml")).unwrap();
    assert_eq!(text, self::config(""));
}

#[test]
fn an_access_log_comes_back_as_it_was_whole_or_broken() {
    let place = Place::new();
    let kept = place.path("node/data/access.log");
    for text in ["", "an entry too many\n", "torn"] {
        let whole = [fs::read(&kept).unwrap(), text.into()].concat();
        fs::write(&kept, &whole).unwrap();
        let manifest = place.back_up();
        let mut rows = manifest.files.iter();
        let row = rows.find(|file| file.path == "access.log").unwrap();
        assert_eq!(row.bytes, whole.len() as u64);
        restore(&place.path("backup"), &place.path("restored")).unwrap();
        let restored = place.path("restored/data/access.log");
        assert_eq!(fs::read(&restored).unwrap(), whole);
        let mode = fs::metadata(&restored).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let opened = AccessLog::open(&restored, &header()).map(|log| log.head().entries);
        assert_eq!(opened.ok(), text.is_empty().then_some(1));
        for folder in ["backup", "restored"] {
            fs::remove_dir_all(place.path(folder)).unwrap();
        }
    }
    // A node that never opened details has none.
    fs::remove_file(&kept).unwrap();
    place.back_up();
    restore(&place.path("backup"), &place.path("restored")).unwrap();
    assert!(!place.path("restored/data/access.log").exists());
}

#[test]
fn no_mark_no_log_of_the_engine_no_token_and_no_admin_key_is_in_a_backup() {
    let place = Place::new();
    place.back_up();
    restore(&place.path("backup"), &place.path("restored")).unwrap();
    for folder in ["backup", "restored"] {
        let files = all_files(&place.path(folder));
        assert!(files.contains("keys/validate.toml"), "{files:?}");
        let never = ["mark", "wal", "tokens", "admin", "LOCK", "unfinished"];
        for name in never
            .iter()
            .filter(|name| **name != "LOCK" || folder == "backup")
        {
            let found: Vec<_> = files.iter().filter(|file| file.contains(name)).collect();
            assert!(found.is_empty(), "{folder}: {found:?}");
        }
    }
}

#[test]
fn keys_are_left_where_they_are_unless_asked_for() {
    let place = Place::new();
    let manifest = take(&place.path("node"), &place.path("backup"), false).unwrap();
    assert!(!manifest.has_keys());
    assert!(!place.path("backup/keys").exists());
    restore(&place.path("backup"), &place.path("restored")).unwrap();
    assert!(all_files(&place.path("restored/keys")).is_empty());
}

#[test]
fn a_backup_is_for_its_owner_alone() {
    let place = Place::new();
    place.back_up();
    restore(&place.path("backup"), &place.path("restored")).unwrap();
    for name in ["backup", "restored"] {
        let folder = place.path(name);
        for file in all_files(&folder).iter().map(|file| folder.join(file)) {
            // What the restored databases write themselves is in closed folders.
            let within = file.parent().unwrap().to_owned();
            let path = if name == "backup" { file } else { within };
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", path.display());
        }
    }
}

#[test]
fn a_backup_of_a_node_in_use_is_refused() {
    let place = Place::new();
    let genesis = fs::read_to_string(place.path("node/genesis.json")).unwrap();
    let genesis = Genesis::from_json(&genesis).unwrap();
    let identity = super::take::identity(&genesis);
    let _running = Store::open(&place.path("node/data/store"), &identity).unwrap();
    let error = take(&place.path("node"), &place.path("backup"), false).unwrap_err();
    assert!(matches!(error, BackupError::Running(_)), "{error}");
    assert!(!place.path("backup").exists());
}

#[test]
fn a_node_without_a_store_is_not_given_one() {
    let place = Place::new();
    fs::remove_dir_all(place.path("node/data/store")).unwrap();
    let error = take(&place.path("node"), &place.path("backup"), false).unwrap_err();
    assert!(matches!(error, BackupError::NoStore(_)), "{error}");
    assert!(!place.path("node/data/store").exists());
}

#[test]
fn nothing_that_is_there_is_written_over() {
    let place = Place::new();
    place.back_up();
    let file = place.path("restored/notes");
    fs::create_dir(place.path("restored")).unwrap();
    fs::write(&file, "mine").unwrap();
    let error = restore(&place.path("backup"), &place.path("restored")).unwrap_err();
    assert!(matches!(error, BackupError::NotEmpty(_)), "{error}");
    let error = take(&place.path("node"), &place.path("restored"), false).unwrap_err();
    assert!(matches!(error, BackupError::NotEmpty(_)), "{error}");
    let error = take(&place.path("node"), &file, false).unwrap_err();
    assert!(matches!(error, BackupError::NotEmpty(_)), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    assert_eq!(all_files(&place.path("restored")).len(), 1);
    // An empty folder will do.
    fs::remove_file(&file).unwrap();
    restore(&place.path("backup"), &place.path("restored")).unwrap();
}

#[test]
fn a_configuration_that_named_other_places_names_those_of_the_new_folder() {
    let place = Place::new();
    let node = place.path("node");
    for (from, to) in [("data", "elsewhere"), ("keys", "safe")] {
        fs::rename(node.join(from), place.path(to)).unwrap();
    }
    let text = config("[log]\nfilter = \"warn\"\n")
        .replace("\"data\"", &format!("{:?}", place.path("elsewhere")))
        .replace("\"keys\"", "\"../safe\"");
    let file = place.path("hospital.toml");
    fs::remove_file(node.join("piaolian.toml")).unwrap();
    let text = text
        .replace("\"genesis.json\"", "\"node/genesis.json\"")
        .replace("\"../safe\"", "\"safe\"");
    fs::write(&file, text).unwrap();
    take(&file, &place.path("backup"), true).unwrap();
    restore(&place.path("backup"), &place.path("restored")).unwrap();
    let restored = place.path("restored");
    let config = Config::load(&restored.join("piaolian.toml")).unwrap();
    assert_eq!(config.data, restored.join("data"));
    assert_eq!(config.keys, restored.join("keys"));
    assert_eq!(config.genesis, restored.join("genesis.json"));
    assert_eq!(config.log.filter, "warn");
    assert!(restored.join("data/store/CURRENT").exists());
    assert!(restored.join("keys/sign.toml").exists());
}
