//! Distribution of encrypted details and keys to every node.

use std::time::Duration;

use piaolian_base::clock;
use piaolian_contracts::types::OrganisationId;
use piaolian_details::generate;
use piaolian_test_kit::sample::HOSPITAL;
use piaolian_tests::{
    cluster::{Checked, Cluster, Gone, PATIENCE, was_killed},
    control::{Answer, Imported, Request},
    crash::{ATTACHMENTS, Crash},
};

use crate::{
    FINANCE, NODE, VALIDATORS,
    crash::{grant_numbers, outpatients},
};

/// Receipts per import.
const FILES: usize = 20;

/// Place of the insurer.
const INSURER: usize = 2;

/// Longest time until an armed node crashes.
const HIT_PATIENCE: Duration = Duration::from_secs(30);

fn import(cluster: &Cluster, first_serial: u64) -> Vec<Imported> {
    let plan = outpatients(cluster.network(), first_serial);
    let receipts = generate::receipts(plan, first_serial).take(FILES);
    let files = receipts.map(|receipt| receipt.to_xml()).collect();
    let imported = match cluster.ask(HOSPITAL, Request::Import { files }) {
        Answer::Imported(imported) => imported,
        other => panic!("{other:?}"),
    };
    assert_eq!(imported.len(), FILES);
    imported
}

fn attachments(imported: &[Imported]) -> Vec<String> {
    let named = imported.iter().map(|file| file.attachment.clone().unwrap());
    named.collect()
}

fn until_held(cluster: &mut Cluster, place: usize, attachments: &[String]) {
    cluster.until("the node to hold the attachments", PATIENCE, |cluster| {
        holds_all(cluster, place, attachments).then_some(())
    });
}

fn holds_all(cluster: &Cluster, place: usize, attachments: &[String]) -> bool {
    let attachments = attachments.to_vec();
    match cluster.ask(place, Request::Holds { attachments }) {
        Answer::Held(held) => held.iter().all(|held| *held),
        other => panic!("{other:?}"),
    }
}

#[test]
fn attachments_reach_a_node_that_was_down_after_their_author_stopped() {
    let mut cluster = Cluster::start_all(NODE, "attachments", VALIDATORS);
    grant_numbers(&cluster);
    let first = attachments(&import(&cluster, 1));
    for place in 0..VALIDATORS {
        until_held(&mut cluster, place, &first);
    }

    cluster.tell(format_args!("the insurer is down, then the hospital is"));
    cluster.kill(INSURER);
    let second = attachments(&import(&cluster, 1 + FILES as u64));
    for place in [FINANCE, 3] {
        until_held(&mut cluster, place, &second);
    }
    cluster.kill(HOSPITAL);
    cluster.start(INSURER);
    until_held(&mut cluster, INSURER, &second);
    cluster.start(HOSPITAL);
    cluster.wait_for_progress(1, PATIENCE);
    cluster.assert_one_chain(&mut Checked::default());
}

/// After a crash at any write point, repeating the call authorises once and grants the same key, and the grantee's node
/// receives it.
#[test]
fn an_issuer_killed_while_it_grants_a_details_key_grants_it_once() {
    let mut cluster = Cluster::start_all(NODE, "handing-on", VALIDATORS);
    grant_numbers(&cluster);
    let imported = import(&cluster, 1);
    let grantee: OrganisationId = cluster.network().organisation(INSURER);
    let expires_ms = clock::now().after_ms(3_600_000).as_ms();
    let mut handed_on = Vec::new();
    // A client id identifies one call; another receipt would be another call.
    let receipt = imported[0].receipt.clone().unwrap();
    for done in [false, true] {
        let grant = Request::Grant {
            receipt: receipt.clone(),
            grantee: grantee.to_string(),
            expires_ms,
        };
        let crash = Crash::next(ATTACHMENTS, done);
        cluster.tell(format_args!("the hospital authorises and crashes {crash}"));
        cluster.arm(HOSPITAL, crash);
        let answer = cluster.connection(HOSPITAL).call(grant.clone(), PATIENCE);
        assert!(matches!(answer, Err(Gone)), "{answer:?}");
        let status = cluster.wait_for_end(HOSPITAL, HIT_PATIENCE);
        assert!(was_killed(status), "{status}");
        cluster.start(HOSPITAL);
        cluster.wait_for_progress(1, PATIENCE);
        match cluster.ask(HOSPITAL, grant) {
            Answer::Granted(hash) => handed_on.push(hash),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(handed_on[0], handed_on[1]);
    until_held(&mut cluster, INSURER, &handed_on[..1]);
    cluster.assert_one_chain(&mut Checked::default());
}
