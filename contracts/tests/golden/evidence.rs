//! Evidence of the story's end: a certificate, a certified header, and what is shown under
//! it of a receipt that was issued and of one that was not.

use expect_test::expect_file;
use piaolian_contracts::evidence::receipt_key;
use piaolian_proto::v1 as proto;
use prost::Message;

use super::{Vectors, story::story};
use crate::world::{World, certified};

#[test]
fn evidence() {
    let (world, ..) = story();
    let present = receipt_key(&world.receipt_id("R1"));
    let absent = receipt_key(&certified::never_issued());
    let header = certified::header(&world);
    let mut vectors = Vectors::default();
    vectors.add(
        "trusted validators hash",
        certified::trust(&world).validators_hash,
    );
    vectors.add(
        "commit certificate",
        header.certificate.clone().unwrap().encode_to_vec(),
    );
    vectors.add("certified header", header.encode_to_vec());
    vectors.add("key present", &present);
    vectors.add("evidence present", encoded_and_verified(&world, &present));
    vectors.add("key absent", &absent);
    vectors.add("evidence absent", encoded_and_verified(&world, &absent));
    vectors.check(&expect_file!["evidence.txt"]);
}

/// Evidence as bytes, which the public verifier takes for what the state holds.
fn encoded_and_verified(world: &World, key: &[u8]) -> Vec<u8> {
    let bytes = certified::evidence(world, key).encode_to_vec();
    let evidence = proto::StateEvidence::decode(&bytes[..]).unwrap();
    let shown = piaolian_contracts::evidence::verify(&certified::trust(world), &evidence).unwrap();
    assert_eq!(
        (shown.key.as_slice(), shown.value),
        (key, world.state.value(key))
    );
    assert_eq!(shown.header.height, world.height);
    bytes
}
