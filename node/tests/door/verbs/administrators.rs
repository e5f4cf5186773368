//! An administrator's acts, signed offline, and what the governors decide.

use std::fs;

use super::Verbs;
use crate::world::{ORGANISATION, World};

/// Signed alone: `admin.rs` has them take effect.
pub(super) fn administrators_acts(verbs: &Verbs<'_>, world: &World) {
    let (admin, genesis) = (world.path("admin"), world.path("genesis.json"));
    let (admin, genesis) = (admin.display().to_string(), genesis.display().to_string());
    let (into, entry) = (verbs.path("added"), verbs.path("hospital"));
    let parameters = verbs.path("parameters.toml");
    fs::write(&parameters, "heartbeat_ms = 3000\n").unwrap();
    verbs.ask(
        "genesis new-entry",
        &[
            "--folder",
            &entry,
            "--chain",
            "piaolian-door",
            "--organisation",
            "12320900E875065319",
            "--name",
            "A Hospital",
            "--roles",
            "issuer",
            "--region",
            "990100",
        ],
    );
    let entry = format!("{entry}/entry.json");
    let hospital = "12320900E875065319";
    let acts: [&[&str]; 9] = [
        &["admit", &entry],
        &["suspend", hospital, "--reason", "an audit"],
        &["resume", hospital, "--reason", "an audit"],
        &["add-key", "--purpose", "admin", "--into", &into],
        &["revoke-key", "7", "--reason", "rotated"],
        &["endpoints", "/ip4/127.0.0.1/tcp/26601"],
        &[
            "rotate-validator-key",
            "--old=3",
            "--new=7",
            "--from-height=99",
        ],
        &["set-parameters", "--parameters", &parameters],
        &["vote", "1", "--for"],
    ];
    let seat = format!("{hospital}:3=1");
    let decisions: [&[&str]; 9] = [
        &["admit", &entry],
        &["suspend", hospital],
        &["resume", hospital],
        &["remove", hospital],
        &["recover-keys", &entry, "--revoke", "1,2"],
        &["validators", "--from-height", "99", &seat],
        &["governors", "--threshold", "1", ORGANISATION],
        &["set-parameters", "--parameters", &parameters],
        &["protocol", "2", "--from-height", "99"],
    ];
    let acts = acts.map(|act| (act[0].to_owned(), act.to_vec()));
    let decisions = decisions.map(|decision| {
        let propose = ["propose", "--reason", "agreed", "--open-hours", "24"];
        let verb = format!("propose {}", decision[0]);
        (verb, [&propose, decision].concat())
    });
    for (verb, act) in acts.iter().chain(&decisions) {
        let file = verbs.path(&verb.replace(' ', "-"));
        let signer = [
            "admin",
            "--as",
            ORGANISATION,
            "--admin-keys",
            &admin,
            "--genesis",
            &genesis,
            "--out",
            &file,
        ];
        let verb = format!("admin {verb}");
        let signed = verbs.ask_as(&verb, &[&signer, &act[..]].concat()).json();
        assert_eq!(signed["transaction_id"].as_str().unwrap().len(), 64);
    }
    let submitted = verbs.ask("submit", &[&verbs.path("endpoints")]).json();
    assert!(submitted["place"]["height"].as_u64().unwrap() > 0);
    let sent = verbs
        .ask("submit", &["--no-wait", &verbs.path("set-parameters")])
        .json();
    assert!(sent["transaction_id"].is_string());
    let agreed = verbs.path("propose-set-parameters");
    verbs.ask("submit", &[&agreed]).json();
    what_was_decided(verbs);
}

pub(super) fn what_was_decided(verbs: &Verbs<'_>) {
    let proposal = verbs.ask("query proposal", &["1"]).json()["proposal"].clone();
    assert_eq!(proposal["state"], "adopted", "{proposal}");
    assert_eq!(verbs.ask("query proposals", &[]).lines(), [proposal]);
    let open = verbs.ask("query proposals", &["--open"]);
    assert!(open.code == 0 && open.stdout.is_empty());
    let governors = verbs.ask("query governors", &[]).json()["governors"].clone();
    assert_eq!(
        governors["organisations"],
        serde_json::json!([ORGANISATION])
    );
    let validators = verbs.ask("query validators", &[]).json();
    assert_eq!(validators["validators"][0]["organisation"], ORGANISATION);
    assert_eq!(validators["protocol_version"], 1);
    assert!(verbs.ask("query upgrades", &[]).json()["upgrades"].is_array());
}
