//! An administrator's actions, signed offline, and the governors' decisions.

use std::fs;

use super::Verbs;
use crate::world::{ORGANISATION, World};

/// Signed alone: `admin.rs` has them take effect.
pub(super) fn administrators_actions(verbs: &Verbs<'_>, world: &World) {
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
            "piaolian-api",
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
    let actions: [&[&str]; 9] = [
        &["member", "admit", &entry],
        &["member", "suspend", hospital, "--reason", "an audit"],
        &["member", "resume", hospital, "--reason", "an audit"],
        &["key", "add", "--purpose", "admin", "--into", &into],
        &["key", "revoke", "7", "--reason", "rotated"],
        &[
            "member",
            "set-endpoints",
            "--endpoints",
            "/ip4/127.0.0.1/tcp/26601",
        ],
        &[
            "validator",
            "rotate-key",
            "--old-key-id=3",
            "--new-key-id=7",
            "--effective-height=99",
        ],
        &["parameters", "set", &parameters],
        &["proposal", "vote", "1", "--in-favour", "true"],
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
    let signer = [
        "--as",
        ORGANISATION,
        "--admin-keys",
        &admin,
        "--genesis",
        &genesis,
        "--out",
    ];
    let sign = |verb: &str, words: &[&str], rest: &[&str]| {
        let file = verbs.path(&verb.replace(' ', "-"));
        let signed = verbs
            .ask_as(verb, &[words, &signer, &[&file], rest].concat())
            .json();
        assert_eq!(signed["transactionId"].as_str().unwrap().len(), 44);
    };
    for action in actions {
        let verb = action[..2].join(" ");
        sign(&verb, &action[..2], &action[2..]);
    }
    for decision in decisions {
        let verb = format!("proposal open {}", decision[0]);
        let rest = [&["--reason", "agreed", "--open-hours", "24"], decision].concat();
        sign(&verb, &["proposal", "open"], &rest);
    }
    let submit = |name: &str| verbs.ask("transaction submit", &[&verbs.path(name)]);
    let submitted = submit("member-set-endpoints").json();
    assert!(submitted["place"]["height"].is_string(), "{submitted}");
    let sent = [&verbs.path("parameters-set"), "--no-wait"];
    let sent = verbs.ask("transaction submit", &sent).json();
    assert!(sent["transactionId"].is_string(), "{sent}");
    submit("proposal-open-set-parameters").json();
    decisions_are_shown(verbs);
}

pub(super) fn decisions_are_shown(verbs: &Verbs<'_>) {
    let proposal = verbs.ask("proposal show", &["1"]).json()["proposal"].clone();
    assert_eq!(proposal["state"], "PROPOSAL_STATE_ADOPTED", "{proposal}");
    assert_eq!(verbs.ask("proposal list", &[]).lines(), [proposal]);
    let open = verbs.ask("proposal list", &["--open-only"]);
    assert!(open.code == 0 && open.stdout.is_empty());
    let governors = verbs.ask("governor list", &[]).json()["governors"].clone();
    assert_eq!(
        governors["organisations"],
        serde_json::json!([ORGANISATION])
    );
    let validators = verbs.ask("validator list", &[]).json();
    assert_eq!(validators["validators"][0]["organisation"], ORGANISATION);
    assert_eq!(validators["protocolVersion"], 1);
    assert!(verbs.ask("upgrade list", &[]).json()["upgrades"].is_array());
}
