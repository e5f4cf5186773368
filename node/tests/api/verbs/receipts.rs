//! A receipt's life: issued, asked about, proven, booked, delivered, archived, reversed.

use std::fs;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use piaolian_base::clock;
use piaolian_contracts::types::{BeijingDate, BeijingTime, Fen};
use serde_json::json;

use super::Verbs;
use crate::world::{CODE, ORGANISATION, World};

/// Gives the receipt code of what was issued, three of it.
pub(super) fn an_issuers_day(verbs: &Verbs<'_>) -> String {
    let folder = verbs.path("xml");
    let samples = verbs.ask(
        "sample generate",
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
    let code = samples.json()["receiptCodes"][0]
        .as_str()
        .unwrap()
        .to_owned();
    let granted = verbs.ask("range grant", &grant(&code, "1", "1000")).json();
    assert!(granted["submitted"]["place"]["height"].is_string());
    for result in ["IMPORT_RESULT_ISSUED", "IMPORT_RESULT_ALREADY_ISSUED"] {
        let outcomes = verbs
            .ask("receipt import", &["--patience-s", "5", &folder])
            .lines();
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
    let shown = verbs.ask("receipt show", &[receipt]).json();
    let record = &shown["receipt"]["record"];
    let business = record["businessNumber"].as_str().unwrap();
    let by_business = [
        "--business-number-issuer",
        ORGANISATION,
        "--business-number",
        business,
    ];
    let found = verbs.ask("receipt show", &by_business).json();
    assert_eq!(found["receipt"]["record"], *record);

    let details = verbs
        .ask("receipt details", &[receipt, "--with-xml"])
        .json();
    assert_eq!(details["detailsCommitment"], record["detailsCommitment"]);
    let xml = details["xml"].as_str().unwrap();
    let check_code = xml
        .split("<RandomNumber>")
        .nth(1)
        .unwrap()
        .split('<')
        .next()
        .unwrap();
    let total = record["totalFen"].as_str().unwrap().to_owned();
    let verified = verbs.ask(
        "receipt verify",
        &[
            receipt,
            "--check-code",
            check_code,
            "--total",
            &yuan(&total),
        ],
    );
    assert_eq!(verified.json()["check"]["result"], "VERIFY_RESULT_MATCHED");
    total
}

pub(super) fn evidence_is_checked_without_the_node(
    verbs: &Verbs<'_>,
    world: &World,
    receipt: &str,
) {
    let proof = verbs.ask("receipt proof", &[receipt]).json();
    assert!(proof["evidence"]["header"].is_object(), "{proof}");
    let raw = verbs
        .client
        .say(&["receipt", "proof", receipt, "--events", "--details"]);
    let file = verbs.path("receipt.proof");
    fs::write(&file, raw.stdout).unwrap();
    let genesis = world.path("genesis.json").display().to_string();
    let arguments = [file.as_str(), "--genesis", &genesis, "--receipt", receipt];
    let shown = verbs.ask("proof verify", &arguments).json();
    assert_eq!(shown["present"], true);
    assert_eq!(shown["events"][0]["action"], "IssueReceipts");
    assert!(shown["details"]["items"].is_array(), "{shown}");
    let arguments = ["--genesis", genesis.as_str(), "--until", "1"];
    let followed = verbs.ask("chain follow", &arguments).json();
    assert_eq!(followed["height"], "1");
    let hash = followed["blockHash"].as_str().unwrap();
    let trusted = format!("1:{hash}");
    let token = world.path("tokens/read").display().to_string();
    let also = format!("http://{}={token}", world.address());
    let arguments = ["--genesis", &genesis, "--trust", &trusted, "--until", "2"];
    let arguments = [&arguments[..], &["--also", &also]].concat();
    assert_eq!(verbs.ask("chain follow", &arguments).json()["height"], "2");
}

/// Returns the arguments of a grant of numbers to the organisation itself.
pub(super) fn grant<'a>(code: &'a str, first: &'a str, last: &'a str) -> [&'a str; 8] {
    [
        "--issuer",
        ORGANISATION,
        "--receipt-code",
        code,
        "--first-number",
        first,
        "--last-number",
        last,
    ]
}

/// Writes fen as the command line takes them.
fn yuan(fen: &str) -> String {
    Fen::new(fen.parse().unwrap()).to_string()
}

pub(super) fn a_payers_day(verbs: &Verbs<'_>, receipt: &str, total: &str) {
    let total = yuan(total);
    let of_clerk = [receipt, "--operator", "clerk-1"];
    let lock = [
        "--presented-total",
        &total,
        "--claim-number",
        "C-1",
        "--lease",
        "24h",
    ];
    let locked = verbs
        .ask("receipt lock", &[&of_clerk[..], &lock].concat())
        .json();
    assert!(locked["untilMs"].is_string(), "{locked}");
    verbs
        .ask("receipt unlock", &[receipt, "--reason", "withdrawn"])
        .json();
    let book = [
        "--presented-total",
        &total,
        "--fund-kind",
        "commercial",
        "--voucher-number",
        "V-1",
        "--amount",
        "0.01",
        "--reviewer",
        "clerk-2",
    ];
    verbs
        .ask("receipt book", &[&of_clerk[..], &book].concat())
        .json();
    let unbook = [
        "--voucher-number",
        "V-1",
        "--reason",
        "by mistake",
        "--reviewer",
        "clerk-2",
    ];
    verbs
        .ask("receipt unbook", &[&of_clerk[..], &unbook].concat())
        .json();
    let history = verbs.ask("receipt history", &[receipt]).lines();
    let actions: Vec<_> = history
        .iter()
        .map(|event| event["action"].as_str().unwrap())
        .collect();
    let expected = [
        "IssueReceipts",
        "LockReceipt",
        "UnlockReceipt",
        "BookReceipt",
        "UnbookReceipt",
    ];
    assert_eq!(actions, expected);
}

/// Between issue and archive: on the first and the third receipt.
pub(super) fn a_receipts_life(verbs: &Verbs<'_>, code: &str, total: &str) {
    let (first, third) = (format!("{code}-1"), format!("{code}-3"));
    let wanted = [&first, &third, &first, "--channel", "mail"];
    // The exit code shows even a single refusal among many results.
    let refused = verbs.ask("receipt deliver", &wanted).failure(1);
    assert!(refused.contains("[1421]"), "{refused}");
    let paper = [
        third.as_str(),
        "--paper-code",
        "35010126",
        "--paper-number",
        "0017",
    ];
    verbs.ask("receipt exchange-for-paper", &paper).json();
    let shown = verbs
        .ask(
            "receipt list",
            &["--status", "on-paper", "--issuer", ORGANISATION],
        )
        .lines();
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0]["receipt"]["number"], "3");
    let back = [&paper[..], &["--reason", "no need"]].concat();
    verbs.ask("receipt return-paper", &back).json();
    let noted = [first.as_str(), "--presented-total", &yuan(total)];
    verbs.ask("receipt note-verification", &noted).json();
    let audit = [first.as_str(), third.as_str(), "--audit-number", "HX-1"];
    verbs.ask("receipt audit-use", &audit).json();
    let archive = [
        "--items",
        &format!("{third}=2026/PJ-1"),
        "--legal-basis",
        "会计档案管理办法",
    ];
    let archived = verbs.ask("receipt archive", &archive).json();
    assert_eq!(archived["verdicts"].as_array().unwrap().len(), 1);
    let record = verbs.ask("receipt archive-record", &[&third]).json();
    let done = record["record"]["businessEntities"].as_array().unwrap();
    let activities: Vec<_> = done
        .iter()
        .map(|entity| entity["businessActivity"].as_str().unwrap())
        .collect();
    let expected = ["开具", "交付", "换开纸质", "收回纸质", "核销", "归档"];
    assert_eq!(activities, expected);
    let totals = verbs
        .ask("receipt totals", &["--kind", &code[2..6]])
        .lines();
    assert_eq!(totals.len(), 1);
    assert_eq!(totals[0]["archived"]["count"], "1");
    assert_eq!(totals[0]["deliveredCount"], "2");
    let limited = verbs.ask("receipt list", &["--limit", "2"]).lines();
    assert_eq!(limited.len(), 2);
}

/// Issues a receipt from a file; its issuer keeps the details elsewhere.
pub(super) fn a_receipt_from_a_file(verbs: &Verbs<'_>) {
    verbs.ask("range grant", &grant(CODE, "1", "10")).json();
    let (now, bytes) = (clock::now(), |bytes: &[u8]| BASE64_STANDARD.encode(bytes));
    let item = json!({
        "receiptCode": CODE,
        "checkCodeSalt": bytes(&[7; 16]),
        "checkCodeHash": bytes(&[8; 32]),
        "issueDate": BeijingDate::at(now).get(),
        "issueTime": BeijingTime::at(now).get(),
        "totalFen": "10000",
        "settlement": {},
        "businessNumber": "CLI-1",
        "detailsCommitment": bytes(&[9; 32]),
    });
    let path = verbs.path("receipts.json");
    let request = json!({ "receipts": [{ "item": item }] });
    fs::write(&path, request.to_string()).unwrap();
    let issued = ["--file", &path, "--operator", "clerk-1"];
    let issued = verbs.ask("receipt issue", &issued).json();
    assert_eq!(issued["receipts"][0]["receipt"]["number"], "1", "{issued}");
}

/// A reversal, a recall of numbers, and a reissue. Returns the receipt of the reissue.
pub(super) fn reversals_and_recalls(verbs: &Verbs<'_>, code: &str) -> String {
    let original = format!("{code}-2");
    let reverse = [
        &original,
        "--business-number",
        "R-1",
        "--reason",
        "wrong department",
        "--receipt-code",
        code,
        "--receipt-number",
        "500",
        "--client-id",
        "00112233445566778899aabbccddeeff",
    ];
    let reversed = verbs.ask("receipt reverse", &reverse).json();
    assert_eq!(
        reversed["reversal"],
        serde_json::json!({ "code": code, "number": "500" })
    );
    assert_eq!(
        reversed["submitted"]["clientId"],
        "ABEiM0RVZneImaq7zN3u/w=="
    );
    // With the same client id it is executed once.
    let again = verbs.ask("receipt reverse", &reverse).json();
    assert_eq!(again["submitted"], reversed["submitted"]);
    // The third receipt of the import is reissued as it was, under another business number.
    let original = format!("{code}-3");
    let details = verbs
        .ask("receipt details", &[&original, "--with-xml"])
        .json();
    let xml = details["xml"].as_str().unwrap();
    let (before, rest) = xml.split_once("<BizCode>").unwrap();
    let (_, after) = rest.split_once("</BizCode>").unwrap();
    let renamed = format!("{before}<BizCode>again-3</BizCode>{after}");
    // The ledger assigns the next number.
    let lines = renamed
        .lines()
        .filter(|line| !line.contains("<EInvoiceNumber>"));
    let path = verbs.path("reissued.xml");
    fs::write(&path, lines.collect::<Vec<_>>().join("\n")).unwrap();
    let reissue = [
        &original,
        &path,
        "--business-number",
        "R-3",
        "--reason",
        "drugs returned",
    ];
    let reissued = verbs.ask("receipt reissue", &reissue).json();
    let new = &reissued["replacement"];
    let new = format!("{code}-{}", new["number"].as_str().unwrap());
    let shown = verbs.ask("receipt show", &[&new]).json();
    assert_eq!(shown["receipt"]["record"]["replaces"]["number"], "3");
    let recall = [
        "--receipt-code",
        code,
        "--first-number",
        "1",
        "--from-number",
        "900",
    ];
    verbs.ask("range recall", &recall).json();
    let of_number = ["--receipt-code", code, "--number", "2"];
    let range = verbs.ask("range show", &of_number).json();
    assert_eq!(range["range"]["lastNumber"], "899");
    let of_issuer = ["--issuer", ORGANISATION, "--receipt-code", code];
    let ranges = verbs.ask("range list", &of_issuer).lines();
    assert_eq!(ranges, [range["range"].clone()]);
    new
}
