//! A node that lost its disk, and what its operator has: a backup, and the keys elsewhere.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt as _, PermissionsExt as _},
    path::Path,
    process::Output,
};

use piaolian_consensus::double_sign::LastSignState;
use serde_json::Value as Json;

use crate::nodes::{CHAIN, Node, running, say, until};

const OK: i32 = 0;
const USAGE: i32 = 2;
const TROUBLE: i32 = 8;

/// Runs a verb of `node` with two folders, and returns its data, or the failure, as JSON.
fn ask(verb: &str, from: &Path, to: &Path, code: i32) -> Json {
    let output = say(&["node".as_ref(), verb.as_ref(), "--json".as_ref(), from, to]);
    let Output { stdout, stderr, .. } = &output;
    let said = String::from_utf8_lossy(stderr);
    assert_eq!(output.status.code(), Some(code), "{verb}: {said}");
    let data = if code == OK { stdout } else { stderr };
    serde_json::from_slice(data).unwrap()
}

/// Copies a file of the lost node, which was kept elsewhere.
fn bring(lost: &Path, node: &Node, name: &str) {
    let to = node.folder.join(name);
    let mut folder = fs::DirBuilder::new();
    let folder = folder.recursive(true).mode(0o700);
    folder.create(to.parent().unwrap()).unwrap();
    fs::copy(lost.join(name), to).unwrap();
}

#[test]
fn a_node_restored_from_a_backup_catches_up_and_validates_only_with_its_mark() {
    let folder = tempfile::tempdir().unwrap();
    let (finance, mut employer) = running(folder.path());

    let (backup, lost) = (folder.path().join("backup"), folder.path().join("lost"));
    let running = ask("backup", &employer.folder, &backup, USAGE);
    let said = running["error"].as_str().unwrap();
    assert!(said.contains("stop the node first"), "{said}");
    assert!(!backup.exists());
    employer.stop();
    let made = ask("backup", &employer.folder, &backup, OK);
    assert_eq!(
        (&made["chainId"], &made["keys"]),
        (&CHAIN.into(), &false.into())
    );
    let height: u64 = made["height"].as_str().unwrap().parse().unwrap();
    assert!(height >= 2);
    finance.wait_for_height(height + 3);

    fs::rename(&employer.folder, &lost).unwrap();
    damage_is_refused(&backup, &employer.folder);
    let restored = ask("restore", &backup, &employer.folder, OK);
    assert_eq!(restored["stateRoot"], made["stateRoot"]);
    assert!(!employer.folder.join("keys/signer.mark").exists());

    // Keys and tokens are not in it.
    assert_eq!(employer.refuses_to_start(), USAGE);
    for name in [
        "tokens.toml",
        "tokens/read",
        "keys/peer.toml",
        "keys/sign.toml",
    ] {
        bring(&lost, &employer, name);
    }
    bring(&lost, &employer, "keys/validate.toml");
    assert_eq!(employer.refuses_to_start(), TROUBLE);
    let log = employer.log();
    assert!(
        log.contains("the last signed state") && log.contains("is missing"),
        "{log}"
    );

    // Without the validator's key it follows.
    fs::remove_file(employer.folder.join("keys/validate.toml")).unwrap();
    employer.start();
    employer.wait_for_height(finance.height().unwrap());
    employer.stop();

    // With the key and its last signed state it takes part again. Finance's votes are enough without it, so only its
    // own last signed state shows that.
    bring(&lost, &employer, "keys/validate.toml");
    bring(&lost, &employer, "keys/signer.mark");
    let before = signed_height(&lost);
    employer.start();
    until("the restored validator to sign", || {
        (signed_height(&employer.folder) > before).then_some(())
    });
    employer.wait_for_height(finance.height().unwrap());
}

/// The height of a node's last signature. It is read from a copy: opening writes.
fn signed_height(node: &Path) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("signer.mark");
    fs::copy(node.join("keys/signer.mark"), &copy).unwrap();
    LastSignState::open(&copy).unwrap().unwrap().height()
}

/// One bit, in the largest file of the store.
fn damage_is_refused(backup: &Path, node: &Path) {
    let files = fs::read_dir(backup.join("store")).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let largest = files.max_by_key(|file| fs::metadata(file).unwrap().len());
    let largest = largest.unwrap();
    let whole = fs::read(&largest).unwrap();
    let mut damaged = whole.clone();
    damaged[whole.len() / 2] ^= 1;
    fs::write(&largest, &damaged).unwrap();
    let refused = ask("restore", backup, node, USAGE);
    let said = refused["error"].as_str().unwrap();
    let name = largest.file_name().unwrap().to_str().unwrap();
    assert!(said.contains(name) && said.contains("damaged"), "{said}");
    assert!(!node.exists());
    fs::write(&largest, &whole).unwrap();
    assert_eq!(
        fs::metadata(&largest).unwrap().permissions().mode() & 0o077,
        0
    );
}
