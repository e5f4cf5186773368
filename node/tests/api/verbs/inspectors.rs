//! An inspector's verbs: the log of read receipt details, and whether it was altered.

use std::fs;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use piaolian_contracts::disclosure::LogNumber;
use piaolian_custody::access_log::{Access, AccessLog, Ground, Head, LogHeader};
use piaolian_proto::v1::{AnchorAccessLog, transaction_body::Action};

use super::Verbs;
use crate::world::{FINANCE, ORGANISATION, World};

/// An access log with two entries.
fn written(world: &World, path: &str, operator: &str) -> Head {
    let header = LogHeader {
        chain: world.trust.chain_id.clone(),
        organisation: ORGANISATION.parse().unwrap(),
        log: LogNumber::FIRST,
    };
    let log = AccessLog::open(path.as_ref(), &header).unwrap();
    for (number, ground) in [(1, Ground::Issuer), (2, Ground::Supervision)] {
        let access = Access {
            receipt: format!("99060126-000000000{number}"),
            details_commitment: "07".repeat(32),
            client: "his".to_owned(),
            operator: operator.to_owned(),
            ground,
            for_holder: None,
        };
        log.record(&access, number).unwrap();
    }
    log.head()
}

/// Checks a file against its own chain of hashes.
pub(super) fn an_inspectors_questions(verbs: &Verbs<'_>, world: &World) {
    let path = verbs.path("access.log");
    let head = written(world, &path, "clerk-1").hash.to_string();
    let all = verbs
        .ask("access-log check", &[&path, "--head", &head])
        .lines();
    assert_eq!(
        (&all[0]["ground"], &all[0]["number"]),
        (&"issuer".into(), &1.into())
    );
    assert_eq!(
        (&all[1]["hash"], &all[1]["operator"]),
        (&head.as_str().into(), &"clerk-1".into())
    );
    let end = serde_json::json!({
        "chain": world.trust.chain_id.as_str(),
        "organisation": ORGANISATION,
        "log": 1,
        "entries": 2,
        "head": head,
    });
    assert_eq!(all[2], end);
    let of_one = verbs
        .ask("access-log check", &[&path, "--receipt", "99060126-2"])
        .lines();
    assert_eq!(of_one, all[1..]);
    let of_owner = verbs.ask("access-log check", &[&path, "--organisation", ORGANISATION]);
    assert_eq!(of_owner.lines(), all);
    let of_another = verbs.ask("access-log check", &[&path, "--organisation", FINANCE]);
    assert!(of_another.failure(6).contains(ORGANISATION));

    let text = fs::read_to_string(&path).unwrap();
    let first: Vec<&str> = text.split_inclusive('\n').take(2).collect();
    fs::write(&path, first.concat()).unwrap();
    assert_eq!(verbs.ask("access-log check", &[&path]).lines().len(), 2);
    let cut = verbs
        .ask("access-log check", &[&path, "--head", &head])
        .failure(6);
    assert!(cut.contains(&head) && cut.contains("cut off"), "{cut}");
    for at in (0..text.len()).step_by(37) {
        let mut altered = text.clone().into_bytes();
        altered[at] ^= 1;
        fs::write(&path, altered).unwrap();
        let broken = verbs.ask("access-log check", &[&path]).failure(6);
        let line = 1 + text[..at].matches('\n').count();
        assert!(
            broken.contains(&format!("line {line} is broken")),
            "{broken}"
        );
    }
    fs::write(&path, text).unwrap();
    let no_hash = verbs.ask("access-log check", &[&path, "--head", "none"]);
    assert_eq!(no_hash.code, 2, "{}", no_hash.stderr);
    verbs
        .ask("access-log check", &[&verbs.path("no such file")])
        .failure(2);
}

/// Checks the same file against the ledger.
pub(super) async fn an_inspector_asks_the_ledger(verbs: &Verbs<'_>, world: &World) {
    let path = verbs.path("access.log");
    let anchored = [path.as_str(), "--anchored"];
    let nothing = verbs.ask("access-log check", &anchored).failure(6);
    assert!(nothing.contains("nothing is anchored"), "{nothing}");
    verbs.ask("access-log show-anchor", &[]).failure(4);

    let file = verbs.ask("access-log check", &[&path]).lines();
    let head = file[2]["head"].as_str().unwrap();
    let anchor = AnchorAccessLog {
        log: 1,
        entries: 2,
        head: hex::decode(head).unwrap().into(),
    };
    let anchor = world.signed(&world.trust.chain_id, Action::AnchorAccessLog(anchor), 77);
    world.submit(anchor).await;
    let shown = verbs
        .ask("access-log show-anchor", &["--organisation", ORGANISATION])
        .json();
    let encoded = BASE64_STANDARD.encode(hex::decode(head).unwrap());
    assert_eq!(
        (&shown["anchor"]["entries"], &shown["anchor"]["head"]),
        (&"2".into(), &encoded.into())
    );
    assert_eq!(
        verbs.ask("access-log show-anchor", &["--log", "1"]).json(),
        shown
    );
    verbs
        .ask("access-log show-anchor", &["--log", "2"])
        .failure(4);

    let held = verbs.ask("access-log check", &anchored).lines();
    let height = held[2]["anchored"]["height"].to_string();
    assert_eq!(height, shown["anchor"]["height"].as_str().unwrap());
    // One log is truncated and one is rewritten with another reader in it. Their own hashes are still consistent.
    let text = fs::read_to_string(&path).unwrap();
    let cut: Vec<&str> = text.split_inclusive('\n').take(2).collect();
    fs::write(&path, cut.concat()).unwrap();
    verbs.ask("access-log check", &[&path]).lines();
    let said = verbs.ask("access-log check", &anchored).failure(6);
    assert!(said.contains("cut off, or all were written anew"), "{said}");
    fs::remove_file(&path).unwrap();
    written(world, &path, "clerk-2");
    verbs.ask("access-log check", &[&path]).lines();
    verbs.ask("access-log check", &anchored).failure(6);
}
