//! An insurer's day: policy, authorisation, claim, decision, payout, correction.

use std::fs;

use piaolian_base::clock;
use piaolian_contracts::types::BeijingDate;
use serde_json::{Value as Json, json};

use super::Verbs;
use crate::world::ORGANISATION;

/// 32 bytes in hexadecimal.
fn bytes(byte: &str) -> String {
    byte.repeat(32)
}

/// Writes a request as a file.
fn file(verbs: &Verbs<'_>, name: &str, request: &Json) -> String {
    let path = verbs.path(name);
    fs::write(&path, request.to_string()).unwrap();
    path
}

/// A claim over one receipt, from filing to its correction, and one that is withdrawn.
pub(super) fn an_insurers_day(verbs: &Verbs<'_>, receipt: &str, total: &str) {
    a_policy(verbs);
    let grant = [receipt, ORGANISATION, "--purpose", "claim"];
    let consent = ["--consent-hash", &bytes("ab"), "--days", "3"];
    let granted = [&grant[..], &consent[..]].concat();
    verbs.ask("act grant-access", &granted).json();
    let grants = verbs.ask("query grants", &[receipt]).lines();
    assert_eq!(
        (grants.len(), &grants[0]["live"]),
        (1, &true.into()),
        "{grants:?}"
    );
    a_claim(verbs, receipt, total);
    let revoke = [&grant[..], &["--reason", "no longer wanted"]].concat();
    verbs.ask("act revoke-access", &revoke).json();
    let readers = verbs.ask("query readers", &[receipt]).json();
    let last = readers["readers"].as_array().unwrap().last().unwrap();
    let told = [&last["organisation"], &last["ground"], &last["end"]];
    assert_eq!(told, [ORGANISATION, "grant", "revocation"], "{readers}");
    let held = [receipt, "12320900E875065319", "--reason", "dissolved"];
    let nothing = verbs.ask("act release-orphan", &held).failure(1);
    assert!(nothing.contains("[1671]"), "{nothing}");
}

/// A holder's receipt, found by number and name, and a payer authorised for it.
pub(super) fn a_holders_day(verbs: &Verbs<'_>, receipt: &str) {
    let (code, number) = receipt.split_once('-').unwrap();
    let details = verbs.ask("query details", &[receipt]).json();
    let xml = details["xml"].as_str().unwrap();
    let text_of = |element: &str| {
        let after = xml.split(&format!("<{element}>")).nth(1).unwrap();
        after.split('<').next().unwrap().to_owned()
    };
    let holder = json!({
        "identity_number": text_of("PayerPartyCode"),
        "name": text_of("PayerPartyName"),
    });
    let request = json!({
        "holder": holder,
        "receipts": [{ "code": code, "number": number.parse::<u64>().unwrap() }],
        "grantee": ORGANISATION,
        "purpose": "verify",
        "expires_ms": clock::now().after_ms(600_000).as_ms(),
        "consent_hash": bytes("ab"),
    });
    let authorising = |request: &Json| {
        let request = file(verbs, "authorise.json", request);
        let act = ["act", "--operator", "portal-1", "authorise-payer", &request];
        verbs.ask_as("act authorise-payer", &act)
    };
    let authorised = authorising(&request).json();
    assert_eq!(authorised["receipts"].as_array().unwrap().len(), 1);
    // A receipt that is not the holder's makes it no success.
    let mut of_another = request;
    of_another["receipts"][0]["number"] = 99.into();
    let refused = authorising(&of_another).failure(1);
    assert!(refused.contains("[9520]"), "{refused}");

    let path = file(verbs, "holder.json", &holder);
    let asked = [path.as_str(), "--operator", "portal-1", "--claims"];
    let found = verbs.ask("query holder", &asked).lines();
    let found: Vec<_> = found
        .iter()
        .filter(|it| it["receipt"]["record"]["receipt"]["number"] == request_number(number))
        .collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["grants"][0]["grant"]["purpose"], "verify");
}

fn request_number(number: &str) -> Json {
    number.parse::<u64>().unwrap().into()
}

fn a_policy(verbs: &Verbs<'_>) {
    let today = BeijingDate::at(clock::now()).get();
    let policy = json!({
        "policy_code": "BASIC",
        "terms": {
            "fund_kind": "basic_medical",
            "from_date": today,
            "deductible_fen": 100,
            "cap_fen": 100_000_000,
            "tiers": [{ "from_fen": 0, "ratio": 5_000 }],
            "base": "remaining",
        },
    });
    let policy = file(verbs, "policy.json", &policy);
    verbs.ask("act publish-policy", &[&policy]).json();
    let shown = verbs.ask("query policy", &["BASIC"]).json();
    assert_eq!(shown["policy"]["version"], 1);
    let all = verbs.ask("query policies", &[]).lines();
    assert_eq!(all, [shown["policy"].clone()]);
}

fn a_claim(verbs: &Verbs<'_>, receipt: &str, total: &str) {
    let (code, number) = receipt.split_once('-').unwrap();
    let claim = |claim_number: &str| {
        json!({
            "claim_number": claim_number,
            "policy_code": "BASIC",
            "holder_tag": bytes("cd"),
            "receipts": [{
                "receipt": { "code": code, "number": number.parse::<u64>().unwrap() },
                "presented_total_fen": total.parse::<i64>().unwrap(),
            }],
            "lease_ms": 3_600_000,
        })
    };
    let first = file(verbs, "claim-1.json", &claim("YB-1"));
    verbs.ask("act file-claim", &[&first]).json();
    let withdrawn = ["YB-1", "--reason", "filed by mistake"];
    verbs.ask("act withdraw-claim", &withdrawn).json();

    let second = file(verbs, "claim-2.json", &claim("YB-2"));
    let filed = verbs.ask("act file-claim", &[&second]).json();
    assert_eq!(filed["claim"]["status"], "filed");
    let decision = json!({
        "claim_number": "YB-2",
        "reviewer": "clerk-2",
        "approve": {
            "assessments": [{}],
            "bank": ORGANISATION,
            "payee_reference": bytes("ef"),
        },
    });
    let decision = file(verbs, "decision.json", &decision);
    let decide = ["act", "--operator", "clerk-1", "decide-claim", &decision];
    let decided = verbs.ask_as("act decide-claim", &decide).json();
    let record = &decided["claim"]["record"];
    let fund = record["decision"]["total_fen"].clone();
    assert!(fund.as_i64().unwrap() > 0, "{decided}");

    let paid = fund.to_string();
    let said = [
        ORGANISATION,
        "YB-2",
        "--reference",
        "ZF-1",
        "--paid-fen",
        &paid,
    ];
    let client_id = "ffeeddccbbaa99887766554433221100";
    let paid_ms = clock::now().as_ms().to_string();
    let named = [
        &["act", "--client-id", client_id, "confirm-payout"],
        &said[..],
    ]
    .concat();
    let unnamed = verbs.ask_as("act confirm-payout", &named).failure(2);
    assert!(unnamed.contains("--paid-ms"), "{unnamed}");
    // The bank says the same again, as after a lost answer.
    let named = [&named[..], &["--paid-ms", &paid_ms]].concat();
    let confirmed = verbs.ask_as("act confirm-payout", &named).json();
    assert_eq!(confirmed["claim"]["status"], "paid");
    assert_eq!(verbs.ask_as("act confirm-payout", &named).json(), confirmed);
    let correct = [
        "act",
        "--operator",
        "clerk-1",
        "correct-claim",
        "YB-2",
        "--reason",
        "paid by mistake",
        "--reviewer",
        "clerk-2",
    ];
    verbs.ask_as("act correct-claim", &correct).json();
    let shown = verbs.ask("query claim", &["YB-2"]).json();
    assert_eq!(shown["claim"]["status"], "corrected");
    let claims = verbs.ask("query claims", &[]).lines();
    let statuses: Vec<_> = claims.iter().map(|claim| &claim["status"]).collect();
    assert_eq!(statuses, ["corrected", "withdrawn"]);
}
