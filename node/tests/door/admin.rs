//! `piaolian admin` from end to end: signed into a file, carried, submitted, in force.

use std::fs;

use serde_json::Value as Json;

use crate::{
    program::{Client, Said},
    world::{ORGANISATION, World},
};

const HOSPITAL: &str = "12320900E875065319";
/// The world's organisation has six keys from its founding.
const FIRST_NEW_KEY: u64 = 7;

#[tokio::test(flavor = "multi_thread")]
async fn an_administrators_acts_are_signed_offline_and_sent_by_anyone() {
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
    what_the_governors_decide_is_told(&office);
    validators_change_and_evidence_leads_to_them(&office);
    what_cannot_be_done_is_told_by_the_exit_code(&office);
    world.stop().await;
}

/// Where the admin key is.
struct Office<'w> {
    client: Client<'w>,
    admin_keys: String,
    genesis: String,
}

impl Office<'_> {
    /// Signs an act into a file.
    fn sign(&self, file: &str, act: &[&str]) -> Said {
        self.sign_with(&self.admin_keys, file, act)
    }

    fn sign_with(&self, admin_keys: &str, file: &str, act: &[&str]) -> Said {
        let signer = [
            "admin",
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
        self.client.ask(&[&signer, act].concat())
    }

    /// Signs an act into a file, checks what is said of it, and submits it.
    #[track_caller]
    fn act(&self, name: &str, act: &[&str]) -> Said {
        let file = self.client.path(name);
        let signed = self.sign(&file, act).json();
        self.submit(&file, &signed)
    }

    #[track_caller]
    fn submit(&self, file: &str, signed: &Json) -> Said {
        assert_eq!(signed["file"], file);
        let submitted = self.client.ask(&["submit", file]);
        if submitted.code == 0 {
            let view = submitted.json();
            assert_eq!(view["transaction_id"], signed["transaction_id"]);
            assert!(view["place"]["height"].as_u64().unwrap() > 0, "{view}");
        }
        submitted
    }

    fn organisation(&self, id: &str) -> Json {
        let answer = self.client.ask(&["query", "organisation", id]).json();
        answer["organisation"].clone()
    }

    /// Key `key_id` of the world's organisation.
    fn key(&self, key_id: u64) -> Json {
        let organisation = self.organisation(ORGANISATION);
        let keys = organisation["keys"].as_array().unwrap();
        keys.iter()
            .find(|key| key["key_id"] == key_id)
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
        "piaolian-door",
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
    office.act("admit", &["admit", &entry]).json();
    let admitted = office.organisation(HOSPITAL);
    assert_eq!(admitted["name"], "A Hospital");
    assert_eq!(admitted["roles"], serde_json::json!(["issuer"]));
    assert_eq!(admitted["keys"].as_array().unwrap().len(), 4);
    // What was decided is answered again, also to who comes later.
    let again = office
        .client
        .ask(&["submit", &office.client.path("admit")])
        .json();
    assert!(again["outcome"].get("refusal").is_none(), "{again}");
    let twice = office.act("admit-again", &["admit", &entry]);
    assert!(twice.failure(1).contains("[1103]"));

    let why = ["--reason", "an audit"];
    let suspend = [["suspend", HOSPITAL], why].concat();
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
    let resume = [["resume", HOSPITAL], why].concat();
    office.act("resume", &resume).json();
    assert!(office.organisation(HOSPITAL).get("suspension").is_none());
}

fn keys_are_added_and_revoked_also_the_admins(office: &Office<'_>) {
    let (new, second) = (office.client.path("new"), office.client.path("second"));
    let add = ["add-key", "--purpose", "sign", "--into", &new];
    office.act("add-sign", &add).json();
    assert_eq!(office.key(FIRST_NEW_KEY)["purpose"], "sign");
    let shown = office.client.ask(&["keys", "show", &new]).json();
    assert_eq!(shown[0]["key_id"], FIRST_NEW_KEY);
    assert_eq!(
        shown[0]["public_key"],
        office.key(FIRST_NEW_KEY)["public_key"]
    );

    let add = ["add-key", "--purpose", "admin", "--into", &second];
    office.act("add-admin", &add).json();
    assert_eq!(office.key(FIRST_NEW_KEY + 1)["purpose"], "admin");
    // The second admin key does what the first does.
    let key_id = FIRST_NEW_KEY.to_string();
    let revoke = ["revoke-key", &key_id, "--reason", "rotated"];
    let file = office.client.path("revoke");
    let signed = office.sign_with(&second, &file, &revoke).json();
    office.submit(&file, &signed).json();
    let ended = office.key(FIRST_NEW_KEY)["last_height"].as_u64().unwrap();
    assert!(ended > 0);
    assert!(
        office
            .act("revoke-again", &revoke)
            .failure(1)
            .contains("[1112]")
    );
}

fn endpoints_are_replaced(office: &Office<'_>) {
    let addresses = ["/ip4/127.0.0.1/tcp/26601", "/dns4/node.example/tcp/26600"];
    office
        .act("endpoints", &[&["endpoints"], &addresses[..]].concat())
        .json();
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
    let parameters = || office.client.ask(&["query", "parameters"]).json()["parameters"].clone();
    let file = office.client.path("parameters.toml");
    let set = ["set-parameters", "--parameters", &file];
    let mut expected = parameters();
    expected["heartbeat_ms"] = 4_000.into();
    fs::write(&file, "heartbeat_ms = 4000\n").unwrap();
    office.act("parameters-1", &set).json();
    assert_eq!(parameters(), expected);

    // What is shown, given back with other fund rules.
    let rules = expected["fund_rules"].as_array_mut().unwrap();
    rules.truncate(1);
    rules[0]["less_other"] = true.into();
    fs::write(&file, expected.to_string()).unwrap();
    office.act("parameters-2", &set).json();
    assert_eq!(parameters(), expected);

    fs::write(&file, "heartbeat_ms = 1\n").unwrap();
    let unsigned = office.sign(&office.client.path("parameters-3"), &set);
    assert!(unsigned.failure(2).contains("heartbeat_ms"));
}

fn what_the_governors_decide_is_told(office: &Office<'_>) {
    let propose = ["propose", "--reason", "agreed", "suspend", HOSPITAL];
    office.act("proposal-1", &propose).json();
    let suspended = office.organisation(HOSPITAL);
    assert_eq!(suspended["suspension"]["reason"], "agreed");
    let told = office.client.ask(&["query", "proposals"]).lines();
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["proposer"], ORGANISATION);
    assert_eq!(told[0]["votes"].as_array().unwrap().len(), 1);
    assert!(told[0]["closed_height"].as_u64() == told[0]["proposed_height"].as_u64());
    // Nothing is left to vote on, and the same again would be refused.
    let late = office.act("vote-1", &["vote", "1", "--against"]);
    assert!(late.failure(1).contains("[1906]"));
    let again = office.act("proposal-2", &propose);
    assert!(again.failure(1).contains("[1115]"));
    office.client.ask(&["query", "proposal", "2"]).failure(4);
    let resume = ["propose", "--reason", "heard", "resume", HOSPITAL];
    office.act("proposal-3", &resume).json();
}

/// The only validator gets another weight, so that its set is another.
fn validators_change_and_evidence_leads_to_them(office: &Office<'_>) {
    let client = &office.client;
    let height = client.ask(&["status"]).json()["height"].as_u64().unwrap() + 4;
    let (from_height, seat) = (height.to_string(), format!("{ORGANISATION}=7"));
    let change = ["validators", "--from-height", &from_height, &seat];
    let propose = [&["propose", "--reason", "agreed"][..], &change].concat();
    office.act("validators", &propose).json();
    let set = client.ask(&["query", "upgrades"]).json();
    assert_eq!(set["upgrades"][0]["height"], height, "{set}");
    client
        .ask(&["query", "validators", &from_height])
        .failure(4);
    for step in 0..4 {
        let endpoint = format!("/ip4/127.0.0.1/tcp/2660{step}");
        let name = format!("step-{step}");
        office.act(&name, &["endpoints", &endpoint]).json();
    }
    let power = |height: u64| {
        let answer = client.ask(&["query", "validators", &height.to_string()]);
        answer.json()["validators"][0]["power"].clone()
    };
    assert_eq!((power(height - 1), power(height)), (1.into(), 7.into()));
    let header = |height: u64| client.ask(&["query", "header", &height.to_string()]).json();
    let (before, after) = (header(height - 1), header(height));
    let set_of = |answer: &Json| answer["header"]["validators"]["validators"][0]["power"].clone();
    assert_eq!((set_of(&before), set_of(&after)), (1.into(), 7.into()));

    // The founding document is all that a verifier needs.
    let receipt = "99060126-0000000999";
    let proof = client.say(&["proof", receipt]);
    let file = client.path("receipt.proof");
    fs::write(&file, proof.stdout).unwrap();
    let shown = client
        .ask(&["verify", &file, "--genesis", &office.genesis])
        .json();
    assert_eq!(shown["present"], false);
    assert!(shown["height"].as_u64().unwrap() >= height);
}

fn what_cannot_be_done_is_told_by_the_exit_code(office: &Office<'_>) {
    let revoke = ["revoke-key", "99", "--reason", "lost"];
    let file = office.client.path("unknown");
    office.sign(&file, &revoke).json();
    // Nothing is overwritten.
    office.sign(&file, &revoke).failure(2);
    let clerk = office.client.with_token("submit");
    assert!(clerk.ask(&["submit", &file]).failure(5).contains("[9512]"));
    assert!(
        office
            .client
            .ask(&["submit", &file])
            .failure(1)
            .contains("[1111]")
    );
}
