//! Every verb of the command line gives its data as JSON.

mod administrators;
mod claims;
mod files;
mod inspectors;
mod payments;
mod receipts;

use std::{cell::RefCell, collections::BTreeSet};

use crate::{
    program::{self, Client, Said},
    world::{ORGANISATION, Shape, World},
};

/// It runs until it is stopped, and has no data: `tests/program` runs it.
const NO_DATA: &str = "node start";

#[tokio::test(flavor = "multi_thread")]
async fn every_verb_gives_its_data_as_json() {
    let world = World::shaped(Shape {
        serves_holders: true,
        ..Shape::default()
    })
    .await;
    let verbs = Verbs {
        client: Client::new(&world),
        done: RefCell::default(),
    };
    files::files_alone(&verbs);
    files::a_stopped_nodes_files(&verbs);
    inspectors::an_inspectors_questions(&verbs, &world);
    let code = receipts::an_issuers_day(&verbs);
    let total = receipts::questions_about_a_receipt(&verbs, &format!("{code}-1"));
    receipts::evidence_is_checked_without_the_node(&verbs, &world, &format!("{code}-1"));
    receipts::a_payers_day(&verbs, &format!("{code}-1"), &total);
    receipts::a_receipts_life(&verbs, &code, &total);
    claims::an_insurers_day(&verbs, &format!("{code}-1"), &total);
    claims::a_holders_day(&verbs, &format!("{code}-2"));
    payments::a_day_of_fines(&verbs);
    let reissued = receipts::reversals_and_recalls(&verbs, &code);
    receipts::a_receipt_from_a_file(&verbs);
    an_officers_day(&verbs, &reissued);
    questions_about_the_network(&verbs);
    inspectors::an_inspector_asks_the_ledger(&verbs, &world).await;
    administrators::administrators_actions(&verbs, &world);
    a_failure_is_json_too(&verbs, &code);
    let mut done = verbs.done.into_inner();
    done.insert(NO_DATA.to_owned());
    let verbs = leaves("");
    let unused: Vec<_> = verbs.difference(&done).collect();
    assert!(
        unused.is_empty(),
        "use these verbs in node/tests/api/verbs.rs, or in a file of verbs/: {unused:?}"
    );
    let unknown: Vec<_> = done.difference(&verbs).collect();
    assert!(
        unknown.is_empty(),
        "the help lists no such verb: {unknown:?}"
    );
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

/// Returns the verbs that have no verbs under them, as the help lists them.
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
        .filter(|name| !["help", "completions", "man"].contains(name))
        .flat_map(|name| leaves(format!("{verb} {name}").trim()))
        .collect()
}

fn an_officers_day(verbs: &Verbs<'_>, receipt: &str) {
    let altered = [
        receipt,
        "--presented-total",
        "0.01",
        "--claim-number",
        "C-9",
        "--lease",
        "24h",
    ];
    let refused = verbs.ask("receipt lock", &altered).failure(1);
    assert!(refused.contains("[1600]"), "{refused}");
    let found = verbs.ask("alert list", &["--kinds", "2"]).lines();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (&found[0]["kindName"], &found[0]["state"]),
        (&"AlteredTotal".into(), &"ALERT_STATE_NEW".into())
    );
    let alert = found[0]["record"]["alertId"].as_str().unwrap();
    verbs
        .ask("alert ask", &[alert, "--operator", "officer-1"])
        .json();
    verbs
        .ask("alert explain", &[alert, "--text", "a slip of the pen"])
        .json();
    let confirmed = [alert, "--result", "confirmed", "--reason", "no slip"];
    verbs.ask("alert close", &confirmed).json();
    let shown = verbs.ask("alert show", &[alert]).json();
    assert_eq!(shown["alert"]["result"], "ALERT_RESULT_CONFIRMED");
    let neither = verbs.ask("alert close", &[alert, "--result", "perhaps"]);
    assert_eq!(neither.code, 2, "{}", neither.stderr);
    let all = verbs
        .ask(
            "alert list",
            &["--with-closed", "--organisation", ORGANISATION],
        )
        .lines();
    assert!(all.contains(&shown["alert"]), "{all:?}");
}

fn questions_about_the_network(verbs: &Verbs<'_>) {
    assert_eq!(verbs.ask("node status", &[]).json()["validator"], true);
    let own = verbs.ask("member show", &[]).json();
    let all = verbs.ask("member list", &[]).lines();
    assert_eq!(all, [own["organisation"].clone()]);
    assert!(verbs.ask("parameters show", &[]).json()["parameters"]["heartbeatMs"].is_string());
    assert!(verbs.ask("header show", &[]).json()["header"]["certificate"].is_object());
    let events = verbs
        .ask("event follow", &["--until-now", "--accepted-only"])
        .lines();
    let height = events[0]["cursor"]["height"].as_str().unwrap();
    let block = verbs
        .ask("block show", &[height, "--with-transactions"])
        .json();
    let id = block["transactions"][0]["transactionId"].as_str().unwrap();
    let transaction = verbs
        .ask("transaction show", &[id, "--with-transaction"])
        .json();
    assert_eq!(transaction["transaction"]["transactionId"], id);
    assert!(transaction["transaction"]["body"]["grantRange"].is_object());
}

fn a_failure_is_json_too(verbs: &Verbs<'_>, code: &str) {
    let unknown = format!("{code}-999");
    let shown = verbs.ask("receipt show", &[&unknown]).failure(4);
    assert!(shown.contains("[9520]"), "{shown}");
    let lock = [
        unknown.as_str(),
        "--presented-total",
        "0.01",
        "--claim-number",
        "C-2",
        "--lease",
        "24h",
    ];
    let refused = verbs.ask("receipt lock", &lock).failure(1);
    assert!(refused.contains("[1400]"), "{refused}");
    let nobody = verbs.client.with_token("no such file");
    nobody.ask(&["node", "status"]).failure(2);
}
