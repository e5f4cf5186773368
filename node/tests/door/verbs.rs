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
const NO_DATA: &str = "start";

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
    receipts::reversals_and_recalls(&verbs, &code);
    an_officers_day(&verbs, &format!("{code}-3"));
    questions_about_the_network(&verbs);
    inspectors::an_inspector_asks_the_ledger(&verbs, &world).await;
    administrators::administrators_acts(&verbs, &world);
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
