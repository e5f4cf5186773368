//! A light client follows a chain and sees a fork.

use piaolian_contracts::chain::{CertificateError, Hash, Header, Height};
use piaolian_verifier::{Fork, LightClient, LightError};

use crate::{
    chain::{Chain, EMPLOYER, FINANCE, HOSPITAL, INSURER},
    handovers::change_twice,
    story::story,
};

/// Another block of the same height, which its signers made up.
fn other_block(chain: &Chain, height: u64) -> Header {
    Header {
        state_root: Hash::new([6; 32]),
        ..chain.made(Height::new(height)).header.clone()
    }
}

fn following(chain: &Chain, to: u64) -> LightClient {
    let mut client = LightClient::new(chain.trust());
    for height in 1..=to {
        client.take(&chain.certified(Height::new(height))).unwrap();
    }
    client
}

#[test]
fn the_client_follows_headers_and_changes_of_validators() {
    let mut story = story();
    let before = change_twice(&mut story);
    let chain = &story.chain;
    let mut client = LightClient::new(chain.trust());
    for height in 1..=chain.height().get() {
        client.take(&chain.certified(Height::new(height))).unwrap();
    }
    assert_eq!(client.tip(), Some(&chain.made(chain.height()).header));
    // It needs only the handover headers.
    let mut leaping = LightClient::new(chain.trust());
    for height in [before[0], before[1], chain.height()] {
        leaping.take(&chain.certified(height)).unwrap();
    }
    assert_eq!(leaping.tip(), client.tip());
    // Without them it does not know the validators that certified the header.
    let mut missing = LightClient::new(chain.trust());
    let last = chain.made(before[1]).header.clone();
    assert_eq!(
        missing.take(&chain.certified(before[1])),
        Err(LightError::OtherValidators {
            height: before[1],
            found: last.validators_hash
        })
    );
}

#[test]
fn the_client_begins_at_any_trusted_header() {
    let story = story();
    let chain = &story.chain;
    let mut client = LightClient::from_header(chain.made(Height::new(3)).header.clone());
    client.take(&chain.certified(Height::new(3))).unwrap();
    client.take(&chain.certified(Height::new(4))).unwrap();
    assert_eq!(client.height(), Height::new(4));
    assert_eq!(
        client.take(&chain.certified(Height::new(2))),
        Err(LightError::TooOld(Height::new(2)))
    );
}

#[test]
fn a_fork_names_the_signers_of_both_blocks() {
    let story = story();
    let chain = &story.chain;
    let mut client = following(chain, 4);
    let again = client.take(&chain.certified(Height::new(3))).unwrap();
    assert_eq!(again.height, Height::new(3), "the same block is no fork");
    let other = other_block(chain, 3);
    let certified = chain.certified_by(&other, &[HOSPITAL, INSURER, EMPLOYER]);
    let Err(LightError::Fork(fork)) = client.take(&certified) else {
        panic!("no fork was seen");
    };
    let mut both: Vec<_> = fork
        .signers
        .iter()
        .map(|signer| signer.organisation)
        .collect();
    let mut guilty = [HOSPITAL, INSURER]
        .map(|place| chain.organisation(place))
        .to_vec();
    both.sort_unstable();
    guilty.sort_unstable();
    assert_eq!(both, guilty, "finance and the employer signed one each");
    assert_eq!(
        (fork.power(), fork.total_power, fork.same_round),
        (2, 4, true)
    );
    assert!(fork.power() * 3 > fork.total_power);
    // Anyone can find the same fork from the two headers.
    let found = Fork::between(&chain.id, &fork.first, &fork.second).unwrap();
    assert_eq!(found.as_ref(), Some(&*fork));
    assert_eq!(client.height(), Height::new(4), "it stays where it was");
}

#[test]
fn a_fork_over_two_rounds_is_distinguished() {
    let story = story();
    let chain = &story.chain;
    let mut client = following(chain, 4);
    let validators = chain.network.genesis.validators();
    let other = other_block(chain, 4);
    let signers = [HOSPITAL, INSURER, EMPLOYER];
    let later = chain.certified_as(&other, validators, &signers, 3);
    let Err(LightError::Fork(fork)) = client.take(&later) else {
        panic!("no fork was seen");
    };
    assert!(!fork.same_round);
    assert_eq!(fork.signers.len(), 2);
}

#[test]
fn too_few_signers_make_no_fork() {
    let story = story();
    let chain = &story.chain;
    let mut client = following(chain, 4);
    let few = chain.certified_by(&other_block(chain, 3), &[HOSPITAL, INSURER]);
    assert!(matches!(
        client.take(&few),
        Err(LightError::Certificate(CertificateError::NoQuorum { .. }))
    ));
}

#[test]
fn a_block_on_another_parent_is_not_followed() {
    let story = story();
    let chain = &story.chain;
    let parent = Hash::new([4; 32]);
    let made = chain.made(Height::new(5)).header.clone();
    let elsewhere = Header {
        parent_hash: parent,
        ..made.clone()
    };
    let height = Height::new(5);
    let mut client = following(chain, 4);
    assert_eq!(
        client.take(&chain.certified_by(&elsewhere, &[FINANCE, HOSPITAL, INSURER])),
        Err(LightError::OtherParent { height, parent })
    );
    let earlier = Header {
        time: chain.made(Height::new(4)).header.time,
        ..made
    };
    assert_eq!(
        client.take(&chain.certified_by(&earlier, &[FINANCE, HOSPITAL, INSURER])),
        Err(LightError::TimeStands(height))
    );
}
