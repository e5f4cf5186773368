//! Evidence: what it shows, and that nothing else passes for it.

use bytes::Bytes;
use piaolian_contracts::{
    chain::{CertificateError, Hash, Height},
    evidence::{EvidenceError, Trust, receipt_key, verify},
    organisations::Role,
    proof::ProofError,
    receipts::Receipt,
    storage::Record,
};
use piaolian_proto::v1 as proto;

use crate::world::{
    World, certified,
    requests::{book, issue, propose, validators_from},
};

fn with_receipt() -> World {
    let mut world = World::new();
    world
        .accept(issue("R1"))
        .accept(book("R1", "insurer", "V1", 20_00));
    world
}

fn present(world: &World) -> proto::StateEvidence {
    certified::evidence(world, &receipt_key(&world.receipt_id("R1")))
}

fn absent(world: &World) -> proto::StateEvidence {
    certified::evidence(world, &receipt_key(&certified::never_issued()))
}

#[test]
fn evidence_shows_a_receipt_with_its_bookings_or_that_there_is_none() {
    let world = with_receipt();
    let trust = certified::trust(&world);
    let shown = verify(&trust, &present(&world)).unwrap();
    assert_eq!(
        Receipt::decode(&shown.value.unwrap()),
        Ok(world.receipt("R1"))
    );
    assert_eq!(shown.header.height, world.height);
    assert_eq!(verify(&trust, &absent(&world)).unwrap().value, None);
}

#[test]
fn nothing_but_the_record_passes_for_it() {
    let world = with_receipt();
    let trust = certified::trust(&world);
    let refused = |evidence: proto::StateEvidence| verify(&trust, &evidence).unwrap_err();
    let mut unbooked = world.receipt("R1");
    unbooked.bookings.clear();
    let altered = proto::StateEvidence {
        value: Some(unbooked.encode().into()),
        ..present(&world)
    };
    assert_eq!(refused(altered), EvidenceError::OtherValue);
    let withheld = proto::StateEvidence {
        value: None,
        ..present(&world)
    };
    assert_eq!(refused(withheld), EvidenceError::OtherValue);
    let invented = proto::StateEvidence {
        value: Some(Bytes::from_static(b"a receipt")),
        ..absent(&world)
    };
    assert_eq!(refused(invented), EvidenceError::OtherValue);
    // An empty record is not the absence of one.
    let empty = proto::StateEvidence {
        value: Some(Bytes::new()),
        ..absent(&world)
    };
    assert_eq!(refused(empty), EvidenceError::OtherValue);
}

#[test]
fn evidence_of_an_older_state_does_not_hold_under_a_newer_header() {
    let mut world = with_receipt();
    let old = present(&world);
    world.accept(book("R1", "employer", "V1", 10_00));
    let mixed = proto::StateEvidence {
        header: Some(certified::header(&world)),
        ..old.clone()
    };
    let trust = certified::trust(&world);
    assert_eq!(
        verify(&trust, &mixed),
        Err(EvidenceError::Proof(ProofError::WrongRoot))
    );
    assert!(
        verify(&trust, &old).is_ok(),
        "under its own header it still does"
    );
}

#[test]
fn only_the_trusted_chain_and_validators_certify() {
    let world = with_receipt();
    let trust = certified::trust(&world);
    let others = Trust {
        validators_hash: Hash::new([7; 32]),
        ..trust.clone()
    };
    assert_eq!(
        verify(&others, &present(&world)),
        Err(EvidenceError::OtherValidators(trust.validators_hash))
    );
    let another_chain = Trust {
        chain_id: "another-chain".parse().unwrap(),
        ..trust.clone()
    };
    assert!(matches!(
        verify(&another_chain, &present(&world)),
        Err(EvidenceError::Certificate(CertificateError::OtherChain(_)))
    ));
    let mut fewer = present(&world);
    let header = fewer.header.as_mut().unwrap();
    header.certificate.as_mut().unwrap().signatures.pop();
    assert_eq!(
        verify(&trust, &fewer),
        Err(EvidenceError::Certificate(CertificateError::NoQuorum {
            signed: 2,
            total: 4
        }))
    );
}

/// Evidence across two changes of validators, and the trust that it begins with.
fn handed_over() -> (Trust, proto::StateEvidence) {
    let mut world = with_receipt();
    world.admit("clinic", &[Role::Issuer]);
    let founding = certified::trust(&world);
    let five = [
        ("finance", 0, 1),
        ("hospital", 0, 1),
        ("insurer", 0, 1),
        ("employer", 0, 1),
        ("clinic", 3, 1),
    ];
    let (first, second) = (world.ahead(4), world.ahead(7));
    world.accept(propose(validators_from(first, &five)));
    world.accept(propose(validators_from(second, &five[1..])));
    let (mut before, by_all) = (Vec::new(), ["finance", "hospital", "insurer", "employer"]);
    for change in [first, second] {
        world.run_to(Height::new(change - 1));
        before.push(certified::header_by(&world, &by_all));
    }
    world.run_to(Height::new(second));
    let key = receipt_key(&world.receipt_id("R1"));
    let evidence = proto::StateEvidence {
        header: Some(certified::header_by(
            &world,
            &["hospital", "insurer", "clinic"],
        )),
        handovers: before,
        ..certified::evidence(&world, &key)
    };
    (founding, evidence)
}

#[test]
fn evidence_is_verified_across_changes_of_the_validators() {
    let (founding, evidence) = handed_over();
    let shown = verify(&founding, &evidence).unwrap();
    assert!(shown.value.is_some());
    assert_ne!(shown.header.validators_hash, founding.validators_hash);
}

#[test]
fn every_handover_is_certified_by_those_who_hand_over() {
    let (founding, evidence) = handed_over();
    let refused = |alter: fn(&mut proto::StateEvidence)| {
        let mut altered = evidence.clone();
        alter(&mut altered);
        verify(&founding, &altered).unwrap_err()
    };
    for without in [
        |evidence: &mut proto::StateEvidence| evidence.handovers.clear(),
        |evidence: &mut proto::StateEvidence| drop(evidence.handovers.remove(0)),
        |evidence: &mut proto::StateEvidence| drop(evidence.handovers.remove(1)),
        |evidence: &mut proto::StateEvidence| evidence.handovers.swap(0, 1),
    ] {
        let error = refused(without);
        assert!(
            matches!(error, EvidenceError::OtherValidators(_)),
            "{error}"
        );
    }
    let few = refused(|evidence| {
        let certificate = evidence.handovers[0].certificate.as_mut().unwrap();
        certificate.signatures.truncate(2);
    });
    assert!(
        matches!(
            few,
            EvidenceError::Certificate(CertificateError::NoQuorum { .. })
        ),
        "{few}"
    );
    let many = refused(|evidence| {
        evidence.handovers = vec![evidence.handovers[0].clone(); 1_001];
    });
    assert!(matches!(many, EvidenceError::Malformed(_)), "{many}");
}

#[test]
fn headers_ascend_from_handover_to_handover() {
    let world = with_receipt();
    let trust = certified::trust(&world);
    let own = certified::header(&world);
    let twice = proto::StateEvidence {
        handovers: vec![own],
        ..present(&world)
    };
    assert_eq!(
        verify(&trust, &twice),
        Err(EvidenceError::OutOfOrder(world.height))
    );
}

#[test]
fn incomplete_evidence_shows_nothing() {
    let world = with_receipt();
    let trust = certified::trust(&world);
    let without: [fn(&mut proto::StateEvidence); 4] = [
        |evidence| evidence.header = None,
        |evidence| evidence.header.as_mut().unwrap().certificate = None,
        |evidence| evidence.header.as_mut().unwrap().validators = None,
        |evidence| evidence.proof = None,
    ];
    for (place, remove) in without.into_iter().enumerate() {
        let mut evidence = present(&world);
        remove(&mut evidence);
        assert!(verify(&trust, &evidence).is_err(), "{place}");
    }
}
