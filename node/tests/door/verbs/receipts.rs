//! A receipt's life: issued, asked about, proven, booked, delivered, archived, reversed.

use std::fs;

use super::Verbs;
use crate::world::{ORGANISATION, World};

/// Gives the receipt code of what was issued, three of it.
pub(super) fn an_issuers_day(verbs: &Verbs<'_>) -> String {
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
pub(super) fn questions_about_a_receipt(verbs: &Verbs<'_>, receipt: &str) -> String {
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

pub(super) fn evidence_is_checked_without_the_node(
    verbs: &Verbs<'_>,
    world: &World,
    receipt: &str,
) {
    let proof = verbs.ask("proof", &[receipt]).json();
    assert!(proof["evidence"]["header"].is_object(), "{proof}");
    let raw = verbs
        .client
        .say(&["proof", receipt, "--events", "--details"]);
    let file = verbs.path("receipt.proof");
    fs::write(&file, raw.stdout).unwrap();
    let genesis = world.path("genesis.json").display().to_string();
    let arguments = [file.as_str(), "--genesis", &genesis, "--receipt", receipt];
    let shown = verbs.ask("verify", &arguments).json();
    assert_eq!(shown["present"], true);
    assert_eq!(shown["events"][0]["action"], "IssueReceipts");
    assert!(shown["details"]["items"].is_array(), "{shown}");
    let arguments = ["--genesis", genesis.as_str(), "--until", "1"];
    let followed = verbs.ask("follow", &arguments).json();
    assert_eq!(followed["height"], 1);
    let hash = followed["block_hash"].as_str().unwrap();
    let trusted = format!("1:{hash}");
    let token = world.path("tokens/read").display().to_string();
    let also = format!("http://{}={token}", world.address());
    let arguments = ["--genesis", &genesis, "--trust", &trusted, "--until", "2"];
    let arguments = [&arguments[..], &["--also", &also]].concat();
    assert_eq!(verbs.ask("follow", &arguments).json()["height"], 2);
}

pub(super) fn a_payers_day(verbs: &Verbs<'_>, receipt: &str, total: &str) {
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
    let actions: Vec<_> = history
        .iter()
        .map(|event| event["action"].as_str().unwrap())
        .collect();
    let told = [
        "IssueReceipts",
        "LockReceipt",
        "UnlockReceipt",
        "BookReceipt",
        "UnbookReceipt",
    ];
    assert_eq!(actions, told);
}

/// Between issue and archive: on the first and the third receipt.
pub(super) fn a_receipts_life(verbs: &Verbs<'_>, code: &str, total: &str) {
    let (first, third) = (format!("{code}-1"), format!("{code}-3"));
    let wanted = [&first, &third, &first, "--channel", "mail"];
    // Whoever was refused one of many is told by the exit code too.
    let refused = verbs.ask("act deliver", &wanted).failure(1);
    assert!(refused.contains("[1421]"), "{refused}");
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

pub(super) fn reversals_and_recalls(verbs: &Verbs<'_>, code: &str) {
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
