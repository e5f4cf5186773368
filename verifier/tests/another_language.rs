//! Compares this verifier with the one in Python, which was written from PROTOCOL.md alone: both give the same result
//! for the same files.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use piaolian_proto::v1::ReceiptProof;
use piaolian_verifier::{ProofFile, Proven, Trust};
use serde_json::{Value as Json, json};

use crate::{
    chain::{EMPLOYER, FINANCE, HOSPITAL, INSURER},
    fines::{self, fined},
    handovers::change_twice,
    story::{book, never_issued, story, unattached},
};

/// Distance between the flipped bytes of a file.
const FLIPPED_EACH: usize = 29;

/// Files that hold and files that do not, of two chains.
struct Files(Vec<(Trust, Vec<u8>)>);

impl Files {
    fn add(&mut self, trust: &Trust, proof: &ReceiptProof) {
        let file = ProofFile::from(proof.clone()).encode();
        self.0.push((trust.clone(), file));
    }

    fn add_altered(
        &mut self,
        trust: &Trust,
        proof: &ReceiptProof,
        alter: impl Fn(&mut ReceiptProof),
    ) {
        let mut altered = proof.clone();
        alter(&mut altered);
        self.add(trust, &altered);
    }

    fn add_flipped(&mut self, trust: &Trust, proof: &ReceiptProof) {
        let file = ProofFile::from(proof.clone()).encode();
        for (place, bit) in (0..file.len()).step_by(FLIPPED_EACH).zip((0..8).cycle()) {
            let mut flipped = file.clone();
            flipped[place] ^= 1 << bit;
            self.0.push((trust.clone(), flipped));
        }
    }
}

fn files() -> Files {
    let mut files = Files(Vec::new());
    let mut story = story();
    let trust = story.chain.trust();
    let whole = ReceiptProof {
        details: story.details.clone(),
        ..story.chain.proof(&story.receipt)
    };
    let unattached = story.chain.proof(&unattached());
    files.add(&trust, &unattached);
    let absent = story.chain.proof_of_absence(&never_issued());
    for proof in [&whole, &absent] {
        files.add(&trust, proof);
        files.add_flipped(&trust, proof);
    }
    let chain = &story.chain;
    let header = chain.made(chain.height()).header.clone();
    for signers in [
        &[FINANCE, HOSPITAL][..],
        &[FINANCE, HOSPITAL, HOSPITAL],
        &[HOSPITAL, INSURER, EMPLOYER],
        &[FINANCE, HOSPITAL, INSURER, EMPLOYER],
    ] {
        files.add_altered(&trust, &whole, |proof| {
            let evidence = proof.evidence.as_mut().unwrap();
            evidence.header = Some(chain.certified_by(&header, signers));
        });
    }
    let removals: [fn(&mut ReceiptProof); 9] = [
        |proof| proof.events.clear(),
        |proof| proof.events.reverse(),
        |proof| proof.events[0].item = 0,
        |proof| proof.seal = None,
        |proof| proof.issuer = None,
        |proof| proof.parameters = None,
        |proof| proof.details.clear(),
        |proof| proof.evidence.as_mut().unwrap().value = None,
        |proof| proof.version = 2,
    ];
    for alter in removals {
        files.add_altered(&trust, &whole, alter);
    }
    let old = chain.evidence(&story.receipt);
    story
        .chain
        .block(&[(EMPLOYER, book(&story.receipt, "V-9", 10_00))]);
    let fresh = story.chain.proof(&story.receipt);
    files.add(&trust, &fresh);
    files.add_altered(&trust, &fresh, |proof| proof.evidence = Some(old.clone()));
    let before = change_twice(&mut story);
    let later = story.chain.proof(&story.receipt);
    files.add(&trust, &later); // without the handovers
    let handovers = before.map(|height| story.chain.certified(height));
    files.add_altered(&trust, &later, |proof| {
        proof.evidence.as_mut().unwrap().handovers = handovers.to_vec();
    });
    files.add_altered(&trust, &later, |proof| {
        proof.evidence.as_mut().unwrap().handovers = handovers[..1].to_vec();
    });
    let fine = fined();
    let noticed = fines::proof(&fine);
    files.add(&trust, &noticed);
    files.add_altered(&trust, &noticed, |proof| proof.notice = None);
    files.add_altered(&trust, &noticed, |proof| {
        proof.events[0].count += 1;
    });
    let elsewhere = Trust {
        chain_id: "piaolian-other".parse().unwrap(),
        ..trust
    };
    files.add(&elsewhere, &whole);
    files
}

/// Returns this verifier's result for a file, in the form of the other one.
fn ours(trust: &Trust, file: &[u8]) -> Option<Json> {
    let file = ProofFile::decode(file.to_vec().into()).ok()?;
    file.verify(trust).ok().as_ref().map(told)
}

fn told(proven: &Proven) -> Json {
    let signers = proven.signers.organisations.iter().map(ToString::to_string);
    let receipt = proven.receipt.as_ref();
    let events = receipt.map(|it| {
        it.events
            .iter()
            .map(|event| json!([event.height.get(), event.code]))
    });
    json!({
        "receipt": proven.id.to_string(),
        "present": receipt.is_some(),
        "height": proven.header.height.get(),
        "block_hash": proven.header.hash().to_string(),
        "signers": signers.collect::<Vec<_>>(),
        "total_fen": receipt.map(|it| it.receipt.total.get()),
        "booked_fen": receipt.map(|it| it.receipt.booked().get()),
        "attachment_hash": receipt
            .and_then(|it| it.receipt.attachment_hash)
            .map(|hash| hash.to_string()),
        "events": events.into_iter().flatten().collect::<Vec<_>>(),
        "sealed": receipt.is_some_and(|it| it.seal.is_some()),
        "details": receipt.is_some_and(|it| it.details.is_some()),
    })
}

/// Returns the results of the verifier in Python for all files.
fn theirs(files: &Files) -> Vec<Json> {
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/verifier/verify.py");
    let mut python = Command::new("python3")
        .args(["-B", program, "--batch"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = String::new();
    for (trust, file) in &files.0 {
        let line = json!({
            "file": hex::encode(file),
            "chain_id": trust.chain_id.as_str(),
            "validators_hash": trust.validators_hash.to_string(),
        });
        lines += &format!("{line}\n");
    }
    let mut stdin = python.stdin.take().unwrap();
    let writing = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let answered = python.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(answered.status.success());
    let answers = String::from_utf8(answered.stdout).unwrap();
    answers
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_verifier_in_another_language_agrees_on_every_file() {
    let files = files();
    let theirs = theirs(&files);
    assert_eq!(theirs.len(), files.0.len());
    let mut held = 0;
    for (place, ((trust, file), answer)) in files.0.iter().zip(theirs).enumerate() {
        let ours = ours(trust, file);
        assert_eq!(
            answer["ok"],
            ours.is_some(),
            "file {place}: {answer}, here {ours:?}"
        );
        let Some(ours) = ours else { continue };
        held += 1;
        for (field, value) in ours.as_object().unwrap() {
            assert_eq!(&answer[field], value, "file {place}, {field}: {answer}");
        }
    }
    println!("{} files, of which {held} hold: both say so", files.0.len());
    assert!(held >= 8, "{held}");
}

#[test]
fn the_other_verifier_passes_its_own_test() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/verifier");
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/proofs.txt");
    let tested = Command::new("python3")
        .args(["-B", &format!("{folder}/self_test.py"), golden])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&tested.stdout);
    let wrong = String::from_utf8_lossy(&tested.stderr);
    assert!(tested.status.success(), "{told}{wrong}");
}
