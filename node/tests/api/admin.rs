//! Actions with the admin key from end to end: signed into a file, submitted, in force.

use std::fs;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::Value as Json;

use crate::{
    program::{Client, Said},
    world::{ORGANISATION, World},
};

const HOSPITAL: &str = "12320900E875065319";
/// The world's organisation has six keys from its founding.
const FIRST_NEW_KEY: u64 = 7;

#[tokio::test(flavor = "multi_thread")]
async fn an_administrators_actions_are_signed_offline_and_sent_by_anyone() {
    let world = World::start().await;
    let office = Office {
        client: Client::new(&world),
        admin_keys: world.path("admin").display().to_string(),
        genesis: world.path("genesis.json").display().to_string(),
    };
    an_organisation_is_admitted_suspended_and_resumed(&office);
    keys_are_added_and_revoked_also_the_admins(&office);
    endpoints_are_replaced(&office);
    parameters_are_changed_by_a_file(&office);
    the_governors_decisions_are_shown(&office);
    validators_change_and_evidence_leads_to_them(&office);
    a_failure_has_its_exit_code(&office);
    world.stop().await;
}

/// Folder of the admin key.
struct Office<'w> {
    client: Client<'w>,
    admin_keys: String,
    genesis: String,
}

impl Office<'_> {
    /// Signs an action into a file: noun, verb, arguments.
    fn sign(&self, file: &str, action: &[&str]) -> Said {
        self.sign_with(&self.admin_keys, file, action)
    }

    fn sign_with(&self, admin_keys: &str, file: &str, action: &[&str]) -> Said {
        let signer = [
            "--as",
            ORGANISATION,
            "--admin-keys",
            admin_keys,
            "--genesis",
            &self.genesis,
            "--operator",
            "admin-1",
            "--out",
            file,
        ];
        let (verb, arguments) = action.split_at(2);
        self.client.ask(&[verb, &signer, arguments].concat())
    }

    /// Signs an action into a file, checks the output, and submits it.
    #[track_caller]
    fn act(&self, name: &str, action: &[&str]) -> Said {
        let file = self.client.path(name);
        let signed = self.sign(&file, action).json();
        self.submit(&file, &signed)
    }

    #[track_caller]
    fn submit(&self, file: &str, signed: &Json) -> Said {
        assert_eq!(signed["file"], file);
        let submitted = self.client.ask(&["transaction", "submit", file]);
        if submitted.code == 0 {
            let view = submitted.json();
            assert_eq!(view["transactionId"], signed["transactionId"]);
            assert!(view["place"]["height"].is_string(), "{view}");
        }
        submitted
    }

    fn organisation(&self, id: &str) -> Json {
        let answer = self.client.ask(&["member", "show", id]).json();
        answer["organisation"].clone()
    }

    /// Key `key_id` of the world's organisation.
    fn key(&self, key_id: u64) -> Json {
        let organisation = self.organisation(ORGANISATION);
        let keys = organisation["keys"].as_array().unwrap();
        keys.iter()
            .find(|key| key["keyId"] == key_id)
            .unwrap()
            .clone()
    }
}

fn an_organisation_is_admitted_suspended_and_resumed(office: &Office<'_>) {
    let folder = office.client.path("hospital");
    let made = office.client.ask(&[
        "genesis",
        "new-entry",
        "--folder",
        &folder,
        "--chain",
        "piaolian-api",
        "--organisation",
        HOSPITAL,
        "--name",
        "A Hospital",
        "--roles",
        "issuer",
        "--region",
        "990100",
        "--endpoints",
        "/ip4/127.0.0.1/tcp/26699",
    ]);
    let entry = made.json()["entry"].as_str().unwrap().to_owned();
    office.act("admit", &["member", "admit", &entry]).json();
    let admitted = office.organisation(HOSPITAL);
    assert_eq!(admitted["name"], "A Hospital");
    assert_eq!(admitted["roles"], serde_json::json!(["ROLE_ISSUER"]));
    assert_eq!(admitted["keys"].as_array().unwrap().len(), 4);
    // A decided transaction is answered again, also to a later client.
    let again = office
        .client
        .ask(&["transaction", "submit", &office.client.path("admit")])
        .json();
    assert!(again["outcome"].get("rejection").is_none(), "{again}");
    let twice = office.act("admit-again", &["member", "admit", &entry]);
    assert!(twice.failure(1).contains("[1103]"));

    let why = ["--reason", "an audit"];
    let suspend = [&["member", "suspend", HOSPITAL][..], &why].concat();
    office.act("suspend", &suspend).json();
    assert_eq!(
        office.organisation(HOSPITAL)["suspension"]["reason"],
        "an audit"
    );
    assert!(
        office
            .act("suspend-again", &suspend)
            .failure(1)
            .contains("[1115]")
    );
    let resume = [&["member", "resume", HOSPITAL][..], &why].concat();
    office.act("resume", &resume).json();
    assert!(office.organisation(HOSPITAL).get("suspension").is_none());
}

fn keys_are_added_and_revoked_also_the_admins(office: &Office<'_>) {
    let (new, second) = (office.client.path("new"), office.client.path("second"));
    let add = ["key", "add", "--purpose", "sign", "--into", &new];
    office.act("add-sign", &add).json();
    assert_eq!(office.key(FIRST_NEW_KEY)["purpose"], "KEY_PURPOSE_SIGN");
    let shown = office.client.ask(&["key", "show", &new]).json();
    assert_eq!(shown[0]["keyId"], FIRST_NEW_KEY);
    let public = hex::decode(shown[0]["publicKey"].as_str().unwrap()).unwrap();
    assert_eq!(
        office.key(FIRST_NEW_KEY)["publicKey"],
        BASE64_STANDARD.encode(public)
    );

    let add = ["key", "add", "--purpose", "admin", "--into", &second];
    office.act("add-admin", &add).json();
    assert_eq!(
        office.key(FIRST_NEW_KEY + 1)["purpose"],
        "KEY_PURPOSE_ADMIN"
    );
    // The second admin key does what the first does.
    let key_id = FIRST_NEW_KEY.to_string();
    let revoke = ["key", "revoke", &key_id, "--reason", "rotated"];
    let file = office.client.path("revoke");
    let signed = office.sign_with(&second, &file, &revoke).json();
    office.submit(&file, &signed).json();
    let ended = office.key(FIRST_NEW_KEY)["lastHeight"].clone();
    assert_ne!(ended, "0");
    assert!(
        office
            .act("revoke-again", &revoke)
            .failure(1)
            .contains("[1112]")
    );
}

/// Returns the words that replace the organisation's endpoints.
fn endpoints<'a>(addresses: &[&'a str]) -> Vec<&'a str> {
    let flags = addresses
        .iter()
        .flat_map(|address| ["--endpoints", address]);
    ["member", "set-endpoints"]
        .into_iter()
        .chain(flags)
        .collect()
}

/// Reads a 64-bit number, which canonical JSON writes as text.
fn number(json: &Json) -> u64 {
    json.as_str().unwrap().parse().unwrap()
}

fn endpoints_are_replaced(office: &Office<'_>) {
    let addresses = ["/ip4/127.0.0.1/tcp/26601", "/dns4/node.example/tcp/26600"];
    office.act("endpoints", &endpoints(&addresses)).json();
    let shown = office.organisation(ORGANISATION);
    let shown: Vec<_> = shown["endpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["address"])
        .collect();
    assert_eq!(shown, addresses);
}

fn parameters_are_changed_by_a_file(office: &Office<'_>) {
    let parameters = || office.client.ask(&["parameters", "show"]).json()["parameters"].clone();
    let file = office.client.path("parameters.toml");
    let set = ["parameters", "set", &file];
    let mut expected = parameters();
    expected["heartbeatMs"] = "4000".into();
    fs::write(&file, "heartbeat_ms = 4000\n").unwrap();
    office.act("parameters-1", &set).json();
    assert_eq!(parameters(), expected);

    // The parameters that were shown, given back with other fund rules.
    let rules = expected["fundRules"].as_array_mut().unwrap();
    rules.truncate(1);
    rules[0]["lessOther"] = true.into();
    fs::write(&file, expected.to_string()).unwrap();
    office.act("parameters-2", &set).json();
    assert_eq!(parameters(), expected);

    fs::write(&file, "heartbeat_ms = 1\n").unwrap();
    let unsigned = office.sign(&office.client.path("parameters-3"), &set);
    assert!(unsigned.failure(2).contains("heartbeat_ms"));
}

fn the_governors_decisions_are_shown(office: &Office<'_>) {
    let propose = [
        "proposal", "open", "--reason", "agreed", "suspend", HOSPITAL,
    ];
    office.act("proposal-1", &propose).json();
    let suspended = office.organisation(HOSPITAL);
    assert_eq!(suspended["suspension"]["reason"], "agreed");
    let told = office.client.ask(&["proposal", "list"]).lines();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["proposer"], ORGANISATION);
    assert_eq!(told[0]["votes"].as_array().unwrap().len(), 1);
    assert_eq!(told[0]["closedHeight"], told[0]["proposedHeight"]);
    // Nothing is left to vote on, and the same again would be refused.
    let late = office.act("vote-1", &["proposal", "vote", "1", "--in-favour", "false"]);
    assert!(late.failure(1).contains("[1906]"));
    let again = office.act("proposal-2", &propose);
    assert!(again.failure(1).contains("[1115]"));
    office.client.ask(&["proposal", "show", "2"]).failure(4);
    let resume = ["proposal", "open", "--reason", "heard", "resume", HOSPITAL];
    office.act("proposal-3", &resume).json();
}

/// The only validator gets another power, so that the validator set changes.
fn validators_change_and_evidence_leads_to_them(office: &Office<'_>) {
    let client = &office.client;
    let height = number(&client.ask(&["node", "status"]).json()["height"]) + 4;
    let (from_height, seat) = (height.to_string(), format!("{ORGANISATION}=7"));
    let change = ["validators", "--from-height", &from_height, &seat];
    let propose = [&["proposal", "open", "--reason", "agreed"][..], &change].concat();
    office.act("validators", &propose).json();
    let set = client.ask(&["upgrade", "list"]).json();
    assert_eq!(number(&set["upgrades"][0]["height"]), height, "{set}");
    client.ask(&["validator", "list", &from_height]).failure(4);
    for step in 0..4 {
        let endpoint = format!("/ip4/127.0.0.1/tcp/2660{step}");
        let name = format!("step-{step}");
        office.act(&name, &endpoints(&[&endpoint])).json();
    }
    let power = |height: u64| {
        let answer = client.ask(&["validator", "list", &height.to_string()]);
        answer.json()["validators"][0]["power"].clone()
    };
    assert_eq!((power(height - 1), power(height)), ("1".into(), "7".into()));
    let header = |height: u64| client.ask(&["header", "show", &height.to_string()]).json();
    let (before, after) = (header(height - 1), header(height));
    let set_of = |answer: &Json| answer["header"]["validators"]["validators"][0]["power"].clone();
    assert_eq!((set_of(&before), set_of(&after)), ("1".into(), "7".into()));

    // The founding document is all that a verifier needs.
    let receipt = "99060126-0000000999";
    let proof = client.say(&["receipt", "proof", receipt]);
    let file = client.path("receipt.proof");
    fs::write(&file, proof.stdout).unwrap();
    let shown = client
        .ask(&["proof", "verify", &file, "--genesis", &office.genesis])
        .json();
    assert_eq!(shown["present"], false);
    assert!(number(&shown["height"]) >= height);
}

fn a_failure_has_its_exit_code(office: &Office<'_>) {
    let revoke = ["key", "revoke", "99", "--reason", "lost"];
    let file = office.client.path("unknown");
    office.sign(&file, &revoke).json();
    // Nothing is overwritten.
    office.sign(&file, &revoke).failure(2);
    let clerk = office.client.with_token("submit");
    assert!(
        clerk
            .ask(&["transaction", "submit", &file])
            .failure(5)
            .contains("[9512]")
    );
    assert!(
        office
            .client
            .ask(&["transaction", "submit", &file])
            .failure(1)
            .contains("[1111]")
    );
}
