//! Events of a receipt.

use piaolian_contracts::chain::Height;
use piaolian_proto::v1::ReceiptProof;
use piaolian_verifier::{EventError, ProofFile, ProofFileError, ShownEvent};

use crate::{
    chain::{Chain, HOSPITAL, INSURER},
    story::{Story, issue, story},
};

fn shown(story: &Story) -> Vec<ShownEvent> {
    let file = ProofFile::from(story.chain.proof(&story.receipt));
    let proven = file.verify(&story.chain.trust()).unwrap();
    proven.receipt.unwrap().events
}

fn refused(story: &Story, alter: impl FnOnce(&mut ReceiptProof)) -> EventError {
    let mut proof = story.chain.proof(&story.receipt);
    alter(&mut proof);
    match ProofFile::from(proof).verify(&story.chain.trust()) {
        Err(ProofFileError::Event(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn events_show_actor_action_and_outcome() {
    let story = story();
    let told: Vec<_> = shown(&story)
        .into_iter()
        .map(|event| {
            (
                event.height.get(),
                event.organisation,
                event.action,
                event.code,
            )
        })
        .collect();
    let (hospital, insurer) = (
        story.chain.organisation(HOSPITAL),
        story.chain.organisation(INSURER),
    );
    assert_eq!(
        told,
        [
            (2, hospital, "IssueReceipts", 0),
            (4, insurer, "BookReceipt", 0),
            (4, insurer, "BookReceipt", 1615),
        ]
    );
}

#[test]
fn an_event_of_the_certified_block_itself_needs_no_history() {
    let mut story = story();
    let act = issue(&story.chain, &["B-4"]);
    let outcome = &story.chain.block(&[(HOSPITAL, act)])[0];
    let id = outcome.items[0].receipt.clone().unwrap();
    story.receipt = id.try_into().unwrap();
    let events = shown(&story);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].height, story.chain.height());
}

#[test]
fn an_event_of_another_history_is_rejected() {
    let story = story();
    let mut other = Chain::new("piaolian-test");
    other.run_to(4);
    let height = Height::new(2);
    let foreign = refused(&story, |proof| {
        proof.events[0].header = other.made(height).header.encode().into();
    });
    assert_eq!(foreign, EventError::NotInHistory(height));
    let without_path = refused(&story, |proof| proof.events[0].history_path.clear());
    assert_eq!(without_path, EventError::NotInHistory(height));
    let long = refused(&story, |proof| {
        let hash = proof.events[0].history_path[0].clone();
        proof.events[0].history_path = vec![hash; 65];
    });
    assert!(matches!(long, EventError::Malformed(_)), "{long}");
}

#[test]
fn a_transaction_and_its_outcome_are_in_their_block() {
    let story = story();
    let height = Height::new(4);
    let exchanged = refused(&story, |proof| {
        proof.events[1].transaction = proof.events[2].transaction.clone();
    });
    assert_eq!(exchanged, EventError::NotInBlock(height));
    let accepted = refused(&story, |proof| {
        proof.events[2].outcome = proof.events[1].outcome.clone();
    });
    assert_eq!(accepted, EventError::OtherOutcome(height));
    let moved = refused(&story, |proof| proof.events[1].index = 1);
    assert_eq!(moved, EventError::NotInBlock(height));
    let counted = refused(&story, |proof| proof.events[1].count = 3);
    assert_eq!(counted, EventError::NotInBlock(height));
}

#[test]
fn events_are_of_this_receipt_and_in_order() {
    let story = story();
    for item in [0, 2, 3] {
        let other = refused(&story, |proof| proof.events[0].item = item);
        assert_eq!(other, EventError::OtherReceipt, "{item}");
    }
    let twice = refused(&story, |proof| {
        proof.events = vec![proof.events[0].clone(); 2];
    });
    assert_eq!(twice, EventError::OutOfOrder(Height::new(2)));
    let backwards = refused(&story, |proof| proof.events.reverse());
    assert_eq!(backwards, EventError::OutOfOrder(Height::new(4)));
}

/// Leaf 1 of 2 has the path of leaf 2 of 3: the place alone does not make an event another.
#[test]
fn an_event_is_not_repeated_under_another_place() {
    let story = story();
    let again = refused(&story, |proof| {
        let mut moved = proof.events[2].clone();
        (moved.index, moved.count) = (2, 3);
        proof.events.push(moved);
    });
    assert_eq!(again, EventError::OutOfOrder(Height::new(4)));
    let recounted = refused(&story, |proof| {
        let event = &mut proof.events[2];
        (event.index, event.count) = (2, 3);
    });
    assert_eq!(recounted, EventError::OutOfOrder(Height::new(4)));
}
