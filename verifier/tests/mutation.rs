//! An altered file proves nothing.

use bytes::Bytes;
use piaolian_proto::v1::ReceiptProof;
use piaolian_verifier::{ProofFile, Trust};

use crate::{
    chain::Chain,
    story::{never_issued, story},
};

/// A file with all parts, and one of an absent receipt.
fn files() -> (Trust, [Vec<u8>; 2]) {
    let story = story();
    let whole = ReceiptProof {
        details: story.details.clone(),
        ..story.chain.proof(&story.receipt)
    };
    let absent = story.chain.proof_of_absence(&never_issued());
    let files = [whole, absent].map(|proof| ProofFile::from(proof).encode());
    (story.chain.trust(), files)
}

fn holds(trust: &Trust, bytes: Vec<u8>) -> bool {
    ProofFile::decode(Bytes::from(bytes)).is_ok_and(|file| file.verify(trust).is_ok())
}

/// Each bit alone, and each byte turned over as a whole.
#[test]
fn every_flipped_bit_and_byte_is_rejected() {
    let (trust, files) = files();
    let masks = (0..8).map(|bit| 1_u8 << bit).chain([0xff]);
    let masks: Vec<u8> = masks.collect();
    for file in files {
        assert!(holds(&trust, file.clone()));
        for place in 0..file.len() {
            for mask in &masks {
                let mut altered = file.clone();
                altered[place] ^= mask;
                assert!(
                    !holds(&trust, altered),
                    "byte {place} of {} ^ {mask:#x}",
                    file.len()
                );
            }
        }
        println!(
            "{} bytes, {} alterations refused",
            file.len(),
            file.len() * masks.len()
        );
    }
}

#[test]
fn a_shorter_or_longer_file_is_rejected() {
    let (trust, files) = files();
    for file in files {
        for length in 0..file.len() {
            assert!(!holds(&trust, file[..length].to_vec()), "{length}");
        }
        for more in [vec![0], b"\x78\x01".to_vec(), file.clone()] {
            assert!(!holds(&trust, [file.clone(), more].concat()));
        }
    }
}

#[test]
fn a_file_of_another_chain_is_rejected() {
    let (trust, files) = files();
    let other = Chain::new("piaolian-other").trust();
    let same_validators = Trust {
        chain_id: other.chain_id,
        ..trust
    };
    for file in files {
        assert!(!holds(&same_validators, file));
    }
}

#[test]
fn a_file_of_another_version_or_with_too_many_events_is_rejected() {
    let story = story();
    let proof = story.chain.proof(&story.receipt);
    let version = ReceiptProof {
        version: 2,
        ..proof.clone()
    };
    let many = ReceiptProof {
        events: vec![proof.events[0].clone(); 65],
        ..proof
    };
    for (proof, field) in [(version, "version"), (many, "events")] {
        let bytes = ProofFile::from(proof).encode();
        assert_eq!(ProofFile::decode(bytes.into()).unwrap_err().field(), field);
    }
}
