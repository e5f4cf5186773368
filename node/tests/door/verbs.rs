//! Every verb of the command line gives its data as JSON.

mod claims;
mod payments;

use std::{cell::RefCell, collections::BTreeSet, fs};

use piaolian_contracts::found;
use piaolian_genesis::Genesis;
use piaolian_node::store::{Identity, Store};
use serde_json::Value as Json;

use crate::{
    program::{self, Client, Said},
    world::{ORGANISATION, World},
};

/// It runs until it is stopped, and has no data: `tests/program` runs it.
const NO_DATA: &str = "start";

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_gives_its_data_as_json() {
    let world = World::start().await;
    let verbs = Verbs {
        client: Client::new(&world),
        done: RefCell::default(),
    };
    files_alone(&verbs);
    a_stopped_nodes_files(&verbs);
    let code = an_issuers_day(&verbs);
    let total = questions_about_a_receipt(&verbs, &format!("{code}-1"));
    evidence_is_checked_without_the_node(&verbs, &world, &format!("{code}-1"));
    a_payers_day(&verbs, &format!("{code}-1"), &total);
    a_receipts_life(&verbs, &code, &total);
    claims::an_insurers_day(&verbs, &format!("{code}-1"), &total);
    payments::a_day_of_fines(&verbs);
    reversals_and_recalls(&verbs, &code);
    an_officers_day(&verbs, &format!("{code}-3"));
    questions_about_the_network(&verbs);
    administrators_acts(&verbs, &world);
    a_failure_is_json_too(&verbs, &code);
    let mut done = verbs.done.into_inner();
    done.insert(NO_DATA.to_owned());
    assert_eq!(done, leaves(""));
    world.stop().await;
}

/// A client that notes which verbs it used.
struct Verbs<'w> {
    client: Client<'w>,
    done: RefCell<BTreeSet<String>>,
}

impl Verbs<'_> {
    /// Uses a verb; arguments follow it.
    fn ask(&self, verb: &str, arguments: &[&str]) -> Said {
        let words: Vec<&str> = verb.split(' ').collect();
        self.ask_as(verb, &[&words, arguments].concat())
    }

    /// Uses a verb that is within all the arguments.
    fn ask_as(&self, verb: &str, arguments: &[&str]) -> Said {
        self.done.borrow_mut().insert(verb.to_owned());
        self.client.ask(arguments)
    }

    fn path(&self, name: &str) -> String {
        self.client.path(name)
    }
}

/// The verbs that have no verbs under them, as the help lists them.
fn leaves(verb: &str) -> BTreeSet<String> {
    let help = program::run(verb.split_whitespace().chain(["--help"]));
    let text = String::from_utf8(help.stdout).unwrap();
    let Some((_, commands)) = text.split_once("Commands:\n") else {
        return BTreeSet::from([verb.to_owned()]);
    };
    let names = commands
        .lines()
        .take_while(|line| !line.is_empty())
        // A description that goes on stands further in.
        .filter_map(|line| {
            line.strip_prefix("  ")
                .filter(|line| !line.starts_with(' '))
        })
        .filter_map(|line| line.split(' ').next());
    names
        .filter(|name| *name != "help")
        .flat_map(|name| leaves(format!("{verb} {name}").trim()))
        .collect()
}

fn files_alone(verbs: &Verbs<'_>) {
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
fn a_stopped_nodes_files(verbs: &Verbs<'_>) {
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

/// Gives the receipt code of what was issued, three of it.
fn an_issuers_day(verbs: &Verbs<'_>) -> String {
    let folder = verbs.path("xml");
    let samples = verbs.ask(
        "samples",
        &[
            "--count",
            "3",
            "--seed",
            "7",
            "--into",
            &folder,
            "--kinds",
            "inpatient",
            "--issuer",
            ORGANISATION,
            "--issuer-name",
            "One for all",
            "--region",
            "110000",
        ],
    );
    let code = samples.json()["receipt_codes"][0]
        .as_str()
        .unwrap()
        .to_owned();
    let granted = verbs
        .ask("act grant", &[ORGANISATION, &code, "1", "1000"])
        .json();
    assert!(granted["submitted"]["place"]["height"].as_u64().unwrap() > 0);
    for result in ["issued", "already_issued"] {
        let outcomes = verbs.ask("import", &["--patience-s", "5", &folder]).lines();
        assert_eq!(outcomes.len(), 3);
        assert!(
            outcomes.iter().all(|it| it["result"] == result),
            "{outcomes:?}"
        );
    }
    code
}

/// Gives its total, fen.
fn questions_about_a_receipt(verbs: &Verbs<'_>, receipt: &str) -> String {
    let shown = verbs.ask("query receipt", &[receipt]).json();
    let record = &shown["receipt"]["record"];
    let business = record["business_number"].as_str().unwrap();
    let by_business = ["--issuer", ORGANISATION, "--business-number", business];
    let found = verbs.ask("query receipt", &by_business).json();
    assert_eq!(found["receipt"]["record"], *record);

    let details = verbs.ask("query details", &[receipt]).json();
    assert_eq!(details["details_commitment"], record["details_commitment"]);
    let xml = details["xml"].as_str().unwrap();
    let check_code = xml
        .split("<RandomNumber>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    let total = record["total_fen"].to_string();
    let verified = verbs.ask(
        "query verify",
        &[receipt, check_code, "--total-fen", &total],
    );
    assert_eq!(verified.json()["check"]["result"], "matched");
    total
}

fn evidence_is_checked_without_the_node(verbs: &Verbs<'_>, world: &World, receipt: &str) {
    let proof = verbs.ask("query proof", &[receipt]).json();
    assert!(proof["header"].is_object(), "{proof}");
    let raw = verbs.client.say(&["query", "proof", receipt]);
    let file = verbs.path("evidence");
    fs::write(&file, raw.stdout).unwrap();
    let genesis = world.path("genesis.json").display().to_string();
    let arguments = [file.as_str(), "--genesis", &genesis, "--receipt", receipt];
    let shown = verbs.ask("verify", &arguments).json();
    assert_eq!(shown["present"], true);
}

fn a_payers_day(verbs: &Verbs<'_>, receipt: &str, total: &str) {
    let lock = [
        "act",
        "--operator",
        "clerk-1",
        "lock",
        receipt,
        "--total-fen",
        total,
        "--claim",
        "C-1",
    ];
    let locked = verbs.ask_as("act lock", &lock).json();
    assert!(locked["until_ms"].as_u64().unwrap() > 0);
    verbs
        .ask("act unlock", &[receipt, "--reason", "withdrawn"])
        .json();
    let book = [
        "act",
        "--operator",
        "clerk-1",
        "book",
        receipt,
        "--total-fen",
        total,
        "--fund",
        "commercial",
        "--voucher",
        "V-1",
        "--amount-fen",
        "1",
        "--reviewer",
        "clerk-2",
    ];
    verbs.ask_as("act book", &book).json();
    let unbook = [
        "act",
        "--operator",
        "clerk-1",
        "unbook",
        receipt,
        "--voucher",
        "V-1",
        "--reason",
        "by mistake",
    ];
    verbs.ask_as("act unbook", &unbook).json();
    let history = verbs.ask("query history", &[receipt]).lines();
    let kinds: Vec<_> = history
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    let told = [
        "issue_receipt",
        "lock_receipt",
        "unlock_receipt",
        "book_receipt",
        "unbook_receipt",
    ];
    assert_eq!(kinds, told);
}

/// Between issue and archive: on the first and the third receipt.
fn a_receipts_life(verbs: &Verbs<'_>, code: &str, total: &str) {
    let (first, third) = (format!("{code}-1"), format!("{code}-3"));
    let delivered = verbs
        .ask(
            "act deliver",
            &[&first, &third, &first, "--channel", "mail"],
        )
        .json();
    let verdicts = delivered["verdicts"].as_array().unwrap();
    assert_eq!(verdicts[2]["refusal"]["code"], 1421, "{delivered}");
    let paper = ["--paper-code", "35010126", "--paper-number", "0017"];
    verbs
        .ask("act exchange", &[&[third.as_str()], &paper[..]].concat())
        .json();
    let shown = verbs
        .ask(
            "query receipts",
            &["--status", "on-paper", "--issuer", ORGANISATION],
        )
        .lines();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0]["receipt"]["number"], 3);
    let back = [&[third.as_str()], &paper[..], &["--reason", "no need"]].concat();
    verbs.ask("act return-paper", &back).json();
    let noted = [first.as_str(), "--total-fen", total];
    verbs.ask("act note-verification", &noted).json();
    let audit = [first.as_str(), third.as_str(), "--audit-number", "HX-1"];
    verbs.ask("act audit-use", &audit).json();
    let archive = [
        &format!("{third}=2026/PJ-1"),
        "--mandate",
        "会计档案管理办法",
    ];
    let archived = verbs.ask("act archive", &archive).json();
    assert_eq!(archived["verdicts"].as_array().unwrap().len(), 1);
    let record = verbs.ask("query archive-record", &[&third]).json();
    let done = record["record"]["business_entities"].as_array().unwrap();
    let activities: Vec<_> = done
        .iter()
        .map(|entity| entity["business_activity"].as_str().unwrap())
        .collect();
    let expected = ["开具", "交付", "换开纸质", "收回纸质", "核销", "归档"];
    assert_eq!(activities, expected);
    let totals = verbs.ask("query totals", &["--kind", &code[2..6]]).lines();
    assert_eq!(totals.len(), 1);
    assert_eq!(totals[0]["archived"]["count"], 1);
    assert_eq!(totals[0]["delivered_count"], 2);
    let limited = verbs.ask("query receipts", &["--limit", "2"]).lines();
    assert_eq!(limited.len(), 2);
}

fn reversals_and_recalls(verbs: &Verbs<'_>, code: &str) {
    let client_id = "00112233445566778899aabbccddeeff";
    let original = format!("{code}-2");
    let reverse = [
        "act",
        "--client-id",
        client_id,
        "reverse",
        &original,
        "--business-number",
        "R-1",
        "--reason",
        "wrong department",
        "--code",
        code,
        "--number",
        "500",
    ];
    let reversed = verbs.ask_as("act reverse", &reverse).json();
    assert_eq!(
        reversed["reversal"],
        serde_json::json!({ "code": code, "number": 500 })
    );
    assert_eq!(reversed["submitted"]["client_id"], client_id);
    // Under the same name it is done once.
    let again = verbs.ask_as("act reverse", &reverse).json();
    assert_eq!(again["submitted"], reversed["submitted"]);
    verbs.ask("act recall", &[code, "1", "900"]).json();
    let range = verbs.ask("query range", &[&original]).json();
    assert_eq!(range["range"]["last_number"], 899);
    let ranges = verbs
        .ask("query ranges", &[ORGANISATION, "--code", code])
        .lines();
    assert_eq!(ranges, [range["range"].clone()]);
}

fn an_officers_day(verbs: &Verbs<'_>, receipt: &str) {
    let altered = [receipt, "--total-fen", "1", "--claim", "C-9"];
    let refused = verbs.ask("act lock", &altered).failure(1);
    assert!(refused.contains("[1600]"), "{refused}");
    let found = verbs.ask("query alerts", &["--kind", "2"]).lines();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["kind_name"], &found[0]["flow"]),
        (&"AlteredTotal".into(), &"new".into())
    );
    let alert = found[0]["record"]["alert_id"].to_string();
    let asked = ["act", "--operator", "officer-1", "ask-explanation", &alert];
    verbs.ask_as("act ask-explanation", &asked).json();
    let text = ["explain-alert", &alert, "--text", "a slip of the pen"];
    verbs
        .ask_as("act explain-alert", &[&["act"], &text[..]].concat())
        .json();
    let reason = [&alert, "--confirmed", "--reason", "no slip"];
    verbs.ask("act close-alert", &reason).json();
    let shown = verbs.ask("query alert", &[&alert]).json();
    assert_eq!(shown["alert"]["result"], "confirmed");
    let neither = verbs.ask("act close-alert", &[&alert, "--reason", "none"]);
    assert_eq!(neither.code, 2, "{}", neither.stderr);
    let all = verbs
        .ask("query alerts", &["--all", "--organisation", ORGANISATION])
        .lines();
    assert!(all.contains(&shown["alert"]), "{all:?}");
}

fn questions_about_the_network(verbs: &Verbs<'_>) {
    assert_eq!(verbs.ask("status", &[]).json()["validator"], true);
    let own = verbs.ask("query organisation", &[]).json();
    let all = verbs.ask("query organisations", &[]).lines();
    assert_eq!(all, [own["organisation"].clone()]);
    assert!(verbs.ask("query parameters", &[]).json()["parameters"]["heartbeat_ms"].is_u64());
    assert!(verbs.ask("query header", &[]).json()["header"]["certificate"].is_object());
    let events = verbs
        .ask("query events", &["--until-now", "--accepted-only"])
        .lines();
    let height = events[0]["cursor"]["height"].to_string();
    let block = verbs.ask("query block", &[&height, "--full"]).json();
    let id = block["transactions"][0]["transaction_id"].as_str().unwrap();
    let transaction = verbs.ask("query transaction", &[id]).json();
    assert_eq!(transaction["transaction"]["transaction_id"], id);
    assert!(transaction["transaction"]["body"]["grant_range"].is_object());
}

/// Signed alone: `admin.rs` has them take effect.
fn administrators_acts(verbs: &Verbs<'_>, world: &World) {
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

fn what_was_decided(verbs: &Verbs<'_>) {
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

fn a_failure_is_json_too(verbs: &Verbs<'_>, code: &str) {
    let unknown = format!("{code}-999");
    assert!(
        verbs
            .ask("query receipt", &[&unknown])
            .failure(4)
            .contains("[9520]")
    );
    let lock = [unknown.as_str(), "--total-fen", "1", "--claim", "C-2"];
    assert!(verbs.ask("act lock", &lock).failure(1).contains("[1400]"));
    let nobody = verbs.client.with_token("no such file");
    nobody.ask(&["status"]).failure(2);
}
