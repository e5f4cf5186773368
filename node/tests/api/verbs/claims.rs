//! An insurer's day: policy, authorisation, claim, decision, payout, correction.

use std::fs;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use piaolian_base::clock;
use piaolian_contracts::types::{BeijingDate, Fen};
use serde_json::{Value as Json, json};

use super::Verbs;
use crate::world::ORGANISATION;

/// Returns 32 bytes in base64.
fn bytes(byte: u8) -> String {
    BASE64_STANDARD.encode([byte; 32])
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
    let grant = [receipt, "--grantee", ORGANISATION, "--purpose", "claim"];
    let consent = ["--consent-hash", &"ab".repeat(32), "--expires-at", "+3d"];
    let granted = [&grant[..], &consent[..]].concat();
    verbs.ask("access grant", &granted).json();
    let grants = verbs.ask("access list", &[receipt]).lines();
    assert_eq!(
        (grants.len(), &grants[0]["live"]),
        (1, &true.into()),
        "{grants:?}"
    );
    a_claim(verbs, receipt, total);
    let revoke = [&grant[..], &["--reason", "no longer wanted"]].concat();
    verbs.ask("access revoke", &revoke).json();
    let readers = verbs.ask("receipt readers", &[receipt]).json();
    let last = readers["readers"].as_array().unwrap().last().unwrap();
    let told = [&last["organisation"], &last["ground"], &last["end"]];
    assert_eq!(
        told,
        [
            ORGANISATION,
            "OPENING_GROUND_GRANT",
            "READER_END_REVOCATION"
        ],
        "{readers}"
    );
    let held = [
        receipt,
        "--organisation",
        "12320900E875065319",
        "--reason",
        "dissolved",
    ];
    let nothing = verbs.ask("claim release", &held).failure(1);
    assert!(nothing.contains("[1671]"), "{nothing}");
}

/// A holder's receipt, found by number and name, and a payer authorised for it.
pub(super) fn a_holders_day(verbs: &Verbs<'_>, receipt: &str) {
    let (code, number) = receipt.split_once('-').unwrap();
    let details = verbs
        .ask("receipt details", &[receipt, "--with-xml"])
        .json();
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
        "purpose": "GRANT_PURPOSE_VERIFY",
        "expires_ms": clock::now().after_ms(600_000).as_ms(),
        "consent_hash": bytes(0xab),
    });
    let authorising = |request: &Json| {
        let request = file(verbs, "authorise.json", request);
        let arguments = ["--file", &request, "--operator", "portal-1"];
        verbs.ask("holder authorise", &arguments)
    };
    let authorised = authorising(&request).json();
    assert_eq!(authorised["receipts"].as_array().unwrap().len(), 1);
    // One receipt that is not the holder's makes the command fail.
    let mut of_another = request;
    of_another["receipts"][0]["number"] = 99.into();
    let refused = authorising(&of_another).failure(1);
    assert!(refused.contains("[9520]"), "{refused}");

    let path = file(verbs, "holder.json", &holder);
    let asked = [path.as_str(), "--operator", "portal-1", "--with-claims"];
    let found = verbs.ask("holder receipts", &asked).lines();
    let found: Vec<_> = found
        .iter()
        .filter(|it| it["receipt"]["record"]["receipt"]["number"] == number)
        .collect();
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0]["grants"][0]["grant"]["purpose"],
        "GRANT_PURPOSE_VERIFY"
    );
}

fn a_policy(verbs: &Verbs<'_>) {
    let today = BeijingDate::at(clock::now()).get();
    let policy = json!({
        "policy_code": "BASIC",
        "terms": {
            "fund_kind": "FUND_KIND_SERIOUS_ILLNESS",
            "plan_code": "BASIC",
            "from_date": today,
            "deductible_fen": 100,
            "cap_fen": 100_000_000,
            "tiers": [{ "from_fen": 0, "ratio": 5_000 }],
            "base": "POLICY_BASE_REMAINING",
        },
    });
    let policy = file(verbs, "policy.json", &policy);
    verbs.ask("policy publish", &["--file", &policy]).json();
    let shown = verbs.ask("policy show", &["BASIC"]).json();
    assert_eq!(shown["policy"]["version"], 1);
    // It was published with time, so nothing waits for finance.
    let consent = json!({
        "insurer": ORGANISATION,
        "policy_code": "BASIC",
        "version": 1,
        "reason": "decided by the city",
    });
    let consent = file(verbs, "consent.json", &consent);
    let consented = verbs
        .ask("policy consent", &["--file", &consent])
        .failure(1);
    assert!(consented.contains("[1308]"), "{consented}");
    let all = verbs.ask("policy list", &[]).lines();
    assert_eq!(all, [shown["policy"].clone()]);
}

/// The node derives the person from the details of a receipt that it may claim.
fn opening_sums(verbs: &Verbs<'_>, receipt: &str) {
    let opening = json!({
        "plan_code": "SECOND",
        "year": 2026,
        "sums": { "fund_paid_fen": 100, "evidence_hash": bytes(0xab) },
        "reviewer": "clerk-2",
    });
    let opening = file(verbs, "opening.json", &opening);
    let set = ["--file", &opening, receipt, "--operator", "clerk-1"];
    verbs.ask("claim set-opening-sums", &set).json();
    let again = verbs.ask("claim set-opening-sums", &set).failure(1);
    assert!(again.contains("[1639]"), "{again}");
}

fn a_claim(verbs: &Verbs<'_>, receipt: &str, total: &str) {
    let (code, number) = receipt.split_once('-').unwrap();
    let claim = |claim_number: &str| {
        json!({
            "claim_number": claim_number,
            "policy_code": "BASIC",
            "receipts": [{
                "receipt": { "code": code, "number": number.parse::<u64>().unwrap() },
                "presented_total_fen": total,
            }],
            "lease_ms": 3_600_000,
        })
    };
    let first = file(verbs, "claim-1.json", &claim("YB-1"));
    verbs.ask("claim file", &["--file", &first]).json();
    let withdrawn = ["YB-1", "--reason", "filed by mistake"];
    verbs.ask("claim withdraw", &withdrawn).json();

    let second = file(verbs, "claim-2.json", &claim("YB-2"));
    let filed = verbs.ask("claim file", &["--file", &second]).json();
    assert_eq!(filed["claim"]["status"], "CLAIM_STATUS_FILED");
    let decision = json!({
        "claim_number": "YB-2",
        "reviewer": "clerk-2",
        "approve": {
            "assessments": [{}],
            "bank": ORGANISATION,
            "payee_reference": bytes(0xef),
        },
    });
    let decision = file(verbs, "decision.json", &decision);
    let decide = ["--file", &decision, "--operator", "clerk-1"];
    let decided = verbs.ask("claim decide", &decide).json();
    let record = &decided["claim"]["record"];
    let fund: i64 = record["decision"]["totalFen"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(fund > 0, "{decided}");

    let paid = Fen::new(fund).to_string();
    let said = [
        "YB-2",
        "--insurer",
        ORGANISATION,
        "--payout-number",
        "1",
        "--bank-reference",
        "ZF-1",
        "--paid-amount",
        &paid,
        "--client-id",
        "ffeeddccbbaa99887766554433221100",
        "--paid-at",
    ];
    let paid_ms = clock::now().as_ms().to_string();
    // A call with a name stands for one request: its time must not come from the clock.
    let by_clock = verbs.ask("claim confirm-payout", &[&said[..], &["+1s"]].concat());
    let by_clock = by_clock.failure(2);
    assert!(by_clock.contains("--paid-at"), "{by_clock}");
    // The bank repeats its confirmation, as after a lost answer.
    let named = [&said[..], &[&paid_ms]].concat();
    let confirmed = verbs.ask("claim confirm-payout", &named).json();
    assert_eq!(confirmed["claim"]["status"], "CLAIM_STATUS_PAID");
    assert_eq!(verbs.ask("claim confirm-payout", &named).json(), confirmed);
    let correct = [
        "YB-2",
        "--reason",
        "paid by mistake",
        "--reviewer",
        "clerk-2",
        "--operator",
        "clerk-1",
    ];
    verbs.ask("claim correct", &correct).json();
    money_comes_back(verbs, receipt, &paid);
    // It was taken back itself, so there is nothing to recompute.
    let recomputed = verbs.ask("claim recompute", &["YB-2"]).failure(1);
    assert!(recomputed.contains("[1644]"), "{recomputed}");
    opening_sums(verbs, receipt);
    let shown = verbs.ask("claim show", &["YB-2"]).json();
    assert_eq!(shown["claim"]["status"], "CLAIM_STATUS_CORRECTED");
    let claims = verbs.ask("claim list", &[]).lines();
    let statuses: Vec<_> = claims.iter().map(|claim| &claim["status"]).collect();
    assert_eq!(
        statuses,
        ["CLAIM_STATUS_CORRECTED", "CLAIM_STATUS_WITHDRAWN"]
    );
}

/// Has the money of the claim come back, and uses two verbs of finance that find nothing to do.
fn money_comes_back(verbs: &Verbs<'_>, receipt: &str, paid: &str) {
    let paid_ms = clock::now().as_ms().to_string();
    let back = [
        receipt,
        "--payer",
        ORGANISATION,
        "--voucher-number",
        "YB-2",
        "--payout-number",
        "1",
        "--bank-reference",
        "TH-1",
        "--amount",
        paid,
        "--returned-at",
        &paid_ms,
    ];
    verbs.ask("claim confirm-return", &back).json();
    let settled = [
        "YB-2",
        "--insurer",
        ORGANISATION,
        "--payout-number",
        "1",
        "--reason",
        "no answer",
    ];
    let nothing = verbs.ask("claim settle-payout", &settled).failure(1);
    assert!(nothing.contains("[1678]"), "{nothing}");
    let struck = [
        receipt,
        "--payer",
        ORGANISATION,
        "--voucher-number",
        "V-9",
        "--evidence-hash",
        &"e7".repeat(32),
        "--reason",
        "never sent",
        "--reviewer",
        "clerk-2",
        "--operator",
        "clerk-1",
    ];
    let nothing = verbs.ask("receipt strike-booking", &struck).failure(1);
    assert!(nothing.contains("[1694]"), "{nothing}");
}
