//! Proofs state what they should, and no altered proof passes.

use expect_test::expect;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::{
    Entry, PROOF_BYTES_MAX, ProofError, StateProof,
    hashing::{self, EMPTY},
    model::{self, Keys},
};
use crate::chain::Hash;

/// `count` keys of the receipts table, each with a value of its own.
fn keys(count: u32) -> Keys {
    (0..count)
        .map(|number| (hashing::key_hash(&key(number)), value(number)))
        .collect()
}

fn key(number: u32) -> Vec<u8> {
    format!("\u{5}00010120{number:010}").into_bytes()
}

fn value(number: u32) -> [u8; 32] {
    hashing::value_hash(format!("receipt {number}").as_bytes())
}

fn prove(keys: &Keys, number: u32) -> StateProof {
    model::prove(keys, &hashing::key_hash(&key(number)))
}

/// The tree's hashes once more, straight from the words of the specification.
fn spelled_out(keys: &[(&[u8; 32], &[u8; 32])], depth: usize) -> Vec<u8> {
    let bit = |key: &[u8; 32]| (key[depth / 8] >> (7 - depth % 8)) & 1;
    let mut bytes = Vec::new();
    match keys.len() {
        0 => bytes.extend(b"piaolian/state/empty/v1"),
        1..=8 => {
            bytes.extend(b"piaolian/state/bucket/v1");
            bytes.extend(u16::try_from(depth).unwrap().to_be_bytes());
            bytes.extend(
                keys.iter()
                    .flat_map(|(key, value)| [**key, **value].concat()),
            );
        }
        _ => {
            let (left, right): (Vec<_>, Vec<_>) = keys.iter().partition(|(key, _)| bit(key) == 0);
            bytes.extend(b"piaolian/state/node/v1");
            bytes.extend(spelled_out(&left, depth + 1));
            bytes.extend(spelled_out(&right, depth + 1));
        }
    }
    Sha256::digest(bytes).to_vec()
}

#[test]
fn the_model_is_the_specification() {
    for count in [0, 1, 8, 9, 10, 100, 1000] {
        let keys = keys(count);
        let spelled_out = spelled_out(&keys.iter().collect::<Vec<_>>(), 0);
        assert_eq!(
            model::root(&keys).as_bytes().as_slice(),
            spelled_out,
            "{count} keys"
        );
    }
}

#[test]
fn golden_roots() {
    let mut roots = String::new();
    for count in [0, 1, 8, 9, 1000] {
        roots += &format!("{count:>4} {}\n", model::root(&keys(count)));
    }
    expect![[r"
           0 dd97c0cb10e0d121eb9b3ff5f6f8320a6207750492fadcf6181b20194d39da28
           1 ea351a0daedb8c729f3727a133a0927ec15ba7968c0c3ff0fa1ce528dc002cad
           8 587a2a64f9a98f96f8c34fa29f28025692e889e9f610f91eb1e9baa91dd19b67
           9 e41fd491ac898aede3d6161d282e082437174b005a62d7e71a323ac8fabc3665
        1000 7a6b46617aaf889f702e9651974ce1c4247457b96f3be203b47a9d5114d8aed9
    "]]
    .assert_eq(&roots);
}

#[test]
fn golden_proofs() {
    let keys = keys(40);
    let present = hex::encode(prove(&keys, 3).encode());
    expect!["08031220e5931061fbfb1935e5e97f8ef9f1ac32aff2e2ae25e6d71a61d713bdf94e54801220a3f7f28736b52f215a84ba0013c024962928743ac8d203323f18d2b8249329331220ae76828e5c09657e6e4033fb70bffa6df17edbf32d503d3563c01863d185e9e51a440a20628aa57a64410ce45c9370c2109057a44b4ee5c06d6535f4e43e28218c5945c61220da5696bdae5d713ea3c2a683c831ff1aab7e967723471cf4ee51d2fd942282421a440a206c94968f33b31809e4cab8b38f635f4685bf8007a508f978f70035dd36f1ea6b1220bf08d0dfebd5973a532e5b3f9ea322d84bac05d09c360dcbd0f999de8434cbf21a440a2074234fd04ea96a25440994cc15d4d8946d0e5e85b47e18e6187a332f5fc9cf1012200305a86de041e9a5047880429e64e202e7d63275b9dc91878f9261557889945a1a440a2074ab19afea11f5c1242322a2217803bfd0bfdb18d6a53adf49e07239fefc455812202ff37b534631f53c5ed01216b1527f2af8bb817e1d70ea919a2862b3504d097d1a440a20784a94173a55627f8b6d58bc4f48b64be01ab6e5f991ff19e575a90e12dd351412201962239c189e1cea9b52d27fdca0cf7aaa547a6813d883d619dbcb195d548bca"].assert_eq(&present);
    let absent = hex::encode(prove(&keys, 77).encode());
    expect!["08021220361e80f7c30689d606c9a48b25e6643cfb2fdbfda782671025be65ee67a5575b12204252abda7c79dde28d0a5ac3f41b70da66b88c69a0a83540ca98d67b0b3a6ff21a440a2089bd82331579cc8a4ee9cc4af5ca13c2a82544073f80727d74916eef0eabf797122031f15fcb82664bb030864e58cddb5ef6d5408abc166728f74b3a1371a70ad88c1a440a208cbf1b47b7b285434dfd067ae089c2c60c2b96f314ebc42f2c24fdc0db5dcde8122004c25b7bb5c275e536a021c431f82a5442a0dbbf1c933fff1e1d0aa681019c501a440a20a3b4d163d4f6b24e21f95ee287951030a80f6a99268995bc41ad89344ac6d354122003dd213961733eda09dad38f65c41f0289070b6fcc33607488fe71184886ef091a440a20a9d9b80a017b042dbc5ac1eabf56bd514ed59aef1c15fd37acf300249823498b12205302c2b45140b5b1d05808b5b323894e9eddca71be42e2608766ffc02b1e8c881a440a20ac2c236dc77a5a3e48d64775ace0f13abab6a33daaa30ae4bac1c7019fce0eb91220d892cc67a932ce2523e648408129c8d00ffb6edfdd883b872b00a2bf36f3f6351a440a20acb00778b1e9f64d780e745807aecc23244f194494f5113a07e63131cc7bb6b712206fc4739b775aae9d105abe9168d9b9e2f77129e7c5c1d155d5caa4555f16134f1a440a20b0b3a286822222a03b73281dac5a656bf0a461ef7ed4d1cdca6f9b33dad953a612202ac09e38843df22a6e15966d4301387e99e14ee6b905a32e81c6182f693e5183"].assert_eq(&absent);
}

#[test]
fn a_proof_tells_the_value_of_a_present_key_and_the_absence_of_another() {
    for count in [1, 8, 9, 300] {
        let keys = keys(count);
        let root = model::root(&keys);
        for number in 0..count + 50 {
            let proof = prove(&keys, number);
            let expected = (number < count).then(|| Hash::new(value(number)));
            assert_eq!(proof.verify(&root, &key(number)), Ok(expected));
            assert_eq!(StateProof::decode(&proof.encode()), Ok(proof));
        }
    }
}

#[test]
fn every_key_is_absent_from_the_empty_tree() {
    let proof = prove(&Keys::new(), 1);
    assert!(proof.encode().is_empty());
    assert_eq!(proof.verify(&Hash::new(EMPTY), &key(1)), Ok(None));
}

#[test]
fn every_changed_bit_is_refused() {
    let keys = keys(60);
    let root = model::root(&keys);
    for number in [3, 1000] {
        let bytes = prove(&keys, number).encode();
        let whole = StateProof::decode(&bytes).unwrap();
        assert!(whole.verify(&root, &key(number)).is_ok());
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let verified =
                StateProof::decode(&changed).and_then(|proof| proof.verify(&root, &key(number)));
            assert!(verified.is_err(), "bit {bit}");
        }
    }
}

#[test]
fn every_other_encoding_is_refused() {
    let keys = keys(60);
    let bytes = prove(&keys, 3).encode();
    for length in 0..bytes.len() {
        assert!(StateProof::decode(&bytes[..length]).map_or(true, |proof| {
            proof.verify(&model::root(&keys), &key(3)).is_err()
        }));
    }
    let junk: [&[u8]; 4] = [&[0], &[0x20, 0x01], &[0x08, 0x00], &[0x12, 0x00]];
    for junk in junk {
        assert!(StateProof::decode(&[&bytes, junk].concat()).is_err());
        assert!(StateProof::decode(&[junk, &bytes].concat()).is_err());
    }
    // The depth in two bytes where one does.
    let mut long = vec![0x08, bytes[1] | 0x80, 0x00];
    long.extend(&bytes[2..]);
    assert_eq!(StateProof::decode(&long), Err(ProofError::Malformed));
    let oversized = vec![0; PROOF_BYTES_MAX + 1];
    assert_eq!(StateProof::decode(&oversized), Err(ProofError::Malformed));
}

#[test]
fn absence_of_a_present_key_cannot_be_shown() {
    let keys = keys(300);
    let root = model::root(&keys);
    for number in (0..300).step_by(13) {
        let target = hashing::key_hash(&key(number));
        let honest = prove(&keys, number);
        let without: Vec<Entry> = honest
            .bucket()
            .iter()
            .filter(|entry| entry.key_hash != target)
            .copied()
            .collect();
        // The bucket without the key; an empty subtree in its place; one level too high or too low.
        let siblings = honest.siblings();
        let forgeries = [
            StateProof::new(siblings.to_vec(), without),
            StateProof::new(siblings.to_vec(), Vec::new()),
            StateProof::new(siblings[1..].to_vec(), Vec::new()),
            StateProof::new(siblings[1..].to_vec(), honest.bucket().to_vec()),
            StateProof::new([&[[7; 32]], siblings].concat(), Vec::new()),
        ];
        for forged in forgeries {
            assert!(
                forged
                    .and_then(|proof| proof.verify_hash(&root, &target))
                    .is_err()
            );
        }
        // Another key's proof: its path parts from this key's, or is the same and shows it.
        for other in (0..400).filter(|other| *other != number) {
            let said = prove(&keys, other).verify_hash(&root, &target);
            assert_ne!(said, Ok(None), "{other} for {number}");
        }
    }
}

#[test]
fn ill_formed_proofs_are_refused_by_name() {
    let entries = |count: usize| -> Vec<Entry> {
        let entry = |(key_hash, value_hash)| Entry {
            key_hash,
            value_hash,
        };
        keys(100).into_iter().map(entry).take(count).collect()
    };
    let new = |siblings: usize, bucket| StateProof::new(vec![[7; 32]; siblings], bucket);
    assert!(new(256, entries(1)).is_ok());
    assert_eq!(new(257, entries(1)), Err(ProofError::TooDeep(257)));
    assert!(new(0, entries(8)).is_ok());
    assert_eq!(new(0, entries(9)), Err(ProofError::BucketTooLarge(9)));
    let mut unsorted = entries(8);
    unsorted.swap(3, 4);
    assert_eq!(new(0, unsorted), Err(ProofError::BucketUnsorted));
    let twice = [entries(1), entries(1)].concat();
    assert_eq!(new(0, twice), Err(ProofError::BucketUnsorted));
    let below_bucket = StateProof::new(vec![EMPTY, [7; 32]], entries(3));
    assert_eq!(below_bucket, Err(ProofError::NotMerged));

    let mut message = piaolian_proto::v1::StateProof::from(&new(3, entries(2)).unwrap());
    message.depth = 4;
    let miscounted = ProofError::SiblingCount {
        depth: 4,
        siblings: 3,
    };
    assert_eq!(StateProof::try_from(message.clone()), Err(miscounted));
    message.depth = 3;
    message.siblings[1] = vec![7; 31].into();
    assert_eq!(
        StateProof::try_from(message.clone()),
        Err(ProofError::HashLength(31))
    );
    message.siblings[1] = vec![7; 32].into();
    message.bucket[1].value_hash = vec![7; 33].into();
    assert_eq!(
        StateProof::try_from(message),
        Err(ProofError::HashLength(33))
    );
}

#[test]
fn an_entry_beside_the_path_is_refused() {
    let keys = keys(300);
    let proof = prove(&keys, 3);
    let elsewhere = (0..300)
        .map(|number| hashing::key_hash(&key(number)))
        .find(|hash| !hashing::shares_prefix(hash, &hashing::key_hash(&key(3)), proof.depth()));
    let said = proof.verify_hash(&model::root(&keys), &elsewhere.unwrap());
    assert_eq!(said, Err(ProofError::EntryOffPath));
}

#[test]
fn a_proof_holds_under_its_own_root_alone() {
    let (before, after) = (keys(300), keys(301));
    let proof = prove(&before, 3);
    let said = proof.verify(&model::root(&after), &key(3));
    assert_eq!(said, Err(ProofError::WrongRoot));
}

#[test]
fn the_longest_proof_is_as_long_as_is_said() {
    let mut ground: Keys = (0..8)
        .map(|last| ([[0xff; 31].as_slice(), &[0xf8 + last]].concat(), [7; 32]))
        .map(|(key, value)| (key.try_into().unwrap(), value))
        .collect();
    ground.insert(
        [[0xff; 31].as_slice(), &[0xf0]]
            .concat()
            .try_into()
            .unwrap(),
        [7; 32],
    );
    let proof = model::prove(&ground, &[0xff; 32]);
    assert_eq!((proof.depth(), proof.bucket().len()), (253, 8));
    assert!(proof.encode().len() <= PROOF_BYTES_MAX);
    let longest = StateProof::new(vec![[7; 32]; 256], proof.bucket().to_vec()).unwrap();
    assert_eq!(longest.encode().len(), PROOF_BYTES_MAX);
}

proptest! {
    #[test]
    fn no_bytes_make_the_verifier_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(proof) = StateProof::decode(&bytes) {
            let _ = proof.verify(&Hash::ZERO, b"key");
        }
    }

    #[test]
    fn the_root_tells_key_sets_apart(a in 0..60_u32, b in 0..60_u32) {
        prop_assert_eq!(model::root(&keys(a)) == model::root(&keys(b)), a == b);
    }
}
