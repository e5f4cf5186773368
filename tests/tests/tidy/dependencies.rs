//! Crates depend on each other in one direction only, and on large libraries only where needed.
//!
//! ```text
//!   proto ◄── contracts ◄── verifier, encryption, genesis, details
//!                  ▲             ▲
//!                base            └────────── custody ◄── service ◄── node
//!                  ▲                                       │          │
//!                ledger ◄── consensus ──► network          └► ledger  └► consensus, client
//! ```

use std::{collections::BTreeSet, fs, process::Command};

use crate::root;

/// Each crate's folder with the crates of this repository that it may depend on.
const ALLOWED: [(&str, &[&str]); 16] = [
    ("proto", &[]),
    ("contracts", &["proto"]),
    ("verifier", &["contracts", "proto"]),
    ("encryption", &["contracts", "proto"]),
    ("genesis", &["contracts", "proto"]),
    ("node/base", &["contracts", "proto"]),
    ("node/network", &["contracts", "proto"]),
    ("node/details", &["contracts", "proto", "verifier"]),
    ("node/client", &["proto"]),
    ("node/ledger", &["base", "contracts", "proto"]),
    (
        "node/consensus",
        &["base", "contracts", "ledger", "network", "proto"],
    ),
    (
        "node/custody",
        &[
            "base",
            "contracts",
            "details",
            "encryption",
            "genesis",
            "proto",
        ],
    ),
    (
        "node/service",
        &[
            "base",
            "contracts",
            "custody",
            "details",
            "encryption",
            "ledger",
            "proto",
            "verifier",
        ],
    ),
    (
        "node",
        &[
            "base",
            "client",
            "consensus",
            "contracts",
            "custody",
            "details",
            "encryption",
            "genesis",
            "ledger",
            "network",
            "proto",
            "service",
            "verifier",
        ],
    ),
    ("tests/kit", &["base", "contracts", "genesis", "proto"]),
    (
        "tests",
        &[
            "base",
            "client",
            "consensus",
            "contracts",
            "custody",
            "details",
            "encryption",
            "genesis",
            "ledger",
            "network",
            "node",
            "proto",
            "service",
            "test-kit",
            "verifier",
        ],
    ),
];

/// Packages with the libraries that must not be among their dependencies, not even indirectly.
const EXCLUDED: [(&str, &[&str]); 11] = [
    ("contracts", &["librocksdb-sys", "libp2p", "tokio", "tonic"]),
    ("verifier", &["librocksdb-sys", "libp2p", "tokio", "tonic"]),
    (
        "encryption",
        &["librocksdb-sys", "libp2p", "tokio", "tonic"],
    ),
    ("genesis", &["librocksdb-sys", "libp2p", "tokio", "tonic"]),
    ("details", &["librocksdb-sys", "libp2p", "tokio", "tonic"]),
    ("base", &["librocksdb-sys", "libp2p", "tonic"]),
    ("network", &["librocksdb-sys", "tonic"]),
    ("ledger", &["libp2p", "tonic"]),
    ("custody", &["libp2p", "tonic"]),
    ("service", &["libp2p"]),
    ("client", &["librocksdb-sys", "libp2p"]),
];

/// The crates of this repository in the `[dependencies]` of a manifest.
fn dependencies(folder: &str) -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
    manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter_map(|name| name.strip_prefix("piaolian-"))
        .map(str::to_owned)
        .collect()
}

/// The folders of the workspace's members.
fn members() -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, list) = manifest.split_once("members = [").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    list.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn crates_depend_one_way() {
    let named: BTreeSet<String> = ALLOWED.map(|(folder, _)| folder.to_owned()).into();
    assert_eq!(members(), named);
    for (folder, allowed) in ALLOWED {
        let allowed: BTreeSet<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(dependencies(folder), allowed, "{folder}/Cargo.toml");
    }
}

#[test]
fn small_crates_build_without_large_libraries() {
    for (package, excluded) in EXCLUDED {
        let output = Command::new(env!("CARGO"))
            .args(["tree", "--package", &format!("piaolian-{package}")])
            .args(["--edges", "normal", "--prefix", "none", "--locked"])
            .current_dir(root())
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{package}: {error}");
        let tree = String::from_utf8(output.stdout).unwrap();
        let names: BTreeSet<&str> = tree
            .lines()
            .filter_map(|line| line.split(' ').next())
            .collect();
        let found: Vec<&&str> = excluded
            .iter()
            .filter(|name| names.contains(**name))
            .collect();
        assert!(found.is_empty(), "piaolian-{package} depends on {found:?}");
    }
}
