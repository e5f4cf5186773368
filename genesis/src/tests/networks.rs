use expect_test::expect;
use piaolian_contracts::chain::Hash;

use super::*;
use crate::error::GenesisError;

#[test]
fn the_hash_of_a_sample_network_is_frozen() {
    let genesis = network(4).genesis;
    expect!["da12ad3606ecf2d14b4cde263ab33af7db83836380b0c7b4726f061715996a59"]
        .assert_eq(&genesis.hash().to_string());
}

#[test]
fn the_hash_is_the_one_that_the_proto_file_describes() {
    let genesis = network(4).genesis;
    let hash = Hash::sha256(&[b"piaolian/genesis/v1", &genesis.encode()]);
    assert_eq!(genesis.hash(), hash);
}

#[test]
fn networks_of_any_size_are_founded() {
    for count in [1, 2, 4, 7, 13, sample::FOUNDERS_MAX] {
        let network = network(count);
        assert_eq!(network.genesis.entries().len(), count);
        assert_eq!(network.genesis.validators().validators().len(), count);
        let changes = piaolian_contracts::genesis_state(&network.genesis.founding()).unwrap();
        assert!(!changes.is_empty());
    }
    assert!(sample::network(&chain(), FOUNDING_TIME, 0, 1).is_err());
    assert!(sample::network(&chain(), FOUNDING_TIME, sample::FOUNDERS_MAX + 1, 1).is_err());
}

#[test]
fn a_seed_determines_every_key() {
    let hash = |seed| {
        sample::network(&chain(), FOUNDING_TIME, 4, seed)
            .unwrap()
            .genesis
            .hash()
    };
    assert_eq!(hash(1), hash(1));
    assert_ne!(hash(1), hash(2));
}

#[test]
fn a_document_is_written_and_read_as_json_and_bytes() {
    let genesis = network(4).genesis;
    assert_eq!(Genesis::from_json(&genesis.to_json()).unwrap(), genesis);
    assert_eq!(Genesis::decode(&genesis.encode()).unwrap(), genesis);
}

#[test]
fn entries_in_any_order_give_one_document() {
    let founders: Vec<_> = (0..4).map(|place| sample::founder(place, 1)).collect();
    let assemble = |order: [usize; 4]| {
        let entries = order.map(|place| entry_of(&founders[place])).to_vec();
        let parameters = piaolian_contracts::parameters::Parameters::default();
        Genesis::assemble(chain(), FOUNDING_TIME, parameters, None, entries)
            .unwrap()
            .hash()
    };
    assert_eq!(assemble([0, 1, 2, 3]), assemble([3, 1, 0, 2]));
}

#[test]
fn the_json_form_is_strict() {
    let json = network(2).genesis.to_json();
    let refused = |from: &str, to: &str| {
        assert!(json.contains(from), "{from}");
        let altered = json.replacen(from, to, 1);
        assert!(Genesis::from_json(&altered).is_err(), "{to}");
    };
    refused("\"power\": 1,", "\"power\": 1, \"colour\": \"red\",");
    refused("\"power\": 1,", "\"power\": 1, \"power\": 1,");
    refused("\"power\": 1,", "");
    refused("\"finance\"", "\"king\"");
    refused("\"finance\"", "\"Finance\"");
    refused("\"ed25519\"", "\"sm2\"");
    refused("\"signature\": \"", "\"signature\": \"zz");
    refused("\"heartbeat_ms\": 3000", "\"heartbeat_ms\": 3000.0");
    refused("\"heartbeat_ms\": 3000", "\"heartbeat_ms\": -1");
    refused("\"threshold\": 2", "\"threshold\": 1");
    refused("\"threshold\": 2", "\"threshold\": 2, \"veto\": true");
    assert!(Genesis::from_json(&format!("{json}{{}}")).is_err());
    assert!(Genesis::from_json(&json[..json.len() / 2]).is_err());
    assert!(Genesis::from_json(&json.to_uppercase()).is_err());
}

#[test]
fn a_network_has_a_finance_bureau_and_a_validator() {
    let hospital = entry_of(&sample::founder(1, 1)).message().clone();
    assert_eq!(
        verify(|genesis| genesis.entries = vec![hospital]),
        Err(GenesisError::NoFinance)
    );
    let mut finance = sample::founder(0, 1);
    finance.presentation.power = 0;
    let finance = entry_of(&finance).message().clone();
    assert_eq!(
        verify(|genesis| genesis.entries = vec![finance]),
        Err(GenesisError::Validators(0))
    );
    assert_eq!(
        verify(|genesis| genesis.entries.clear()),
        Err(GenesisError::Entries(0))
    );
}

#[test]
fn organisations_are_unique_and_ascending() {
    let twice = verify(|genesis| genesis.entries.push(genesis.entries[3].clone()));
    assert!(matches!(twice, Err(GenesisError::OrganisationTwice(_))));
    let swapped = verify(|genesis| genesis.entries.swap(0, 1));
    assert!(matches!(swapped, Err(GenesisError::OutOfOrder(_))));
}

#[test]
fn two_organisations_never_share_a_key() {
    let mut second = sample::founder(2, 1);
    let shared = sample::founder(1, 1).keys.remove(1);
    second.keys[1] = shared;
    let second = entry_of(&second).message().clone();
    let code = sample::presentation(2).organisation.to_string();
    let refused = verify(|genesis| {
        let of_second = genesis.entries.iter_mut().find(|entry| {
            entry
                .entry
                .as_ref()
                .unwrap()
                .organisation
                .as_ref()
                .unwrap()
                .organisation
                == code
        });
        *of_second.unwrap() = second;
    });
    assert!(
        matches!(refused, Err(GenesisError::KeyTwice { .. })),
        "{refused:?}"
    );
}

#[test]
fn parameters_stay_within_their_hard_bounds() {
    let refused = verify(|genesis| {
        genesis.parameters.as_mut().unwrap().heartbeat_ms = 1;
    });
    assert!(matches!(refused, Err(GenesisError::Parameters(_))));
    assert!(verify(|genesis| genesis.parameters = None).is_err());
}

#[test]
fn the_chain_and_its_time_are_named() {
    assert!(verify(|genesis| genesis.chain_id = "Chain".into()).is_err());
    assert_eq!(
        verify(|genesis| genesis.founding_time_ms = 0),
        Err(GenesisError::FoundingTime)
    );
    // Entries are signed for their chain: nobody can take them to another.
    let moved = verify(|genesis| genesis.chain_id = "another-chain".into());
    assert!(matches!(moved, Err(GenesisError::Entry { place: 1, .. })));
}

#[test]
fn only_canonical_bytes_are_accepted() {
    let mut bytes = network(2).genesis.encode();
    // An unknown field is skipped by any reader, and would change the hash.
    bytes.extend_from_slice(&[0xf8, 0x01, 0x01]);
    assert_eq!(Genesis::decode(&bytes), Err(GenesisError::NotCanonical));
    assert!(Genesis::decode(&bytes[..40]).is_err());
    assert!(Genesis::decode(&[]).is_err());
}

#[test]
fn sample_organisations_are_those_of_the_sample_receipts() {
    let codes: Vec<_> = (0..6)
        .map(|place| sample::presentation(place).organisation.to_string())
        .collect();
    assert_eq!(codes[sample::HOSPITAL], "12990100MA0000002Q");
    assert_eq!(codes[3], "91990100MA0000004R");
    assert_eq!(codes[5], "11990100MA00000068");
}

#[test]
fn organisations_with_validators_govern_by_default() {
    let genesis = network(4).genesis;
    let organisations: Vec<_> = genesis
        .entries()
        .iter()
        .map(|e| *e.organisation())
        .collect();
    assert_eq!(genesis.governors().organisations(), organisations);
    assert_eq!(genesis.governors().threshold(), 3);
}

#[test]
fn governors_are_founding_organisations_in_order_and_more_than_half_must_agree() {
    let of = |genesis: &mut proto::Genesis, alter: fn(&mut proto::Governors)| {
        alter(genesis.governors.as_mut().unwrap());
    };
    let alone = verify(|genesis| {
        of(genesis, |governors| {
            governors.organisations.truncate(1);
            governors.threshold = 1;
        });
    });
    assert_eq!(alone.unwrap().governors().organisations().len(), 1);
    let alterations: [fn(&mut proto::Governors); 4] = [
        |governors| governors.threshold = 2,
        |governors| governors.threshold = 5,
        |governors| governors.organisations[1] = governors.organisations[0].clone(),
        |governors| governors.organisations.clear(),
    ];
    for alter in alterations {
        let refused = verify(|genesis| of(genesis, alter));
        assert!(matches!(refused, Err(GenesisError::Malformed(_))));
    }
    assert!(verify(|genesis| genesis.governors = None).is_err());
    let stranger = sample::presentation(9).organisation;
    let refused = verify(|genesis| {
        let governors = genesis.governors.as_mut().unwrap();
        governors.organisations[3] = stranger.to_string();
    });
    let expected = piaolian_contracts::GenesisStateError::Governor(stranger);
    assert_eq!(refused, Err(GenesisError::Found(expected)));
    // Bytes with governors in another order are another document's.
    let mut message = genesis_message();
    message.governors.as_mut().unwrap().organisations.reverse();
    let bytes = prost::Message::encode_to_vec(&message);
    assert_eq!(Genesis::decode(&bytes), Err(GenesisError::NotCanonical));
}
