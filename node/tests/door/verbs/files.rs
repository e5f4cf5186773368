//! Verbs that work on files: keys, the founding document, samples, a stopped node's data,
//! the access log.

use std::fs;

use piaolian_contracts::found;
use piaolian_genesis::Genesis;
use piaolian_node::{
    access_log::{AccessLog, Ground, Opening},
    store::{Identity, Store},
};
use serde_json::Value as Json;

use super::Verbs;

pub(super) fn files_alone(verbs: &Verbs<'_>) {
    let folder = verbs.path("founder");
    let entry = verbs.ask(
        "genesis new-entry",
        &[
            "--folder",
            &folder,
            "--chain",
            "another",
            "--organisation",
            "12320900E875065319",
            "--name",
            "A Bureau",
            "--roles",
            "finance",
            "--region",
            "990100",
            "--power",
            "1",
        ],
    );
    let entry = entry.json()["entry"].as_str().unwrap().to_owned();
    let (genesis, parameters) = (verbs.path("another.json"), verbs.path("founding.toml"));
    fs::write(&parameters, "heartbeat_ms = 7000\n").unwrap();
    let founded = verbs.ask(
        "genesis assemble",
        &[
            "--chain",
            "another",
            "--out",
            &genesis,
            "--parameters",
            &parameters,
            &entry,
        ],
    );
    let hash = founded.json()["genesis_hash"].clone();
    assert_eq!(
        verbs.ask("genesis check", &[&genesis]).json()["genesis_hash"],
        hash
    );
    assert_eq!(
        verbs.ask("genesis hash", &[&genesis]).json()["genesis_hash"],
        hash
    );
    let document: Json = serde_json::from_str(&fs::read_to_string(&genesis).unwrap()).unwrap();
    assert_eq!(document["parameters"]["heartbeat_ms"], 7_000);

    let (keys, admin) = (verbs.path("keys"), verbs.path("admin-keys"));
    let made = verbs
        .ask("keys generate", &["--keys", &keys, "--admin-keys", &admin])
        .json();
    assert_eq!(made.as_array().unwrap().len(), 5);
    assert_eq!(
        verbs
            .ask("keys show", &[&keys])
            .json()
            .as_array()
            .unwrap()
            .len(),
        4
    );
    assert!(verbs.ask("keys mark", &[&keys]).json()["mark"].is_string());

    let file = ["--file", &verbs.path("tokens.toml")];
    let new = verbs.ask(
        "tokens new",
        &[&file[..], &["--name", "his", "--role", "submit"]].concat(),
    );
    assert!(new.json()["token"].as_str().unwrap().starts_with("plt_"));
    let listed = verbs.ask("tokens list", &file).json();
    assert_eq!(
        listed,
        serde_json::json!([{ "name": "his", "role": "submit" }])
    );
    let removed = verbs.ask("tokens remove", &[&file[..], &["--name", "his"]].concat());
    assert_eq!(removed.json()["removed"], "his");
    assert_eq!(
        verbs.ask("tokens list", &file).json(),
        serde_json::json!([])
    );
}

/// The node founded above, stopped: its chain is founded as its first start would.
pub(super) fn a_stopped_nodes_files(verbs: &Verbs<'_>) {
    let node = verbs.path("founder");
    let genesis = fs::read_to_string(verbs.path("another.json")).unwrap();
    fs::write(format!("{node}/genesis.json"), &genesis).unwrap();
    let genesis = Genesis::from_json(&genesis).unwrap();
    let identity = Identity {
        chain_id: genesis.chain_id().clone(),
        genesis_hash: genesis.hash(),
    };
    let state = found(&genesis.founding()).unwrap();
    let data = format!("{node}/data");
    fs::create_dir(&data).unwrap();
    let store = format!("{data}/store");
    Store::create(store.as_ref(), &identity, genesis.founding_time(), state).unwrap();

    let (backup, restored) = (verbs.path("backup"), verbs.path("restored"));
    let made = verbs.ask("backup", &[&node, &backup]).json();
    assert_eq!(made["genesis_hash"], genesis.hash().to_string());
    assert_eq!(
        (&made["height"], &made["details"]),
        (&0.into(), &false.into())
    );
    let back = verbs.ask("restore", &[&backup, &restored]).json();
    assert_eq!(back["state_root"], made["state_root"]);
    let again = verbs.ask("restore", &[&backup, &restored]).failure(2);
    assert!(again.contains("not an empty folder"), "{again}");
}

/// Who was shown which receipt, and whether somebody altered the answer.
pub(super) fn an_inspectors_questions(verbs: &Verbs<'_>) {
    let path = verbs.path("access.log");
    let log = AccessLog::open(path.as_ref()).unwrap();
    let mut noted = log.head();
    for (number, ground) in [(1, Ground::Issuer), (2, Ground::Supervision)] {
        let opening = Opening {
            receipt: format!("99060126-000000000{number}"),
            details_commitment: "07".repeat(32),
            client: "his".to_owned(),
            operator: "clerk-1".to_owned(),
            ground,
            for_holder: None,
        };
        log.record(&opening, number).unwrap();
        noted = log.head();
    }
    let head = noted.hash.to_string();
    let all = verbs.ask("access-log", &[&path, "--head", &head]).lines();
    assert_eq!(
        (&all[0]["ground"], &all[0]["number"]),
        (&"issuer".into(), &1.into())
    );
    assert_eq!(
        (&all[1]["hash"], &all[1]["operator"]),
        (&head.as_str().into(), &"clerk-1".into())
    );
    assert_eq!(all[2], serde_json::json!({ "entries": 2, "head": head }));
    let of_one = verbs
        .ask("access-log", &[&path, "--receipt", "99060126-2"])
        .lines();
    assert_eq!(of_one, all[1..]);

    let text = fs::read_to_string(&path).unwrap();
    let (first, _) = text.split_once('\n').unwrap();
    fs::write(&path, format!("{first}\n")).unwrap();
    assert_eq!(verbs.ask("access-log", &[&path]).lines().len(), 2);
    let cut = verbs
        .ask("access-log", &[&path, "--head", &head])
        .failure(6);
    assert!(cut.contains(&head) && cut.contains("cut off"), "{cut}");
    for at in (0..text.len()).step_by(37) {
        let mut altered = text.clone().into_bytes();
        altered[at] ^= 1;
        fs::write(&path, altered).unwrap();
        let broken = verbs.ask("access-log", &[&path]).failure(6);
        let line = 1 + text[..at].matches('\n').count();
        assert!(
            broken.contains(&format!("line {line} is broken")),
            "{broken}"
        );
    }
    let no_hash = verbs.ask("access-log", &[&path, "--head", "none"]);
    assert_eq!(no_hash.code, 2, "{}", no_hash.stderr);
    verbs
        .ask("access-log", &[&verbs.path("no such file")])
        .failure(2);
}
