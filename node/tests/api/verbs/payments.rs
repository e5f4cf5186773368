//! A day of fines: notices, payments, statement, reconciliation, pick-up.

use std::fs;

use piaolian_base::clock;
use piaolian_contracts::types::{BeijingDate, BlockTime};
use serde_json::{Value as Json, json};

use super::{Verbs, receipts::grant};
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
    verbs.ask("range grant", &grant(CODE, "1", "100")).json();
    let mandate = [
        "--agency",
        ORGANISATION,
        "--receipt-code",
        CODE,
        "--active",
        "true",
    ];
    verbs.ask("payment set-mandate", &mandate).json();
    let (first, second) = ("990100260000001", "990100260000002");
    let notices = file(verbs, "notices.json", &[notice(first), notice(second)]);
    let created = verbs.ask("notice create", &[&notices]).lines();
    let payment_code = created[0]["paymentCode"].as_str().unwrap();
    assert_eq!(payment_code.len(), 20, "{created:?}");
    let cancel = [second, "--reason", "wrong vehicle"];
    verbs.ask("notice cancel", &cancel).json();

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
    let reported = verbs.ask("payment report", &[&reports]).lines();
    assert_eq!(reported[0]["decisionNumber"], first);
    let line = json!({ "bank_reference": "LS-1", "notice": first, "amount_fen": FINE });
    let lines = file(verbs, "statement.json", &[line]);
    let day = day.to_string();
    verbs
        .ask("payment submit-statement", &[&day, REGION, &lines])
        .json();
    // A day on which a bank took nothing has a statement too.
    let none = file(verbs, "none.json", &[]);
    verbs
        .ask("payment submit-statement", &[&day, "990200", &none])
        .json();
    verbs.ask("payment close-day", &of_day(&day)).json();
    the_day_is_shown(verbs, first, &day);
}

fn the_day_is_shown(verbs: &Verbs<'_>, decision_number: &str, day: &str) {
    let question = ["--day", day, "--region", REGION];
    let shown = verbs.ask("notice show", &[decision_number]).json();
    assert_eq!(shown["state"], "NOTICE_STATE_PAID");
    let listed = verbs.ask("notice list", &[]).lines();
    assert_eq!(listed.len(), 2);
    let reconciled = verbs.ask("payment reconciliation", &question).json();
    assert_eq!(reconciled["banks"][0]["matched"]["count"], "1");
    assert_eq!(reconciled["closedThrough"].to_string(), day);
    let mismatches = verbs.ask("payment mismatches", &question);
    assert!(mismatches.code == 0 && mismatches.stdout.is_empty());
    let allocated = verbs.ask("payment allocations", &question).lines();
    assert_eq!(allocated[0]["matched"]["sumFen"], FINE.to_string());
    // A name is private, and so in a file.
    let pick_up = |name: &str| {
        let request = json!({ "decision_number": decision_number, "payer_name": name });
        let path = verbs.path("pick-up.json");
        fs::write(&path, request.to_string()).unwrap();
        verbs.ask("receipt pick-up", &["--file", &path])
    };
    pick_up("测试乙").failure(4);
    let picked_up = pick_up(NAME).json();
    assert_eq!(picked_up["receipt"]["record"]["totalFen"], FINE.to_string());
    assert!(picked_up["xml"].as_str().unwrap().contains(NAME));
}

fn of_day(day: &str) -> [&str; 4] {
    ["--account-day", day, "--region", REGION]
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
            "payer_party": { "kind": "PAYER_KIND_PERSON", "name": NAME },
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
