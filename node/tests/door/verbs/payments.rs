//! A day of fines: notices, payments, statement, reconciliation, pick-up.

use std::fs;

use piaolian_base::clock;
use piaolian_contracts::types::{BeijingDate, BlockTime};
use serde_json::{Value as Json, json};

use super::Verbs;
use crate::world::ORGANISATION;

const CODE: &str = "99010126";
const REGION: &str = "990100";
const DAY_MS: u64 = 86_400_000;
/// A fine, fen.
const FINE: i64 = 20_000;
const NAME: &str = "测试甲";

fn file(verbs: &Verbs<'_>, name: &str, messages: &[Json]) -> String {
    let path = verbs.path(name);
    fs::write(&path, Json::from(messages).to_string()).unwrap();
    path
}

/// The organisation fines, is its own issuing centre and its own bank.
pub(super) fn a_day_of_fines(verbs: &Verbs<'_>) {
    verbs
        .ask("act grant", &[ORGANISATION, CODE, "1", "100"])
        .json();
    verbs.ask("act mandate", &[ORGANISATION, CODE]).json();
    let (first, second) = ("990100260000001", "990100260000002");
    let notices = file(verbs, "notices.json", &[notice(first), notice(second)]);
    let created = verbs.ask("act notices", &[&notices]).lines();
    let payment_code = created[0]["payment_code"].as_str().unwrap();
    assert_eq!(payment_code.len(), 20, "{created:?}");
    let cancel = [second, "--reason", "wrong vehicle"];
    verbs.ask("act cancel-notice", &cancel).json();

    let paid = clock::now().as_ms() - DAY_MS;
    let day = BeijingDate::at(BlockTime::from_ms(paid)).get();
    let report = json!({
        "bank_reference": "LS-1",
        "payment_code": payment_code,
        "amount_fen": FINE,
        "paid_ms": paid,
        "account_day": day,
        "region": REGION,
    });
    let reports = file(verbs, "payments.json", &[report]);
    let reported = verbs.ask("act report-payments", &[&reports]).lines();
    assert_eq!(reported[0]["decision_number"], first);
    let line = json!({ "bank_reference": "LS-1", "notice": first, "amount_fen": FINE });
    let lines = file(verbs, "statement.json", &[line]);
    let day = day.to_string();
    verbs.ask("act statement", &[&day, REGION, &lines]).json();
    // A day on which a bank took nothing has a statement too.
    let none = file(verbs, "none.json", &[]);
    verbs.ask("act statement", &[&day, "990200", &none]).json();
    verbs.ask("act close-day", &[&day, REGION]).json();
    what_can_be_asked(verbs, first, &day);
}

fn what_can_be_asked(verbs: &Verbs<'_>, decision_number: &str, day: &str) {
    let shown = verbs.ask("query notice", &[decision_number]).json();
    assert_eq!(shown["state"], "paid");
    let listed = verbs.ask("query notices", &[]).lines();
    assert_eq!(listed.len(), 2);
    let reconciled = verbs.ask("query reconciliation", &[day, REGION]).json();
    assert_eq!(reconciled["banks"][0]["matched"]["count"], 1);
    assert_eq!(reconciled["closed_through"].to_string(), day);
    let mismatches = verbs.ask("query mismatches", &[day, REGION]);
    assert!(mismatches.code == 0 && mismatches.stdout.is_empty());
    let allocated = verbs.ask("query allocations", &[day, REGION]).lines();
    assert_eq!(allocated[0]["matched"]["sum_fen"], FINE);
    let wrong = [decision_number, "--name", "测试乙"];
    verbs.ask("query pick-up", &wrong).failure(4);
    let picked_up = verbs.ask("query pick-up", &[decision_number, "--name", NAME]);
    let picked_up = picked_up.json();
    assert_eq!(picked_up["receipt"]["record"]["total_fen"], FINE);
    assert!(picked_up["xml"].as_str().unwrap().contains(NAME));
}

/// A notice with the details that the node keeps.
fn notice(decision_number: &str) -> Json {
    let today = BeijingDate::at(clock::now()).get();
    json!({
        "notice": {
            "decision_number": decision_number,
            "region": REGION,
            "amount_fen": FINE,
            "due_date": today,
            "late_fee_rate": 300,
            "centre": ORGANISATION,
            "receipt_code": CODE,
        },
        "details": {
            "header": { "tag": "CZ-EI-32", "version": "1.1.0" },
            "main": {
                "name": "非税收入一般缴款书（电子）",
                "receipt_code": CODE,
                "total_fen": FINE,
                "issue_date": today,
                "issue_time": 93_000,
                "business_number": decision_number,
            },
            "invoicing_party": { "code": ORGANISATION, "name": "One for all" },
            "payer_party": { "kind": "person", "name": NAME },
            "extension": {},
            "items": [{
                "code": "103050101",
                "name": "公安交通罚没收入",
                "quantity": "1",
                "amount_fen": FINE,
            }],
        },
    })
}
