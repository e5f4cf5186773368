//! Verbs that work on files: keys, the founding document, samples, a stopped node's data.

use std::fs;

use piaolian_contracts::genesis_state;
use piaolian_genesis::Genesis;
use piaolian_ledger::{ChainIdentity, Store};
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
    let hash = founded.json()["genesisHash"].clone();
    assert_eq!(
        verbs.ask("genesis check", &[&genesis]).json()["genesisHash"],
        hash
    );
    assert_eq!(
        verbs.ask("genesis hash", &[&genesis]).json()["genesisHash"],
        hash
    );
    let document: Json = serde_json::from_str(&fs::read_to_string(&genesis).unwrap()).unwrap();
    assert_eq!(document["parameters"]["heartbeat_ms"], 7_000);

    let (keys, admin) = (verbs.path("keys"), verbs.path("admin-keys"));
    let made = verbs
        .ask("key generate", &["--keys", &keys, "--admin-keys", &admin])
        .json();
    assert_eq!(made.as_array().unwrap().len(), 5);
    assert_eq!(
        verbs
            .ask("key show", &[&keys])
            .json()
            .as_array()
            .unwrap()
            .len(),
        4
    );
    assert!(verbs.ask("key init-signer", &[&keys]).json()["file"].is_string());

    let file = ["--file", &verbs.path("tokens.toml")];
    let new = verbs.ask(
        "token new",
        &[&file[..], &["--name", "his", "--role", "submit"]].concat(),
    );
    assert!(new.json()["token"].as_str().unwrap().starts_with("plt_"));
    let listed = verbs.ask("token list", &file).json();
    assert_eq!(
        listed,
        serde_json::json!([{ "name": "his", "role": "submit" }])
    );
    let removed = verbs.ask("token remove", &[&file[..], &["--name", "his"]].concat());
    assert_eq!(removed.json()["removed"], "his");
    assert_eq!(verbs.ask("token list", &file).json(), serde_json::json!([]));
}

/// The node founded above, stopped: its chain is founded as its first start would.
pub(super) fn a_stopped_nodes_files(verbs: &Verbs<'_>) {
    let node = verbs.path("founder");
    let genesis = fs::read_to_string(verbs.path("another.json")).unwrap();
    fs::write(format!("{node}/genesis.json"), &genesis).unwrap();
    let genesis = Genesis::from_json(&genesis).unwrap();
    let identity = ChainIdentity {
        chain_id: genesis.chain_id().clone(),
        genesis_hash: genesis.hash(),
    };
    let state = genesis_state(&genesis.founding()).unwrap();
    let data = format!("{node}/data");
    fs::create_dir(&data).unwrap();
    let store = format!("{data}/store");
    Store::create(store.as_ref(), &identity, genesis.founding_time(), state).unwrap();

    let config = format!("{node}/piaolian.toml");
    let checked = verbs.ask("node check", &["--config", &config]).json();
    assert_eq!(checked["organisation"], "12320900E875065319");

    let (backup, restored) = (verbs.path("backup"), verbs.path("restored"));
    let made = verbs.ask("node backup", &[&node, &backup]).json();
    assert_eq!(made["genesisHash"], genesis.hash().to_string());
    assert_eq!(
        (&made["height"], &made["details"]),
        (&"0".into(), &false.into())
    );
    let back = verbs.ask("node restore", &[&backup, &restored]).json();
    assert_eq!(back["stateRoot"], made["stateRoot"]);
    let again = verbs.ask("node restore", &[&backup, &restored]).failure(2);
    assert!(again.contains("not an empty folder"), "{again}");
}
