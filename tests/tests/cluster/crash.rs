//! Validators killed at every write point, and all validators killed at once.
//!
//! A seed determines which node crashes where and when. `scripts/crash N` runs more seeds.

use std::{collections::BTreeSet, env, fs, path::Path, time::Duration};

use piaolian_base::clock;
use piaolian_contracts::types::BeijingDate;
use piaolian_details::generate::{self, Kind, Plan};
use piaolian_proto::v1::{GrantRange, transaction_body::Action};
use piaolian_test_kit::{sample::HOSPITAL, transactions::Draft};
use piaolian_tests::{
    cluster::{Checked, Cluster, Gone, Network, PATIENCE, was_killed},
    control::{Answer, Request},
    crash::{ACCESS_LOG, ATTACHMENTS, Crash, DETAILS, GENESIS_STATE, LAST_SIGNED_REWRITE, RUNNING},
    load::Load,
};
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng, seq::SliceRandom};

use crate::{FINANCE, NODE, VALIDATORS};

/// Number of seeds, from 1 on.
const SEEDS: &str = "PIAOLIAN_CRASH_SEEDS";
const SEEDS_USUAL: u64 = 1;

/// Longest time until an armed node crashes: every block passes a write point.
const HIT_PATIENCE: Duration = Duration::from_secs(30);

/// Most passes of a write point before a crash.
const OCCURRENCE_MAX: u32 = 8;

fn seeds() -> u64 {
    env::var(SEEDS).map_or(SEEDS_USUAL, |seeds| seeds.parse().unwrap())
}

fn crash(random: &mut impl Rng, point: &str, done: bool) -> Crash {
    Crash {
        point: point.to_owned(),
        done,
        occurrence: random.random_range(1..=OCCURRENCE_MAX),
    }
}

#[test]
fn a_validator_killed_at_any_write_point_recovers_without_loss() {
    let mut cluster = Cluster::found(NODE, "crash", VALIDATORS);
    let mut random = StdRng::seed_from_u64(0);
    found_with_crashes(&mut cluster, &mut random);

    let mut load = Load::start(&cluster);
    let mut checked = Checked::default();
    for seed in 1..=seeds() {
        let mut random = StdRng::seed_from_u64(seed);
        let mut points: Vec<_> = RUNNING
            .iter()
            .flat_map(|point| [(point, false), (point, true)])
            .collect();
        points.shuffle(&mut random);
        for (point, done) in points {
            let place = random.random_range(0..VALIDATORS);
            let crash = crash(&mut random, point, done);
            cluster.tell(format_args!("seed {seed}: node {place} crashes {crash}"));
            die_and_come_back(&mut cluster, place, crash);
            cluster.assert_one_chain(&mut checked);
            load.assert_nothing_lost(&mut cluster);
        }
    }
    load.stop();
    cluster.assert_one_chain(&mut checked);
    let (blocks, transactions) = (checked.height(), checked.transactions());
    cluster.tell(format_args!(
        "{blocks} blocks, {transactions} transactions, none lost"
    ));
    assert!(transactions > load.acknowledged());
}

/// Two of the four crash while founding the chain, before and after its only write.
fn found_with_crashes(cluster: &mut Cluster, random: &mut impl Rng) {
    let mut places: Vec<_> = (0..VALIDATORS).collect();
    places.shuffle(random);
    for (place, done) in [(places[0], false), (places[1], true)] {
        let crash = Crash::next(GENESIS_STATE, done);
        cluster.launch(place, Some(&crash));
        let status = cluster.wait_for_end(place, HIT_PATIENCE);
        assert!(was_killed(status), "{crash}: {status}");
    }
    for place in 0..VALIDATORS {
        cluster.start(place);
    }
    cluster.wait_for_progress(1, PATIENCE);
}

/// A node crashes at a write point; the others continue; it restarts and catches up.
fn die_and_come_back(cluster: &mut Cluster, place: usize, crash: Crash) {
    cluster.arm(place, crash.clone());
    let status = cluster.wait_for_end(place, HIT_PATIENCE);
    assert!(was_killed(status), "node {place}, {crash}: {status}");
    cluster.wait_for_progress(2, PATIENCE);
    cluster.start(place);
    cluster.wait_for_progress(2, PATIENCE);
}

/// A start rewrites the last signed state.
#[test]
fn a_validator_killed_while_it_rewrites_its_last_signed_state_starts_again() {
    let mut cluster = Cluster::start_all(NODE, "rewrite", VALIDATORS);
    cluster.wait_for_progress(2, PATIENCE);
    cluster.kill(FINANCE);
    for done in [false, true] {
        let crash = Crash::next(LAST_SIGNED_REWRITE, done);
        cluster.tell(format_args!("finance starts and crashes {crash}"));
        cluster.launch(FINANCE, Some(&crash));
        let status = cluster.wait_for_end(FINANCE, HIT_PATIENCE);
        assert!(was_killed(status), "{crash}: {status}");
    }
    cluster.start(FINANCE);
    cluster.wait_for_progress(2, PATIENCE);
    cluster.assert_one_chain(&mut Checked::default());
}

/// After a crash at any write point, importing the same files again issues each receipt once and stores its details.
#[test]
fn an_issuer_killed_while_it_stores_or_shows_details_issues_each_receipt_once() {
    let mut cluster = Cluster::start_all(NODE, "details", VALIDATORS);
    let network = cluster.network().clone();
    grant_numbers(&cluster);

    let mut numbers = BTreeSet::new();
    let crashes = [DETAILS, ACCESS_LOG].map(|point| [(point, false), (point, true)]);
    for (round, (point, done)) in (0..).zip(crashes.into_iter().flatten()) {
        let plan = outpatients(&network, 1 + round * FILES as u64);
        let receipts = generate::receipts(plan, round).take(FILES);
        let files: Vec<_> = receipts.map(|receipt| receipt.to_xml()).collect();
        let crash = Crash::next(point, done);
        cluster.tell(format_args!("the hospital imports and crashes {crash}"));
        cluster.arm(HOSPITAL, crash);
        let import = Request::Import {
            files: files.clone(),
        };
        let answer = cluster.connection(HOSPITAL).call(import, PATIENCE);
        assert!(matches!(answer, Err(Gone)), "{answer:?}");
        let status = cluster.wait_for_end(HOSPITAL, HIT_PATIENCE);
        assert!(was_killed(status), "{status}");
        cluster.start(HOSPITAL);
        cluster.wait_for_progress(1, PATIENCE);

        // What was stored and not yet shown is on the ledger already.
        let issued = import_again(&cluster, &files, point == ACCESS_LOG);
        assert_eq!(import_again(&cluster, &files, true), issued);
        numbers.extend(issued);
    }
    assert_eq!(numbers.len(), 4 * FILES);
    cluster.assert_one_chain(&mut Checked::default());
}

/// Grants the hospital receipt numbers for outpatients.
pub(crate) fn grant_numbers(cluster: &Cluster) {
    let network = cluster.network();
    let grant = Action::GrantRange(GrantRange {
        issuer: network.organisation(HOSPITAL).to_string(),
        receipt_code: outpatients(network, 1).receipt_code(Kind::Outpatient),
        first_number: 1,
        last_number: 1_000,
    });
    let grant = Draft::new(&network.chain_id, &network.founders[FINANCE], grant);
    cluster.accept(HOSPITAL, &grant.sign());
}

/// The files of one import.
const FILES: usize = 50;

pub(crate) fn outpatients(network: &Network, first_serial: u64) -> Plan {
    let hospital = &network.founders[HOSPITAL].presentation;
    Plan {
        issuer: hospital.organisation,
        issuer_name: hospital.name.clone(),
        area: hospital.region.clone(),
        issue_date: BeijingDate::at(clock::now()).get(),
        kinds: vec![Kind::Outpatient],
        first_number: None,
        first_serial,
    }
}

/// Imports files and returns their receipts; all must be on the ledger and have their details.
fn import_again(cluster: &Cluster, files: &[String], known: bool) -> Vec<(String, u64)> {
    let files = files.to_vec();
    let imported = match cluster.ask(HOSPITAL, Request::Import { files }) {
        Answer::Imported(imported) => imported,
        other => panic!("{other:?}"),
    };
    for file in &imported {
        assert!(file.details_kept && file.known == known, "{file:?}");
    }
    let receipts = imported.into_iter().map(|file| file.receipt.unwrap());
    receipts.collect()
}

#[test]
fn every_write_point_of_the_node_is_tested() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../node")];
    let mut named = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.extend((!path.ends_with("tests")).then_some(path));
            } else {
                let text = fs::read_to_string(path).unwrap();
                for before in ["batch.commit(\"", "WRITE_POINT: &str = \""] {
                    let rest = text.split(before).skip(1);
                    named.extend(rest.map(|rest| rest.split('"').next().unwrap().to_owned()));
                }
            }
        }
    }
    let known = RUNNING.into_iter().chain([
        GENESIS_STATE,
        LAST_SIGNED_REWRITE,
        DETAILS,
        ACCESS_LOG,
        ATTACHMENTS,
    ]);
    assert_eq!(named, known.map(str::to_owned).collect());
}

#[test]
fn all_validators_killed_at_once_under_load_recover_repeatedly() {
    const TIMES: u32 = 3;
    let mut cluster = Cluster::start_all(NODE, "all-four", VALIDATORS);
    let mut random = StdRng::seed_from_u64(4);
    let mut load = Load::start(&cluster);
    let mut checked = Checked::default();
    let all: Vec<_> = (0..VALIDATORS).collect();
    for _ in 0..TIMES {
        cluster.wait_for_progress(3, PATIENCE);
        std::thread::sleep(Duration::from_millis(random.random_range(0..500)));
        cluster.kill_at_once(&all);
        for place in &all {
            cluster.start(*place);
        }
        cluster.wait_for_progress(3, PATIENCE);
        cluster.assert_one_chain(&mut checked);
        load.assert_nothing_lost(&mut cluster);
    }
    load.stop();
    cluster.assert_one_chain(&mut checked);
}
